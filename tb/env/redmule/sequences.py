# SPDX-License-Identifier: Apache-2.0
"""Constrained-random sequences of jobs, of clears, and of accesses to the queue."""

import random

from pyuvm import ConfigDB, uvm_sequence

from golden.redmule import Job
from tb.env.redmule.coverage import LATENCIES, PATTERNS, REFUSALS, RELATIONS, STALLS, CoverageCollector
from tb.env.redmule.engine import COLUMNS, ROWS, empty
from tb.env.redmule.items import Batch, Behaviour, ClearItem, Item, JobItem, TriggerItem
from tb.env.redmule.jobs import Allocator, dependent_job, place, random_job, spoil
from tb.env.redmule.states import (
    AHEAD,
    BEGIN,
    CLEARING,
    CLEARS,
    COMMITS,
    ENDING,
    IDLE,
    PHASE_MASK,
    STARTING,
    STORING,
)
from tb.tests.redmule_driver import hits

JOBS_OF_A_BATCH = 10


def random_behaviour(rng: random.Random, untried: list[str]) -> Behaviour:
    patterns = [pattern for pattern in PATTERNS if pattern.name in untried]
    if rng.random() < (0.5 if patterns else 0.2):
        pattern = rng.choice(patterns or PATTERNS)
        return Behaviour(0, rng.choice(LATENCIES), False, pattern.pattern, pattern.each_beat)
    return Behaviour(rng.choice([0, 0, *STALLS]), rng.choice([1, 1, *LATENCIES]), rng.random() < 0.3)


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
            item.held = rng.random() < 0.2
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
        job, core = random_job(rng, space, self.limit), rng.randrange(8)
        if rng.random() < 0.03:
            kind = rng.choice(self.guide.missing("refused") or REFUSALS)
            job, how = spoil(rng, job, kind)
            return JobItem(job, core=core, refused=kind, how=how)
        usable = before is not None and not before.refused and not empty(before.job) and job.k > 0
        if usable and rng.random() < 0.35:
            kind = rng.randrange(4)
            return JobItem(dependent_job(rng, space, before.job, job, kind), core=core, relation=RELATIONS[2 + kind])
        return JobItem(job, core=core, relation="independent" if before is not None and queued else "none")


class ClearSequence(RedmuleSequence):
    """Soft clears in all states of ``CLEARS``: two jobs, a clear, two jobs that must not notice it."""

    def __init__(self, name: str, seed: int, attempts: int = 60) -> None:
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
        phase = code >> 5 & 7
        while_clearing = phase == CLEARING and mask & PHASE_MASK
        beats = code & 0x1F
        jobs = [self.shape(space) for _ in range(2)]
        if phase == BEGIN and beats:  # the first one ends while the second one has just begun to read
            jobs[0] = place(rng, space, rng.randint(1, 2), rng.randint(1, COLUMNS), rng.randint(1, COLUMNS))
        held = (not while_clearing and rng.random() < 0.5) or bool(phase == BEGIN and beats)
        victims = [JobItem(job, core=1, cut_short=True, held=held) for job in jobs]
        stalls = [60, 75, 85, 92] if phase in (BEGIN, CLEARING) else [0, 30, 60, 85]
        victims[0].behaviour = Behaviour(rng.choice(stalls), rng.choice([*LATENCIES, 8]), rng.random() < 0.3)
        items: list[Item] = list(victims)
        if while_clearing:  # a second clear while the first is at work
            if beats:
                first = rng.choice([STORING, AHEAD]) << 5 | beats
                items.append(ClearItem(rng.choice([0, 1]), (first, PHASE_MASK | 0x1F), pause=rng.randrange(60)))
                items.append(ClearItem(rng.choice([0, 1]), (code, mask)))
            else:
                items.append(ClearItem(rng.choice([0, 1]), (rng.choice([IDLE, STORING]) << 5, PHASE_MASK), twice=True))
        else:
            if any(victim.held for victim in victims):
                items.append(TriggerItem(0))
            pause = rng.choice([0, 0, rng.randrange(40), rng.randrange(300)])
            items.append(ClearItem(rng.choice([0, 1]), (code, mask), pause=pause))
        items += [JobItem(random_job(rng, space, 30, 8_000), core=2) for _ in range(2)]
        await self.send(items, space.size, directed=True)

    def shape(self, space: Allocator) -> Job:
        """Small, but with two tiles in each direction now and then."""
        rng = self.rng
        return place(rng, space, *(rng.randint(1, 2 * block) for block in (ROWS, COLUMNS, COLUMNS)))


class QueueSequence(RedmuleSequence):
    """Commits in all states of ``COMMITS``, some of which take an aim."""

    async def body(self) -> None:
        for _ in range(20):
            wanted = [(b >> 3, b & 1) for b, _ in COMMITS.reachable if not hits()[COMMITS.point, b]]
            if not wanted:
                return
            for phase, ending in wanted:
                await self.commit(phase, ending)

    async def commit(self, phase: int, ending: int) -> None:
        rng = self.rng
        space = Allocator(rng, self.guide)
        first, second = (JobItem(place(rng, space, 3, 5, 9), core=3 + i) for i in range(2))
        first.behaviour = Behaviour(60, 8)
        items: list[Item] = [first, second]
        at = (phase << 5 | (ENDING if ending else 0), PHASE_MASK | ENDING)
        if phase in (STARTING, BEGIN, CLEARING):  # behind a clear that takes long
            victim = JobItem(place(rng, space, 2 * ROWS, COLUMNS, COLUMNS), core=1, cut_short=True)
            victim.behaviour = Behaviour(each_beat=120, latency=8)
            items = [victim, ClearItem(1, (STORING << 5 | 1 << 2, PHASE_MASK | 7 << 2)), first, second]
            first.behaviour = None
        elif phase == IDLE:
            first.held = True
        second.at = at
        await self.send(items, space.size, directed=True)
