# SPDX-License-Identifier: Apache-2.0
"""What lies in L1 while the schedule is made: buffers stay after their use until their room is needed, like a cache
whose future is known, so that operators find their neighbours' tensors there.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from traindeploy.ir.program import Buffer
from traindeploy.ir.region import Box
from traindeploy.schedule.dependence import serves
from traindeploy.schedule.problem import Problem
from traindeploy.schedule.progress import Progress
from traindeploy.schedule.task import Operand
from traindeploy.schedule.timeline import NEVER, Timeline

ALIGNMENT = 64
FAR = 16  # tasks


@dataclass(eq=False)
class Resident:
    """An L1 buffer. ``users``: admitted unfinished tasks; ``future``: later tasks that will read it; ``load``,
    ``store`` and ``spill`` (a store of what is not yet whole) are numbers of DMA transfers, None if not (yet) started.
    """

    buffer: Buffer
    container: Box
    needs_load: bool
    output: bool
    scratch: bool
    future: list[int]
    users: set[int] = field(default_factory=set)
    load: int | None = None
    store: int | None = None
    spill: int | None = None

    @property
    def nbytes(self) -> int:
        return -(-self.container.nbytes // ALIGNMENT) * ALIGNMENT

    def next_use(self, task: int) -> float:
        """The first reader not before ``task``; NEVER if there is none."""
        at = bisect_left(self.future, task)
        return self.future[at] if at < len(self.future) else NEVER

    def holds(self, operand: Operand) -> bool:
        """Whether it can be ``operand``'s argument; an output goes to its own container."""
        if operand.write and not (self.output and self.container == operand.container.canonical):
            return False
        return serves(self.container, operand)


class L1:
    """The buffers alive and the bytes they occupy; ``room``: for each task the bytes that all may take together when it
    gets its own.
    """

    def __init__(self, problem: Problem, room: Sequence[int], timeline: Timeline, progress: Progress) -> None:
        self.problem, self.room, self.timeline, self.progress = problem, room, timeline, progress
        self.groups: dict[str, list[Resident]] = {}  # by storage
        self.used = 0

    @property
    def residents(self) -> list[Resident]:
        return [resident for group in self.groups.values() for resident in group]

    def find(self, operand: Operand) -> Resident | None:
        """A buffer that can serve ``operand``."""
        return next((r for r in self.groups.get(operand.box.base, []) if r.holds(operand)), None)

    def make(self, operand: Operand, task: int) -> Resident:
        """A buffer for ``operand`` of ``task``; it does not count before ``add``."""
        base, container = operand.box.base, self._extent(operand, task)
        served = self.problem.dependence.served(container)
        future = served[bisect_right(served, task) :]
        buffer = Buffer(base, "L1", container.nbytes, container)
        return Resident(buffer, container, operand.read, operand.write, base in self.problem.scratch, future)

    def _extent(self, operand: Operand, task: int) -> Box:
        """What to hold for ``operand``; no more than it needs if the rest is yet to be written by later tasks."""
        container, dependence = operand.container.canonical, self.problem.dependence
        if operand.write:
            return container
        for output in dependence.outputs_of[container.base]:
            if output.overlaps(container) and max(dependence.outputs[output]) >= task:
                return operand.box.canonical
        return container

    def add(self, resident: Resident) -> None:
        self.groups.setdefault(resident.container.base, []).append(resident)
        self.used += resident.nbytes

    def drop(self, resident: Resident) -> None:
        self.groups[resident.container.base].remove(resident)
        self.used -= resident.nbytes

    def whole(self, resident: Resident) -> bool:
        """Whether every task that writes to this output is done."""
        return self.problem.dependence.outputs[resident.container] <= self.progress.done

    def evictable(self, resident: Resident) -> bool:
        """Whether it may be dropped: nothing admitted uses it, and its data lie in L2 too or will not be read."""
        if resident.users:
            return False
        if not resident.output:
            return self.timeline.dma.finished(resident.load)
        if not self.whole(resident):
            return self.timeline.dma.finished(resident.spill)
        if resident.scratch:
            return resident.next_use(self.progress.next_task) == NEVER
        return self.timeline.dma.finished(resident.store)

    def idle(self, resident: Resident) -> bool:
        """Whether this is an unfinished sum to which the next task that adds is far: its room may serve others."""
        if resident.users or resident.scratch or resident.spill is not None:
            return False
        dependence, done = self.problem.dependence, self.progress.done
        if not dependence.begins[resident.container] <= done:
            return False
        return min(dependence.outputs[resident.container] - done) >= self.progress.next_task + FAR

    def make_room(self, task: int, need: int, keep: list[Resident]) -> bool:
        """Drop what is read last, but for ``keep``, until ``need`` bytes are free for ``task``; nothing if there never
        are.
        """
        limit = self.room[task] - need
        if self.used <= limit:
            return True
        kept = {id(resident) for resident in keep}
        victims = [r for r in self.residents if id(r) not in kept and self.evictable(r)]
        victims.sort(key=lambda r: -r.next_use(self.progress.next_task))
        if self.used - sum(r.nbytes for r in victims) > limit:
            return False
        while self.used > limit:
            self.drop(victims.pop(0))
        return True

    def drop_dead(self) -> None:
        """Drop what nothing will read any more."""
        for resident in self.residents:
            if self.evictable(resident) and resident.next_use(self.progress.next_task) == NEVER:
                self.drop(resident)
