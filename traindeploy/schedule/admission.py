# SPDX-License-Identifier: Apache-2.0
"""Admission: tasks get their buffers in L1, in order, while there is room.

All buffers of a task are given at once, so the oldest task can always run: there is no deadlock.
"""

from dataclasses import dataclass

from traindeploy.ir.program import Buffer
from traindeploy.schedule.dependence import place
from traindeploy.schedule.l1 import L1, Resident
from traindeploy.schedule.problem import Problem
from traindeploy.schedule.progress import Progress
from traindeploy.schedule.task import Task

LOOKAHEAD = 32  # admitted tasks


@dataclass(frozen=True)
class Argument:
    """Where an operand lies: ``offset`` and row ``pitch`` (0: dense) in bytes."""

    resident: Resident
    offset: int
    pitch: int


@dataclass
class Buffers:
    """A task's buffers by argument, and those of them that must be made."""

    found: dict[str, Resident]
    new: list[Resident]

    @property
    def need(self) -> int:
        """Bytes that must be free."""
        return sum(resident.nbytes for resident in self.new)


class Admission:
    """``arguments`` of the admitted tasks; ``refused`` says why the next task was not admitted, or is empty."""

    def __init__(self, problem: Problem, progress: Progress, l1: L1, buffers: list[Buffer]) -> None:
        self.problem, self.progress, self.l1, self.buffers = problem, progress, l1, buffers
        self.arguments: dict[int, dict[str, Argument]] = {}
        self.refused = ""

    def admit(self) -> None:
        """Give the next tasks their buffers while there is room."""
        self.refused = ""
        while self.progress.next_task < len(self.problem.tasks) and len(self.progress.window) < LOOKAHEAD:
            task = self.problem.tasks[self.progress.next_task]
            buffers = self._buffers(task)
            if buffers is None:
                return
            for resident in buffers.new:
                self.l1.add(resident)
                self.buffers.append(resident.buffer)
            self.arguments[task.index] = {}
            for name, operand in task.operands.items():
                resident = buffers.found[name]
                self.arguments[task.index][name] = Argument(resident, *place(resident.container, operand))
                resident.users.add(task.index)
            self.progress.admit()

    def _buffers(self, task: Task) -> Buffers | None:
        """The task's buffers, with room made for those that are new; None if there is none."""
        buffers = self._assemble(task, thrifty=False)
        if self.l1.make_room(task.index, buffers.need, [*buffers.found.values()]):
            return buffers
        if not self.progress.window:
            # A larger buffer that happens to hold an operand may stand in the way: the oldest task can do without it.
            buffers = self._assemble(task, thrifty=True)
            if self.l1.make_room(task.index, buffers.need, [*buffers.found.values()]):
                return buffers
        room = f"{self.l1.used} in use, {self.l1.room[task.index]} are available"
        self.refused = f"{task.label}: its buffers need {buffers.need} bytes beside {room}"
        return None

    def _assemble(self, task: Task, *, thrifty: bool) -> Buffers:
        """If ``thrifty``, none is used that could be dropped and is larger than what the operand needs."""
        buffers = Buffers({}, [])
        for name, operand in sorted(task.operands.items(), key=lambda item: not item[1].write):  # Y lies in Z
            resident = self.l1.find(operand)
            if thrifty and resident is not None and self.l1.evictable(resident):
                resident = None if resident.container.size > operand.container.size else resident
            resident = resident or next((r for r in buffers.new if r.holds(operand)), None)
            if resident is None:
                resident = self.l1.make(operand, task.index)
                buffers.new.append(resident)
            buffers.found[name] = resident
        return buffers
