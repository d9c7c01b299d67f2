# SPDX-License-Identifier: Apache-2.0
"""DMA transfers: finished outputs to L2, operands of admitted tasks to L1."""

from dataclasses import dataclass, replace

from traindeploy.errors import UserError
from traindeploy.ir.program import Buffer, Dma, Ref
from traindeploy.ir.region import Box, flat
from traindeploy.memory.residency import Stay
from traindeploy.schedule import costs
from traindeploy.schedule.admission import Admission
from traindeploy.schedule.l1 import L1, Resident
from traindeploy.schedule.l3_traffic import Copy, L3Traffic
from traindeploy.schedule.problem import Problem
from traindeploy.schedule.progress import Progress
from traindeploy.schedule.timeline import NEVER, Timeline


@dataclass(frozen=True)
class Source:
    """Whether what is to be loaded lies in L2; else when, by estimate, the next event is that brings it closer, NEVER
    if none is under way.
    """

    ready: bool
    event: float


def box_transfer(container: Box, near: Buffer, far: Buffer, *, store: bool) -> Dma:
    """The transfer of ``container`` between its buffer ``near`` in L1, where it is packed, and its tensor's, ``far``.

    UserError if the box has more than three dimensions.

    >>> head = Box("q", 64, ((64, 128), (64, 1)), itemsize=4)  # the second head: 64 columns of each of 64 rows
    >>> near, far = Buffer("q", "L1", head.nbytes, head), Buffer("q", "L2", 32768, flat("q", 0, 8192, 4))
    >>> dma = box_transfer(head, near, far, store=False)
    >>> dma.source.offset, dma.length, dma.rows, dma.source_stride, dma.destination_stride
    (256, 256, 64, 512, 256)
    """
    dims, itemsize = container.canonical.dims, container.itemsize
    if len(dims) > 3:
        raise UserError(f"tensor {container.base!r}: a tile of dimensions {dims} needs more than a 3-D transfer")
    (planes, plane_stride), (rows, row_stride), (elements, _) = ((1, 0),) * (3 - len(dims)) + dims
    length = itemsize * elements
    packed = (length if rows > 1 else 0, length * rows if planes > 1 else 0)
    spread = (itemsize * row_stride if rows > 1 else 0, itemsize * plane_stride if planes > 1 else 0)
    inner, outer = Ref(near), Ref(far, itemsize * container.offset)
    source, strides = (inner, packed) if store else (outer, spread)
    destination, other = (outer, spread) if store else (inner, packed)
    label = f"{'store' if store else 'load'} {container.base}"
    return Dma(source, destination, length, strides[0], other[0], rows, strides[1], other[1], planes, label)


class L2Traffic:
    """``activations``: L2 buffers of what operators store; ``stored``: numbers of the stores;
    ``spilled``: of the last store of those that were not whole.
    """

    def __init__(self, problem: Problem, timeline: Timeline, progress: Progress, l1: L1, buffers: list[Buffer]) -> None:
        self.problem, self.timeline, self.progress, self.l1, self.buffers = problem, timeline, progress, l1, buffers
        self.activations: dict[str, Buffer] = {}
        self.stored: dict[Box, int] = {}
        self.spilled: dict[Box, int] = {}
        self.l3 = L3Traffic(problem, timeline, [self._copy(stay) for stay in problem.stays])

    def _copy(self, stay: Stay) -> Copy:
        return Copy(stay, self._new(stay.tensor, stay.nbytes))

    def _new(self, base: str, nbytes: int) -> Buffer:
        itemsize = self.problem.graph.tensors[base].itemsize
        buffer = Buffer(base, "L2", nbytes, flat(base, 0, nbytes // itemsize, itemsize))
        self.buffers.append(buffer)
        return buffer

    def _activation(self, base: str) -> Buffer:
        if base not in self.activations:
            parameter = self.problem.updates.get(base)
            self.activations[base] = (
                self.l3.copies[parameter][-1].buffer
                if parameter is not None and parameter in self.problem.in_place
                else self._new(base, self.problem.graph.tensors[base].nbytes)
            )
        return self.activations[base]

    def start_stores(self) -> None:
        """Move finished outputs to L2."""
        for resident in self.l1.residents:
            if self.timeline.dma.full(self.timeline.now):
                return
            if not resident.output or resident.scratch or resident.store is not None:
                continue
            if self.l1.whole(resident):
                if self._free(resident.container):
                    resident.store = self.stored[resident.container] = self._store(resident)
            elif self.l1.idle(resident):
                resident.spill = self.spilled[resident.container] = self._store(resident)

    def _free(self, box: Box) -> bool:
        """Whether what is stored has its place: the copy that an update writes over is no longer being fetched."""
        parameter = self.problem.updates.get(box.base)
        if parameter is None or parameter not in self.problem.in_place:
            return True
        return self.timeline.hyper.finished(self.l3.copies[parameter][-1].brings(replace(box, base=parameter)))

    def _store(self, resident: Resident) -> int:
        return self._start(resident, self._activation(resident.container.base), store=True)

    def start_loads(self, admission: Admission) -> None:
        """Load admitted tasks' operands as soon as they lie in L2."""
        for task in self.progress.window:
            for argument in admission.arguments[task].values():
                if self.timeline.dma.full(self.timeline.now):
                    return
                resident = argument.resident
                if resident.needs_load and resident.load is None and self.source(resident, task).ready:
                    resident.load = self._start(resident, self._far(resident.container.base, task), store=False)

    def start_hyper(self) -> None:
        """Fetch what will be loaded, write back what was stored."""
        self.l3.start_fetches(self.progress)
        self.l3.start_write_backs(self.stored, self.activations)

    def settled(self, resident: Resident) -> bool:
        """Whether what must be in ``resident`` is there, and may be changed: no transfer is under way."""
        dma = self.timeline.dma
        loaded = not resident.needs_load or dma.finished(resident.load)
        return loaded and (resident.spill is None or dma.finished(resident.spill))

    def _far(self, base: str, task: int) -> Buffer:
        """The buffer in L2 from which ``task`` gets ``base``."""
        return self.l3.copy_of(base, task).buffer if base in self.problem.homes.address else self.activations[base]

    def _start(self, resident: Resident, far: Buffer, *, store: bool) -> int:
        transfer = box_transfer(resident.container, resident.buffer, far, store=store)
        self.timeline.slot.dma.append(transfer)
        resident.buffer.touch(self.timeline.number)
        far.touch(self.timeline.number)
        cycles = costs.dma(transfer.nbytes, transfer.rows * transfer.planes)
        return self.timeline.dma.begin(self.timeline.now, cycles, (resident.buffer, far))

    def source(self, resident: Resident, task: int) -> Source:
        """Where the data of ``resident`` are that ``task`` needs."""
        if resident.container.base in self.problem.homes.address:
            return self._home_source(resident.container, task)
        if resident.output:
            return self._spill_source(resident.container)
        return self._activation_source(resident.container)

    def _home_source(self, container: Box, task: int) -> Source:
        hyper = self.timeline.hyper
        number = self.l3.copy_of(container.base, task).brings(container)
        if hyper.finished(number):
            return Source(True, self.timeline.now)
        return Source(False, hyper.end(hyper.waited + 1 if number is None else number))

    def _activation_source(self, container: Box) -> Source:
        outputs = (o for o in self.problem.dependence.outputs_of[container.base] if o.overlaps(container))
        numbers = [self.stored.get(output) for output in outputs]
        dma, now = self.timeline.dma, self.timeline.now
        ends = [NEVER if n is None else dma.end(n) for n in numbers if not dma.finished(n)]
        return Source(not ends, max([now, *ends]))

    def _spill_source(self, container: Box) -> Source:
        dma, number = self.timeline.dma, self.spilled[container]
        return Source(dma.finished(number), max(self.timeline.now, dma.end(number)))

    def landed(self, box: Box) -> bool:
        """Whether an output lies where it is compared: in L2, or in L3 if it updates a parameter."""
        return self.timeline.dma.finished(self.stored.get(box)) and self.l3.written_back(box.base)
