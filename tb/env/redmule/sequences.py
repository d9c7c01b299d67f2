# SPDX-License-Identifier: Apache-2.0
"""Constrained-random sequences of jobs, of clears, and of accesses to the queue."""

import random

from pyuvm import ConfigDB, uvm_sequence

from golden.redmule import Job
from tb.env.redmule.coverage import LATENCIES, PATTERNS, REFUSALS, RELATIONS, STALLS, CoverageCollector
from tb.env.redmule.driver import hits
from tb.env.redmule.engine import COLUMNS, HEIGHT, ROWS, empty
from tb.env.redmule.items import Batch, Behaviour, ClearItem, Item, JobItem, ProbeItem, TriggerItem
from tb.env.redmule.jobs import Allocator, dependent_job, place, random_job, spoil
from tb.env.redmule.states import (
    ACQUIRES,
    AHEAD,
    ANOTHER_OPEN,
    BEGIN,
    CLEARING,
    CLEARS,
    COMMITS,
    ENDING,
    IDLE,
    PHASE_MASK,
    STARTING,
    STORING,
    Bins,
)

JOBS_OF_A_BATCH = 10
X, W, Y = 1, 2, 3  # of states.WAITING and DUE


def random_behaviour(rng: random.Random, untried: list[str]) -> Behaviour:
    """How the memory answers: patterns called in ``untried`` come more often."""
    patterns = [pattern for pattern in PATTERNS if pattern.name in untried]
    if rng.random() < (0.5 if patterns else 0.2):
        pattern = rng.choice(patterns or PATTERNS)
        return Behaviour(0, rng.choice(LATENCIES), False, pattern.pattern, pattern.each_beat)
    return Behaviour(rng.choice([0, 0, *STALLS]), rng.choice([1, 1, *LATENCIES]), rng.random() < 0.3)


def one_tile(job: Job) -> bool:
    """Whether the whole result fits the array."""
    return job.m <= ROWS and job.k <= COLUMNS


class RedmuleSequence(uvm_sequence):
    """Common to all: random numbers from a seed, and the coverage that steers them."""

    def __init__(self, name: str, seed: int) -> None:
        super().__init__(name)
        self.rng = random.Random(seed)
        self.guide: CoverageCollector = ConfigDB().get(None, "", "COVERAGE")

    async def send(self, items: list[Item], size: int, special: bool = False, directed: bool = False) -> None:
        """Run ``items`` as a batch on a newly filled memory."""
        items[0].batch = Batch(size, self.rng.getrandbits(32), special, directed)
        items[-1].last = True
        for item in items:
            await self.start_item(item)
            await self.finish_item(item)


class JobSequence(RedmuleSequence):
    """``jobs`` random jobs, in batches without a clear; ``queued``: the next one is committed while one runs."""

    def __init__(self, name: str, seed: int, jobs: int, queued: bool | None = None, limit: int = 70) -> None:
        super().__init__(name, seed)
        self.jobs, self.queued, self.limit = jobs, queued, limit

    async def body(self) -> None:
        for number in range(max(1, self.jobs // JOBS_OF_A_BATCH)):
            queued = number % 2 == 1 if self.queued is None else self.queued
            space = Allocator(self.rng, self.guide)
            items = self.batch(space, queued)
            await self.send(items, space.size, special=self.rng.random() < 0.5)

    def batch(self, space: Allocator, queued: bool) -> list[Item]:
        rng = self.rng
        items: list[Item] = []
        before: JobItem | None = None
        held = 0
        for number in range(JOBS_OF_A_BATCH):
            item = self.job(space, before, queued)
            if number == 0 or rng.random() < 0.3:
                item.behaviour = random_behaviour(rng, self.guide.missing("stalls"))
            item.pause = rng.randrange(200) if rng.random() < 0.2 else 0
            item.probe = rng.random() < 0.2
            items.append(item)
            before = item
            if not queued:
                item.alone = True
                continue
            # A result of one tile, started together with the next job, is stored when that might already read it.
            item.held = rng.random() < (0.6 if one_tile(item.job) else 0.2)
            held = held + 1 if item.held else 0
            if held == 2 or rng.random() < 0.15:
                if rng.random() < 0.3:
                    items.append(TriggerItem(1))
                items.append(TriggerItem(0))
                held = 0
        items.append(TriggerItem(0))
        return items

    def job(self, space: Allocator, before: JobItem | None, queued: bool) -> JobItem:
        rng = self.rng
        job, core = random_job(rng, space, COLUMNS if queued and rng.random() < 0.4 else self.limit), rng.randrange(8)
        if rng.random() < 0.03:
            kind = rng.choice(self.guide.missing("refused") or REFUSALS)
            job, how = spoil(rng, job, kind)
            return JobItem(job, core=core, refused=kind, how=how)
        usable = before is not None and not before.refused and not empty(before.job) and job.k > 0
        if before is not None and usable and rng.random() < (0.7 if before.held and one_tile(before.job) else 0.35):
            kind = rng.randrange(4)
            return JobItem(dependent_job(rng, space, before.job, job, kind), core=core, relation=RELATIONS[2 + kind])
        return JobItem(job, core=core, relation="independent" if before is not None and queued else "none")


class ClearSequence(RedmuleSequence):
    """Soft clears in all states of ``CLEARS``: two jobs, a clear, two jobs that must not notice it."""

    def __init__(self, name: str, seed: int, attempts: int = 400) -> None:
        super().__init__(name, seed)
        self.attempts = attempts

    async def body(self) -> None:
        for attempt in range(self.attempts):
            wanted = [b for b, _ in CLEARS.reachable if not hits()[CLEARS.point, b]]
            targets = [(b, PHASE_MASK | 0x1F) for b in wanted]
            if not hits()[6, 1]:
                targets.append((ENDING, ENDING))
            if attempt == 0:
                targets += [(b, PHASE_MASK | 0x1F) for b, _ in CLEARS.reachable]
            if not targets:
                return
            for code, mask in targets:
                await self.clear(code, mask)

    async def clear(self, code: int, mask: int) -> None:
        rng = self.rng
        space = Allocator(rng, self.guide)
        phase, beats = code >> 5 & 7, code & 0x1F
        if phase == CLEARING and mask & PHASE_MASK:
            items = self.second_clear(space, beats)
            stalls = [60, 75, 85, 92]
        elif phase == BEGIN and beats:
            items = [item for _ in range(6) for item in self.takeover(space, code, mask)]
            stalls = [10, 30, 60, 75, 85]
        else:
            jobs = [self.shape(space) for _ in range(2)]
            if phase == STARTING:  # the second one waits for the first
                jobs[1] = dependent_job(rng, space, jobs[0], jobs[1], 0)
            pause = rng.choice([0, 0, rng.randrange(40), rng.randrange(300)])
            items = self.victims(jobs, held=rng.random() < 0.5)
            items.append(ClearItem(rng.choice([0, 1]), (code, mask), pause=pause))
            stalls = [0, 30, 60, 85]
        items[0].behaviour = Behaviour(rng.choice(stalls), rng.choice([*LATENCIES, 8]), rng.random() < 0.3)
        items += [JobItem(random_job(rng, space, 30, 8_000), core=2) for _ in range(2)]
        await self.send(items, space.size, directed=True)

    def victims(self, jobs: list[Job], held: bool) -> list[Item]:
        items: list[Item] = [JobItem(job, core=1, cut_short=True, held=held) for job in jobs]
        return [*items, TriggerItem(0)] if held else items

    def second_clear(self, space: Allocator, beats: int) -> list[Item]:
        """A clear while another one waits for these beats."""
        rng = self.rng
        items = self.victims([self.shape(space) for _ in range(2)], held=False)
        if not beats:
            aim = (rng.choice([IDLE, STORING]) << 5, PHASE_MASK)
            return [*items, ClearItem(rng.choice([0, 1]), aim, twice=True)]
        first = (rng.choice([STORING, AHEAD]) << 5 | beats, PHASE_MASK | 0x1F)
        second = (CLEARING << 5 | beats, PHASE_MASK | 0x1F)
        pause = rng.randrange(60)
        return [*items, ClearItem(rng.choice([0, 1]), first, pause=pause), ClearItem(rng.choice([0, 1]), second)]

    def takeover(self, space: Allocator, code: int, mask: int) -> list[Item]:
        """A job and one behind it that is likely to have such beats under way when the first one ends; a clear then."""
        rng = self.rng
        waiting, due = code >> 2 & 7, code & 3
        depth = rng.choice([1, HEIGHT, 2 * HEIGHT, COLUMNS, 2 * COLUMNS])
        first = place(rng, space, rng.choice([1, 1, 2, ROWS]), rng.randint(1, depth), rng.randint(1, COLUMNS))
        depth = HEIGHT if (waiting, due) == (Y, W) else rng.choice([2, HEIGHT, COLUMNS, 2 * COLUMNS])
        rows = rng.choice([1, 2, ROWS])
        while True:
            n, k = rng.randint(1, depth), rng.randint(1, rng.choice([COLUMNS, 2 * COLUMNS]))
            second = place(rng, space, rows, n, k)
            likely = not second.w_transposed or waiting == due or 0 in (waiting, due)
            likely &= Y not in (waiting, due) or (second.y is not None and not second.y_broadcast)
            if likely and ((waiting, due) != (X, Y) or second.x_transposed):
                break
        clear = ClearItem(rng.choice([0, 1]), (code, mask), or_never=True)
        return [*self.victims([first, second], held=True), clear]

    def shape(self, space: Allocator) -> Job:
        """Small, but with two tiles in each direction now and then."""
        rng = self.rng
        return place(rng, space, *(rng.randint(1, 2 * block) for block in (ROWS, COLUMNS, COLUMNS)))


class QueueSequence(RedmuleSequence):
    """Commits in all states of ``COMMITS``, reads of ACQUIRE in all of ``ACQUIRES``."""

    async def body(self) -> None:
        for _ in range(20):
            commits = [(b >> 3, b >> 1 & 3, b & 1) for b in self.open_bins(COMMITS)]
            reads = [(b >> 5, b >> 3 & 3, b >> 1 & 3, b & 1) for b in self.open_bins(ACQUIRES)]
            for phase, jobs, ending in commits:
                await self.aim(phase, jobs, ending, "at")
            for phase, jobs, answer, ending in reads:
                await self.aim(phase, jobs, ending, "probe_at" if answer == ANOTHER_OPEN else "acquire_at")
            if not commits and not reads:
                return

    @staticmethod
    def open_bins(bins: Bins) -> list[int]:
        return [bin_ for bin_, _ in bins.reachable if not hits()[bins.point, bin_]]

    async def aim(self, phase: int, jobs: int, ending: int, access: str) -> None:
        """With ``jobs`` committed, do the access of another one in that phase, or in the cycle in which one ends."""
        rng = self.rng
        space = Allocator(rng, self.guide)
        slow = Behaviour(each_beat=rng.choice([3, 20]), latency=8)
        items: list[Item] = []
        if phase in (STARTING, BEGIN, CLEARING):  # the jobs are committed while a slow clear is at work
            victim = JobItem(place(rng, space, 2 * ROWS, COLUMNS, COLUMNS), core=1, cut_short=True)
            slow = Behaviour(each_beat=250, latency=8)
            items = [victim, ClearItem(1, (STORING << 5 | 1 << 2, PHASE_MASK | 7 << 2))]
        before = [JobItem(place(rng, space, 3, 2 * COLUMNS, 9), core=2 + i) for i in range(jobs)]
        if jobs == 2 and phase == STORING:  # without reading ahead
            before[1].job = dependent_job(rng, space, before[0].job, before[1].job, 0)
        other = JobItem(place(rng, space, 3, 5, 9), core=7)
        items += before
        if phase == IDLE:
            for item in before:
                item.held = True
        if phase == IDLE and jobs == 2:
            items += [ProbeItem("probe"), TriggerItem(0)]
        else:
            setattr(other, access, (phase << 5 | (ENDING if ending else 0), PHASE_MASK | ENDING))
        items += [other, TriggerItem(0)]
        items[0].behaviour = slow
        await self.send(items, space.size, directed=True)
