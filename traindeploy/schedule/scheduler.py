# SPDX-License-Identifier: Apache-2.0
"""Tasks -> slots: list scheduling of RedMule, cores, DMA and HyperBus together.

Tasks are admitted in order as far as their L1 buffers have room; what is admitted is loaded ahead and runs out of
order, each engine on its own. Admission takes all of a task's buffers at once, so the oldest task can always run: there
is no deadlock. Estimated times decide only what is started and awaited when; dependences decide what may be.
"""

from collections import defaultdict
from dataclasses import dataclass

from traindeploy.errors import UserError
from traindeploy.ir import Graph
from traindeploy.ir.program import Buffer, Call, Dma, Hyper, Level, Ref, Slot
from traindeploy.ir.region import Box, flat
from traindeploy.memory.home import Homes
from traindeploy.memory.residency import Stay
from traindeploy.ops import replacements
from traindeploy.schedule import costs
from traindeploy.schedule.dependence import Dependence, place, serves
from traindeploy.schedule.l1 import L1, NEVER, Resident
from traindeploy.schedule.task import Operand, Task

LOOKAHEAD = 32  # admitted tasks
DMA_DEPTH = 8  # the hardware's queues: starting more would make core 0 wait
JOB_DEPTH = 2
HYPER_DEPTH = 4
HYPER_CHUNK = (
    16 * 1024
)  # bytes of a HyperBus transfer: a tensor's first tiles can be used before its last ones are there
CALLS_PER_SLOT = 6


@dataclass
class Copy:
    """A tensor's copy in L2 that is fetched from L3: bytes started, and the transfer that completes each prefix."""

    stay: Stay
    buffer: Buffer
    started: int = 0
    marks: list[tuple[int, int]] | None = None  # (bytes, transfer number)


class Scheduler:
    """One run of the list scheduler; ``run`` returns the slots, ``buffers`` and ``l2`` hold what they use."""

    def __init__(
        self, graph: Graph, tasks: list[Task], scratch: dict[str, Box], dependence: Dependence, stays: list[Stay],
        homes: Homes, l1_bytes: int,
    ) -> None:  # fmt: skip
        self.graph, self.tasks, self.dependence, self.homes, self.limit = graph, tasks, dependence, homes, l1_bytes
        self.l1 = L1(dependence, scratch)
        self.operator = {id(node): i for i, node in enumerate(graph.nodes)}
        self.remaining = [0] * len(graph.nodes)
        for task in tasks:
            self.remaining[self.operator[id(task.node)]] += 1
        self.outputs: list[set[Box]] = [set() for _ in graph.nodes]
        for box, writers in dependence.outputs.items():
            if box.base not in scratch:
                for i in writers:
                    self.outputs[self.operator[id(tasks[i].node)]].add(box)
        self.buffers: list[Buffer] = []
        self.l2: dict[str, Buffer] = {}
        self.copies = [Copy(s, self._buffer(s.tensor, "L2", s.nbytes), marks=[]) for s in stays]
        self.next_copy = 0
        self.updates = replacements(graph)
        self.write_back: dict[str, int] = {}  # updated tensor: its transfer's number (0: not started)
        self.stored: dict[Box, int] = {}  # outputs on their way to L2: number of the store
        self.slots: list[Slot] = []
        self.time = 0.0
        self.ends: dict[str, list[float]] = {"dma": [], "hyper": [], "jobs": []}  # estimated ends, by number - 1
        self.waited = {"dma": 0, "hyper": 0, "jobs": 0}
        self.next_task = 0
        self.window: list[int] = []
        self.done: set[int] = set()
        self.running: dict[int, int] = {}  # task: job number
        self.arguments: dict[int, dict[str, tuple[Resident, int, int]]] = {}
        self.reported: set[int] = set()
        self.open: dict[str, list[list[Buffer]]] = defaultdict(list)  # buffers of the transfers not yet waited for

    def _buffer(self, name: str, level: Level, nbytes: int) -> Buffer:
        itemsize = self.graph.tensors[name].itemsize
        buffer = Buffer(name, level, nbytes, flat(name, 0, nbytes // itemsize, itemsize))
        self.buffers.append(buffer)
        return buffer

    def run(self) -> list[Slot]:
        """Schedule everything. UserError if a task's buffers exceed L1."""
        while len(self.reported) < len(self.graph.nodes):
            self.slot = Slot(start=int(self.time))
            self.number = len(self.slots)
            self.calls_end = self.time
            self.admit()
            self.start_stores()
            self.start_loads()
            self.start_hyper()
            self.start_jobs()
            self.start_calls()
            self.choose_waits()
            self.close()
        return self.slots

    # -- admission

    def admit(self) -> None:
        """Give the next tasks their buffers while there is room."""
        self.refused = ""
        while self.next_task < len(self.tasks) and len(self.window) < LOOKAHEAD:
            task = self.tasks[self.next_task]
            # A larger buffer that happens to hold an operand may stand in the way: the oldest task can do without it.
            for thrifty in (False, True) if not self.window else (False,):
                found, new = self._assemble(task, thrifty)
                need = sum(r.nbytes for r in new)
                fits = self._make_room(need, set(map(id, found.values())))
                if fits:
                    break
            if not fits:
                room = f"{self.l1.used} in use, {self.limit} are available"
                self.refused = f"{task.label}: its buffers need {need} bytes beside {room}"
                return
            for resident in new:
                self.l1.add(resident)
                self.buffers.append(resident.buffer)
            self.arguments[task.index] = {}
            for name, resident in found.items():
                offset, pitch = place(resident.container, task.operands[name])
                self.arguments[task.index][name] = (resident, offset, pitch)
                resident.users.add(task.index)
            self.window.append(task.index)
            self.next_task += 1

    def _assemble(self, task: Task, thrifty: bool) -> tuple[dict[str, Resident], list[Resident]]:
        """The task's buffers by argument, and those of them that must be made.

        If ``thrifty``, none is used that could be dropped and is larger than what the operand needs.
        """
        found: dict[str, Resident] = {}
        new: list[Resident] = []
        for name, operand in task.operands.items():
            resident = self.l1.find(operand)
            if thrifty and resident is not None and self._evictable(resident):
                resident = None if resident.container.size > operand.container.size else resident
            resident = resident or next((r for r in new if self._same(r, operand)), None)
            if resident is None:
                resident = self.l1.make(operand, self._container(operand, task.index), task.index)
                new.append(resident)
            found[name] = resident
        return found, new

    @staticmethod
    def _same(resident: Resident, operand: Operand) -> bool:
        if operand.write:
            return resident.output and resident.container == operand.container.canonical
        return serves(resident.container, operand)

    def _container(self, operand: Operand, task: int) -> Box:
        """What to hold for ``operand``; no more than it needs if the rest is yet to be written by later tasks."""
        container = operand.container.canonical
        if operand.write:
            return container
        for output in self.dependence.outputs_of[container.base]:
            if output.overlaps(container) and max(self.dependence.outputs[output]) >= task:
                return operand.box.canonical
        return container

    def _evictable(self, resident: Resident) -> bool:
        if resident.users:
            return False
        if resident.needs_load:
            return 0 < resident.load <= self.waited["dma"]
        if any(i not in self.done for i in self.dependence.outputs[resident.container]):
            return False
        if resident.scratch:
            return resident.next_use(self.next_task) == NEVER
        return 0 < resident.store <= self.waited["dma"]

    def _make_room(self, need: int, keep: set[int]) -> bool:
        if self.l1.used + need <= self.limit:
            return True
        victims = [r for r in self.l1.all() if id(r) not in keep and self._evictable(r)]
        victims.sort(key=lambda r: -r.next_use(self.next_task))
        if self.l1.used + need - sum(r.nbytes for r in victims) > self.limit:
            return False
        for victim in victims:
            self.l1.drop(victim)
            if self.l1.used + need <= self.limit:
                return True
        return False

    # -- transfers

    def _pending(self, kind: str) -> int:
        return sum(1 for end in self.ends[kind][self.waited[kind] :] if end > self.time)

    def _begin(self, kind: str, cycles: float) -> int:
        """Number of a transfer or job that takes ``cycles`` after those before it."""
        begin = max(self.ends[kind][-1] if self.ends[kind] else 0.0, self.time)
        self.ends[kind].append(begin + cycles)
        return len(self.ends[kind])

    def _dma(self, resident: Resident, l2: Buffer, *, store: bool) -> int:
        dims = resident.container.canonical.dims
        if len(dims) > 3:
            raise UserError(
                f"tensor {resident.container.base!r}: a tile of dimensions {dims} needs more than a 3-D transfer"
            )
        (planes, stride2), (rows, stride), (length, _) = ((1, 0), (1, 0), (1, 1))[: 3 - len(dims)] + dims
        itemsize = resident.container.itemsize
        row_bytes = itemsize * length
        l1, far = Ref(resident.buffer), Ref(l2, itemsize * resident.container.offset)
        near = (row_bytes if rows > 1 else 0, row_bytes * rows if planes > 1 else 0)
        away = (itemsize * stride if rows > 1 else 0, itemsize * stride2 if planes > 1 else 0)
        source, destination = ((l1, near), (far, away)) if store else ((far, away), (l1, near))
        self.slot.dma.append(
            Dma(source[0], destination[0], row_bytes, source[1][0], destination[1][0], rows,
                source[1][1], destination[1][1], planes, f"{'store' if store else 'load'} {resident.container.base}")
        )  # fmt: skip
        resident.buffer.touch(self.number)
        l2.touch(self.number)
        return self._begin("dma", costs.dma(row_bytes * rows * planes, rows * planes))

    def start_stores(self) -> None:
        """Move finished outputs to L2."""
        for resident in self.l1.all():
            if resident.scratch or not resident.output or resident.store or self._pending("dma") >= DMA_DEPTH:
                continue
            if any(i not in self.done for i in self.dependence.outputs[resident.container]):
                continue
            base = resident.container.base
            if base not in self.l2:
                self.l2[base] = self._buffer(base, "L2", self.graph.tensors[base].nbytes)
            resident.store = self.stored[resident.container] = self._dma(resident, self.l2[base], store=True)

    def _copy(self, base: str, task: int) -> Copy:
        operator = self.operator[id(self.tasks[task].node)]
        return next(c for c in self.copies if c.stay.tensor == base and c.stay.first <= operator <= c.stay.last)

    def _source(self, resident: Resident, task: int) -> tuple[bool, float]:
        """Whether what is to be loaded lies in L2; if not, when the next event is estimated that brings it closer."""
        container = resident.container
        if container.base in self.homes.address:
            marks = self._copy(container.base, task).marks or []
            number = next((n for nbytes, n in marks if nbytes >= container.itemsize * container.end), 0)
            if 0 < number <= self.waited["hyper"]:
                return True, self.time
            if not number:
                number = self.waited["hyper"] + 1
            return False, self.ends["hyper"][number - 1] if number <= len(self.ends["hyper"]) else float("inf")
        ready, latest = True, self.time
        for output in self.dependence.outputs_of[container.base]:
            if output.overlaps(container):
                number = self.stored.get(output, 0)
                if not number:
                    return False, float("inf")
                if number > self.waited["dma"]:
                    ready, latest = False, max(latest, self.ends["dma"][number - 1])
        return ready, latest

    def start_loads(self) -> None:
        """Load admitted tasks' operands as soon as they lie in L2."""
        for index in self.window:
            for resident, _, _ in self.arguments[index].values():
                if self._pending("dma") >= DMA_DEPTH:
                    return
                if resident.needs_load and not resident.load and self._source(resident, index)[0]:
                    base = resident.container.base
                    l2 = self._copy(base, index).buffer if base in self.homes.address else self.l2[base]
                    resident.load = self._dma(resident, l2, store=False)

    def start_hyper(self) -> None:
        """Fetch weights and inputs in order of use as early as L2's plan permits; write updated weights back."""
        position = self.operator[id(self.tasks[min(self.window, default=len(self.tasks) - 1)].node)]
        while self._pending("hyper") < HYPER_DEPTH and self.next_copy < len(self.copies):
            copy = self.copies[self.next_copy]
            if copy.stay.earliest > position:
                break
            total = -(-copy.stay.nbytes // 8) * 8
            length = min(HYPER_CHUNK, total - copy.started)
            tensor = self.graph.tensors[copy.stay.tensor]
            stride = self.homes.sample_stride if tensor.kind in ("input", "label") else 0
            self.slot.hyper.append(
                Hyper(self.homes.address[tensor.name] + copy.started, Ref(copy.buffer, copy.started), length, False,
                      stride, f"fetch {tensor.name}")
            )  # fmt: skip
            copy.buffer.touch(self.number)
            number = self._begin("hyper", costs.hyper(length))
            copy.started += length
            assert copy.marks is not None
            copy.marks.append((copy.started, number))
            if copy.started == total:
                self.next_copy += 1
        for base, parameter in self.updates.items():
            if self._pending("hyper") >= HYPER_DEPTH:
                return
            stored = [self.stored.get(box, 0) for box in self.dependence.outputs_of[base]]
            if base in self.write_back or not all(0 < n <= self.waited["dma"] for n in stored):
                continue
            total = -(-self.graph.tensors[base].nbytes // 8) * 8
            self.slot.hyper.append(
                Hyper(self.homes.address[parameter], Ref(self.l2[base]), total, True, 0, f"write back {base}")
            )
            self.l2[base].touch(self.number)
            self.write_back[base] = self._begin("hyper", costs.hyper(total))

    # -- work

    def _ready(self, index: int) -> bool:
        return all(j in self.done for j in self.dependence.before[index]) and all(
            not r.needs_load or 0 < r.load <= self.waited["dma"] for r, _, _ in self.arguments[index].values()
        )

    def _call(self, index: int) -> Call:
        task, arguments = self.tasks[index], self.arguments[index]
        args: dict[str, Ref | int | float | None] = {}
        reads, writes = [], []
        for name, value in task.args.items():
            if isinstance(value, Operand):
                resident, offset, _ = arguments[name]
                args[name] = Ref(resident.buffer, offset)
                resident.buffer.touch(self.number)
                if value.read:
                    reads.append((Ref(resident.buffer), value.box))
                if value.write:
                    writes.append((Ref(resident.buffer), value.box))
            else:
                args[name] = value
        for name, operand in task.operands.items():
            if operand.pitch:
                args[operand.pitch] = arguments[name][2]
        return Call(
            task.kernel, task.engine, args, reads, writes, task.label, self.operator[id(task.node)], task.cycles
        )

    def start_jobs(self) -> None:
        for index in self.window:
            if self._pending("jobs") >= JOB_DEPTH:
                return
            if self.tasks[index].engine == "redmule" and index not in self.running and self._ready(index):
                self.slot.jobs.append(self._call(index))
                self.running[index] = self._begin("jobs", self.tasks[index].cycles)

    def start_calls(self) -> None:
        """Kernel calls that are ready; few enough that RedMule is not kept waiting for core 0."""
        self.called: list[int] = []
        waiting = any(self.tasks[i].engine == "redmule" and i not in self.running for i in self.window)
        busy_until = self.ends["jobs"][-1] if self._pending("jobs") else self.time
        for index in self.window:
            if self.tasks[index].engine != "cores" or not self._ready(index):
                continue
            end = self.calls_end + self.tasks[index].cycles
            if self.called and (len(self.called) >= CALLS_PER_SLOT or (waiting and end > busy_until)):
                break
            self.slot.calls.append(self._call(index))
            self.called.append(index)
            self.calls_end = end

    # -- waits and the end of a slot

    def _next_event(self, index: int) -> float:
        """Estimated time at which something that task ``index`` waits for is complete; infinity if that is not under
        way.
        """
        latest = self.time
        for j in self.dependence.before[index]:
            if j in self.done:
                continue
            if j not in self.running:
                return float("inf")
            latest = max(latest, self.ends["jobs"][self.running[j] - 1])
        for resident, _, _ in self.arguments[index].values():
            if not resident.needs_load or 0 < resident.load <= self.waited["dma"]:
                continue
            if resident.load:
                latest = max(latest, self.ends["dma"][resident.load - 1])
            else:
                latest = max(latest, self._source(resident, index)[1])
        return latest

    def choose_waits(self) -> None:
        """With calls: wait for what is complete by then. Without: until the next task can go on."""
        until = self.calls_end + costs.SLOT / 2
        if not self.called:
            starts = [self._next_event(i) for i in self.window if i not in self.running]
            until = min((s for s in starts if s > self.time), default=float("inf"))
            if until == float("inf"):
                firsts = [ends[self.waited[kind]] for kind, ends in self.ends.items() if len(ends) > self.waited[kind]]
                until = min(firsts, default=self.time)
        self.until = max(until, self.time)
        for kind, name in (("dma", "wait_dma"), ("hyper", "wait_hyper"), ("jobs", "wait_jobs")):
            ends = self.ends[kind]
            count = self.waited[kind]
            while count < len(ends) and ends[count] <= self.until:
                count += 1
            if count > self.waited[kind]:
                self.waited[kind] = count
                setattr(self.slot, name, count)

    def close(self) -> None:
        """Account for what the slot completes."""
        slot, number = self.slot, self.number
        finished = self.called + [i for i, n in self.running.items() if n <= self.waited["jobs"]]
        progress = bool(finished or slot.dma or slot.hyper or slot.jobs or slot.wait_dma or slot.wait_hyper)
        for index in finished:
            self.done.add(index)
            self.window.remove(index)
            self.running.pop(index, None)
            self.remaining[self.operator[id(self.tasks[index].node)]] -= 1
            for resident, _, _ in self.arguments[index].values():
                resident.users.discard(index)
                resident.buffer.touch(number)
        self._touch_transfers()
        for operator in range(len(self.graph.nodes)):
            if operator not in self.reported and self._complete(operator):
                self.reported.add(operator)
                slot.reports.append(operator)
                for box in self.outputs[operator]:
                    self.l2[box.base].touch(number)
        if not progress and not slot.reports:
            if self.refused and not self.window:
                raise UserError(f"L1: {self.refused}")
            raise RuntimeError(f"the schedule makes no progress at {[self.tasks[i].label for i in self.window]}")
        for resident in self.l1.all():
            if self._evictable(resident) and resident.next_use(self.next_task) == NEVER:
                self.l1.drop(resident)
        self.slots.append(slot)
        self.time = max(self.until, self.calls_end) + costs.SLOT

    def _touch_transfers(self) -> None:
        """Buffers of transfers and jobs live until the slot that waits for them."""
        self.open["dma"] += [[d.source.buffer, d.destination.buffer] for d in self.slot.dma]
        self.open["hyper"] += [[h.l2.buffer] for h in self.slot.hyper]
        for kind in ("dma", "hyper"):
            remaining = len(self.ends[kind]) - self.waited[kind]
            closed = len(self.open[kind]) - remaining
            for buffers in self.open[kind][:closed]:
                for buffer in buffers:
                    buffer.touch(self.number)
            self.open[kind] = self.open[kind][closed:]

    def _complete(self, operator: int) -> bool:
        if self.remaining[operator]:
            return False
        for box in self.outputs[operator]:
            if not 0 < self.stored.get(box, 0) <= self.waited["dma"]:
                return False
            if box.base in self.updates and not 0 < self.write_back.get(box.base, 0) <= self.waited["hyper"]:
                return False
        return True
