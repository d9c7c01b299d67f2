# SPDX-License-Identifier: Apache-2.0
"""HyperBus transfers: weights and inputs to L2 ahead of use, updated parameters back to L3."""

from collections import deque
from dataclasses import dataclass, field

from traindeploy.ir.program import Buffer, Hyper, Only, Ref
from traindeploy.ir.region import Box
from traindeploy.memory.residency import Stay
from traindeploy.schedule import costs
from traindeploy.schedule.problem import Problem
from traindeploy.schedule.progress import Progress
from traindeploy.schedule.timeline import Timeline

CHUNK = 16 * 1024  # bytes of a fetch: a tensor's first tiles can be used before its last ones are there
BURST = 8  # bytes; transfers are multiples of it


@dataclass(frozen=True)
class Mark:
    """With HyperBus transfer ``number``, the first ``nbytes`` of a copy are complete."""

    nbytes: int
    number: int


@dataclass
class Copy:
    """A tensor's copy in L2 that is fetched from L3, in chunks that ``marks`` lists."""

    stay: Stay
    buffer: Buffer
    marks: list[Mark] = field(default_factory=list)

    @property
    def started(self) -> int:
        """Bytes of which the fetch has been started."""
        return self.marks[-1].nbytes if self.marks else 0

    @property
    def nbytes(self) -> int:
        return bursts(self.stay.nbytes)

    def brings(self, box: Box) -> int | None:
        """Number of the transfer that completes ``box``, None if that has not been started.

        >>> from traindeploy.ir.region import flat
        >>> copy = Copy(Stay("w", 32768, 0, 3), Buffer("w", "L2", 32768, flat("w", 0, 8192, 4)), [Mark(16384, 5)])
        >>> copy.brings(flat("w", 4000, 96, 4))
        5
        >>> copy.brings(flat("w", 4000, 97, 4)) is None  # its last element is in the next chunk
        True
        """
        needed = box.itemsize * box.end
        return next((mark.number for mark in self.marks if mark.nbytes >= needed), None)


def bursts(nbytes: int) -> int:
    """``nbytes`` rounded up to whole bursts.

    >>> bursts(12)
    16
    """
    return -(-nbytes // BURST) * BURST


class L3Traffic:
    """Fetches in the order of the stays, and write-backs of what updates have stored to L2."""

    def __init__(self, problem: Problem, timeline: Timeline, copies: list[Copy]) -> None:
        self.problem, self.timeline = problem, timeline
        self.copies: dict[str, list[Copy]] = {}
        for copy in copies:
            self.copies.setdefault(copy.stay.tensor, []).append(copy)
        self.to_fetch = deque(copy for copy in copies if copy.stay.tensor not in problem.residents)
        self.write_backs: dict[str, int] = {}  # number of the transfer of each updated tensor

    def copy_of(self, base: str, task: int) -> Copy:
        """The copy of ``base`` that ``task`` reads."""
        operator = self.problem.operator_of[task]
        return next(c for c in self.copies[base] if c.stay.first <= operator <= c.stay.last)

    def written_back(self, base: str) -> bool:
        """Whether ``base`` lies in L3, if that is where it must go."""
        return base not in self.problem.written_back or self.timeline.hyper.finished(self.write_backs.get(base))

    def fetch_residents(self) -> None:
        """Fetch what stays in L2, whole, in the first step only."""
        for copy in (copy for base in sorted(self.problem.residents) for copy in self.copies[base]):
            self._once(copy, "first", f"fetch {copy.stay.tensor}")
            copy.marks.append(Mark(copy.nbytes, len(self.timeline.hyper.work)))

    def write_residents(self) -> None:
        """Write back what was updated in L2, in the last step only."""
        for base, parameter in self.problem.written_back_once.items():
            self._once(self.copies[parameter][-1], "last", f"write back {base}")

    def keep_residents(self) -> None:
        """Let what stays in L2 live as long as the schedule."""
        for copy in (copy for base in self.problem.residents for copy in self.copies[base]):
            copy.buffer.touch(0)
            copy.buffer.touch(self.timeline.number - 1)

    def _once(self, copy: Copy, only: Only, label: str) -> None:
        """Start a transfer that costs other steps nothing."""
        home = self.problem.homes.address[copy.stay.tensor]
        self.timeline.slot.hyper.append(Hyper(home, Ref(copy.buffer), copy.nbytes, only == "last", 0, label, only))
        self.timeline.hyper.begin(self.timeline.now, 0, (copy.buffer,))

    def start_fetches(self, progress: Progress) -> None:
        """Fetch weights and inputs in order of use, as early as L2's plan permits."""
        hyper, now = self.timeline.hyper, self.timeline.now
        oldest = min(progress.window, default=len(self.problem.tasks) - 1)
        position = self.problem.operator_of[oldest]
        while self.to_fetch and self.to_fetch[0].stay.earliest <= position and not hyper.full(now):
            copy = self.to_fetch[0]
            self._fetch(copy)
            if copy.started == copy.nbytes:
                self.to_fetch.popleft()

    def _fetch(self, copy: Copy) -> None:
        """Start the copy's next chunk."""
        begin, homes = copy.started, self.problem.homes
        length = min(CHUNK, copy.nbytes - begin)
        tensor = self.problem.graph.tensors[copy.stay.tensor]
        stride = homes.sample_stride if tensor.kind in ("input", "label") else 0
        address, near = homes.address[tensor.name] + begin, Ref(copy.buffer, begin)
        number = self._start(Hyper(address, near, length, False, stride, f"fetch {tensor.name}"))
        copy.marks.append(Mark(begin + length, number))

    def start_write_backs(self, stored: dict[Box, int], buffers: dict[str, Buffer]) -> None:
        """Write updated tensors back, once all their boxes are stored; ``stored``: numbers of the stores to L2."""
        hyper, dma = self.timeline.hyper, self.timeline.dma
        for base, parameter in self.problem.written_back.items():
            if hyper.full(self.timeline.now):
                return
            boxes = self.problem.dependence.outputs_of[base]
            if base in self.write_backs or not all(dma.finished(stored.get(box)) for box in boxes):
                continue
            length = bursts(self.problem.graph.tensors[base].nbytes)
            home, near = self.problem.homes.address[parameter], Ref(buffers[base])
            self.write_backs[base] = self._start(Hyper(home, near, length, True, 0, f"write back {base}"))

    def _start(self, transfer: Hyper) -> int:
        self.timeline.slot.hyper.append(transfer)
        transfer.l2.buffer.touch(self.timeline.number)
        return self.timeline.hyper.begin(self.timeline.now, costs.hyper(transfer.length), (transfer.l2.buffer,))
