# SPDX-License-Identifier: Apache-2.0
"""Tasks -> slots: list scheduling of RedMule, cores, DMA and HyperBus together.

Tasks are admitted in order as far as their L1 buffers have room; what is admitted is loaded ahead and runs out of
order, each engine on its own. Estimated times decide only what is started and awaited when; dependences decide what
may be. The parts share four things: the ``Problem``, which stays, the ``Timeline`` (slots, queues, estimated time), the
``Progress`` of the tasks, and the list of the program's ``buffers``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from traindeploy.errors import UserError
from traindeploy.ir.program import Buffer, Call, Ref, Slot
from traindeploy.schedule import costs
from traindeploy.schedule.admission import Admission
from traindeploy.schedule.l1 import L1
from traindeploy.schedule.l2_traffic import L2Traffic
from traindeploy.schedule.problem import Problem
from traindeploy.schedule.progress import Progress
from traindeploy.schedule.reports import Reports
from traindeploy.schedule.task import Operand
from traindeploy.schedule.timeline import NEVER, Timeline

CALLS_PER_SLOT = 6


@dataclass(frozen=True)
class Schedule:
    """The slots, the buffers that they use, of these the ones in L2 that hold operators' outputs, the estimate, and how
    many tasks had been admitted in each slot.
    """

    slots: list[Slot]
    buffers: list[Buffer]
    outputs: dict[str, Buffer]
    cycles: int
    admitted: list[int]


@dataclass
class Calls:
    """The kernel calls of a slot, by task, and when they end by estimate."""

    end: float
    tasks: list[int] = field(default_factory=list)


def make_schedule(problem: Problem, room: Sequence[int]) -> Schedule:
    """Schedule everything; each task gets its buffers when all together take at most its ``room`` of L1, in bytes.

    UserError if a task's buffers alone exceed it.
    """
    return _Scheduler(problem, room).run()


class _Scheduler:
    def __init__(self, problem: Problem, room: Sequence[int]) -> None:
        self.problem = problem
        self.timeline = Timeline()
        self.progress = Progress()
        self.buffers: list[Buffer] = []
        self.l1 = L1(problem, room, self.timeline, self.progress)
        self.admission = Admission(problem, self.progress, self.l1, self.buffers)
        self.l2 = L2Traffic(problem, self.timeline, self.progress, self.l1, self.buffers)
        self.reports = Reports(problem, self.timeline, self.l2)

    def run(self) -> Schedule:
        admitted = []
        if self.problem.residents:
            self.l2.l3.fetch_residents()
            admitted.append(self.close_idle_slot())
        while self.reports.open:
            self.admission.admit()
            admitted.append(self.progress.next_task)
            self.l2.start_loads(self.admission)  # something waits for them; stores only make room
            self.l2.start_stores()
            self.l2.start_hyper()
            self.start_jobs()
            calls = self.start_calls()
            until = self.wait_until(calls)
            self.timeline.wait(until)
            self.finish(calls)
            self.timeline.close(max(until, calls.end))
        if self.problem.written_back_once:
            self.l2.l3.write_residents()
            admitted.append(self.close_idle_slot())
        self.l2.l3.keep_residents()
        return Schedule(self.timeline.slots, self.buffers, self.l2.activations, int(self.timeline.now), admitted)

    def close_idle_slot(self) -> int:
        """End a slot with transfers that few steps do; how many tasks have been admitted."""
        self.timeline.wait(self.timeline.now)
        self.timeline.close(self.timeline.now)
        return self.progress.next_task

    # -- work

    def ready(self, task: int) -> bool:
        """Whether everything that ``task`` reads is computed and lies in L1."""
        return self.problem.dependence.before[task] <= self.progress.done and all(
            self.l2.settled(argument.resident) for argument in self.admission.arguments[task].values()
        )

    def start_jobs(self) -> None:
        """Give RedMule the jobs that are ready."""
        for index in self.progress.window:
            if self.timeline.jobs.full(self.timeline.now):
                return
            task = self.problem.tasks[index]
            if task.engine == "redmule" and index not in self.progress.running and self.ready(index):
                self.timeline.slot.jobs.append(self.call(index))
                self.progress.running[index] = self.timeline.jobs.begin(self.timeline.now, task.cycles)

    def start_calls(self) -> Calls:
        """Make the kernel calls that are ready; few enough that RedMule is not kept waiting for core 0."""
        calls, tasks, window = Calls(self.timeline.now), self.problem.tasks, self.progress.window
        waiting = any(tasks[i].engine == "redmule" and i not in self.progress.running for i in window)
        limit = self.redmule_busy_until() if waiting else NEVER
        for index in window:
            if tasks[index].engine != "cores" or not self.ready(index):
                continue
            end = calls.end + tasks[index].cycles
            if calls.tasks and (len(calls.tasks) >= CALLS_PER_SLOT or end > limit):
                break
            self.timeline.slot.calls.append(self.call(index))
            calls.tasks.append(index)
            calls.end = end
        return calls

    def redmule_busy_until(self) -> float:
        jobs, now = self.timeline.jobs, self.timeline.now
        return jobs.work[-1].end if jobs.running(now) else now

    def call(self, index: int) -> Call:
        """The kernel call or job of a task, its operands where they lie."""
        task, where = self.problem.tasks[index], self.admission.arguments[index]
        args: dict[str, Ref | int | float | None] = {}
        for name, value in task.args.items():
            args[name] = Ref(where[name].resident.buffer, where[name].offset) if isinstance(value, Operand) else value
        reads, writes = [], []
        for name, operand in task.operands.items():
            buffer = where[name].resident.buffer
            buffer.touch(self.timeline.number)
            if operand.pitch:
                args[operand.pitch] = where[name].pitch
            if operand.read:
                reads.append((Ref(buffer), operand.box))
            if operand.write:
                writes.append((Ref(buffer), operand.box))
                where[name].resident.spill = None
        operator = self.problem.operator_of[index]
        return Call(task.kernel, task.engine, args, reads, writes, task.label, operator, task.cycles)

    # -- waits and the end of a slot

    def wait_until(self, calls: Calls) -> float:
        """The estimated time up to which the slot waits.

        With calls: for what is complete by then. Without: until the next task can go on, or else for anything.
        """
        now = self.timeline.now
        if calls.tasks:
            return max(calls.end + costs.SLOT / 2, now)
        waiting = (i for i in self.progress.window if i not in self.progress.running)
        events = [event for event in map(self.next_event, waiting) if now < event < NEVER]
        return min(events) if events else max(self.timeline.next_end(), now)

    def next_event(self, task: int) -> float:
        """Estimated time at which all is complete that ``task`` waits for; NEVER if something is not under way."""
        events = [self.timeline.now]
        for other in self.problem.dependence.before[task] - self.progress.done:
            if other not in self.progress.running:
                return NEVER
            events.append(self.timeline.jobs.end(self.progress.running[other]))
        for resident in (argument.resident for argument in self.admission.arguments[task].values()):
            if self.l2.settled(resident):
                continue
            if resident.spill is not None:
                events.append(self.timeline.dma.end(resident.spill))
            elif resident.load is None:
                events.append(self.l2.source(resident, task).event)
            else:
                events.append(self.timeline.dma.end(resident.load))
        return max(events)

    def finish(self, calls: Calls) -> None:
        """Account for what the slot completes. UserError or RuntimeError if it changes nothing."""
        jobs = [i for i, number in self.progress.running.items() if self.timeline.jobs.finished(number)]
        for index in calls.tasks + jobs:
            self.progress.finish(index)
            self.reports.finish(index)
            for argument in self.admission.arguments[index].values():
                argument.resident.users.discard(index)
                argument.resident.buffer.touch(self.timeline.number)
        self.reports.close()
        if self.timeline.slot == Slot(start=self.timeline.slot.start):
            if self.admission.refused and not self.progress.window:
                raise UserError(f"L1: {self.admission.refused}")
            labels = [self.problem.tasks[i].label for i in self.progress.window]
            raise RuntimeError(f"the schedule makes no progress at {labels}")
        self.l1.drop_dead()
