# SPDX-License-Identifier: Apache-2.0
"""Estimated time while the schedule is made: the slot being filled, and what the engines have been given to do.

Estimates decide only what is started and awaited when. That something is complete is known only by waiting for it.
"""

from dataclasses import dataclass, field

from traindeploy.ir.program import Buffer, Slot
from traindeploy.platform.chip import DMA_QUEUE
from traindeploy.schedule import costs

NEVER = float("inf")


@dataclass(frozen=True)
class Work:
    """A transfer or job: its estimated end, and the buffers that it keeps alive until it is waited for."""

    end: float
    buffers: tuple[Buffer, ...] = ()


class Queue:
    """What one engine has been given to do, numbered from 1; it starts and ends in this order, one after the other.

    A number that is None stands for what has not been started. ``depth`` is what the hardware's queue holds.

    >>> dma = Queue(depth=2)
    >>> dma.begin(now=0, cycles=100), dma.begin(now=10, cycles=50)
    (1, 2)
    >>> dma.end(1), dma.end(2)  # number 2 starts when number 1 ends
    (100.0, 150.0)
    >>> dma.full(now=20), dma.full(now=120)  # at 120 one is still running
    (True, False)
    >>> [work.end for work in dma.wait(until=120)]  # a slot that waits until 120 can wait for number 1
    [100.0]
    >>> dma.finished(1), dma.finished(2), dma.finished(None)
    (True, False, False)
    """

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.work: list[Work] = []
        self.waited = 0  # numbers up to this one are complete

    def begin(self, now: float, cycles: float, buffers: tuple[Buffer, ...] = ()) -> int:
        """Number of a transfer or job that takes ``cycles`` after those before it."""
        start = max(self.work[-1].end if self.work else 0.0, now)
        self.work.append(Work(start + cycles, buffers))
        return len(self.work)

    def end(self, number: int) -> float:
        """The estimated end of ``number``; NEVER if it has not been started."""
        return self.work[number - 1].end if number <= len(self.work) else NEVER

    def running(self, now: float) -> int:
        """How many are not yet waited for and, by estimate, not at their end."""
        return sum(1 for work in self.open if work.end > now)

    def full(self, now: float) -> bool:
        """Whether core 0 would have to wait if it started another one."""
        return self.running(now) >= self.depth

    def finished(self, number: int | None) -> bool:
        """Whether ``number`` was started and waited for."""
        return number is not None and number <= self.waited

    @property
    def open(self) -> list[Work]:
        """What is not yet waited for."""
        return self.work[self.waited :]

    def wait(self, until: float) -> list[Work]:
        """Wait for all that ends by ``until``; what this completes."""
        before = self.waited
        while self.waited < len(self.work) and self.work[self.waited].end <= until:
            self.waited += 1
        return self.work[before : self.waited]


@dataclass
class Timeline:
    """The slots made so far, ``slot`` that is being filled, and its estimated begin ``now``.

    No depth is above that of the hardware's queue; HyperBus gets half of its queue.
    """

    slots: list[Slot] = field(default_factory=list)
    slot: Slot = field(default_factory=Slot)
    now: float = 0.0
    dma: Queue = field(default_factory=lambda: Queue(DMA_QUEUE))
    hyper: Queue = field(default_factory=lambda: Queue(depth=4))
    jobs: Queue = field(default_factory=lambda: Queue(depth=2))

    @property
    def number(self) -> int:
        """Of the slot that is being filled."""
        return len(self.slots)

    @property
    def queues(self) -> tuple[Queue, Queue, Queue]:
        return self.dma, self.hyper, self.jobs

    def wait(self, until: float) -> None:
        """Let the slot wait for all that ends by ``until``."""
        done = [queue.wait(until) for queue in self.queues]
        waits = [queue.waited if work else 0 for queue, work in zip(self.queues, done, strict=True)]
        self.slot.wait_dma, self.slot.wait_hyper, self.slot.wait_jobs = waits
        for buffer in (buffer for works in done for work in works for buffer in work.buffers):
            buffer.touch(self.number)

    def next_end(self) -> float:
        """The estimated end of the first transfer or job that is not yet waited for; now if there is none."""
        return min((queue.open[0].end for queue in self.queues if queue.open), default=self.now)

    def close(self, end: float) -> None:
        """End the slot at ``end`` and begin the next one."""
        self.slots.append(self.slot)
        self.now = end + costs.SLOT
        self.slot = Slot(start=int(self.now))
