# SPDX-License-Identifier: Apache-2.0
"""Schedules with made-up measurements: one by hand, and random ones."""

import random
from typing import Any

from traindeploy.records.schedule import (
    BufferDescription,
    ScheduleDescription,
    SlotDescription,
    TransferDescription,
    WorkDescription,
)
from traindeploy.records.timeline import Barrier, EngineWork, Timeline

LOAD, CONV, RELU, STORE = 0, 1, 2, 3


def transfer(operator: int, size: int = 1024, store: bool = False) -> TransferDescription:
    label = f"{'store' if store else 'load'} t{operator}"
    return TransferDescription(label=label, source=0, destination=64, bytes=size, store=store, operator=operator)


def work(operator: int, cycles: int = 100) -> WorkDescription:
    return WorkDescription(operator=operator, kernel="td_relu", label=f"op{operator} rows 0:8", cycles=cycles)


def barrier(opened: int, computed: int) -> Barrier:
    """All cores but core 0 come at ``computed``, core 0 just before it opens."""
    return Barrier(arrivals=(opened - 2, *[computed] * 7), opened=opened, counters=(opened * 8, 0, 8, 4, 2, 1))


# Slot 0 waits for the HyperBus, slot 1 for the DMA, slot 2 computes while RedMule works, slot 3 waits for RedMule.
BY_HAND = ScheduleDescription(
    slots=(
        SlotDescription(start=0, hyper=(transfer(CONV),), wait_hyper=1),
        SlotDescription(start=300, dma=(transfer(CONV),), wait_dma=1),
        SlotDescription(start=400, jobs=(work(CONV, 500),), calls=(work(RELU),)),
        SlotDescription(start=500, wait_jobs=1, reports=(CONV, RELU)),
    ),
    buffers=(
        BufferDescription(name="w", level="L2", address=0, bytes=1024, first=0, last=1),
        BufferDescription(name="w", level="L1", address=0, bytes=1024, first=1, last=3),
        BufferDescription(name="z", level="L1", address=1024, bytes=512, first=2, last=2),
    ),
)
MEASURED_BY_HAND = Timeline(
    barriers=(barrier(50, 40), barrier(360, 60), barrier(470, 370), barrier(600, 590), barrier(1010, 605)),
    hyperbus=(EngineWork(committed=60, done=350),),
    dma=(EngineWork(committed=370, done=460),),
    redmule=(EngineWork(committed=480, done=1000),),
)
CYCLES_BY_HAND = 1030


def random_run(seed: int, steps: int = 2) -> tuple[ScheduleDescription, Timeline, int]:
    """A schedule and what an obedient machine might have measured: queues in order, waits kept, random lengths."""
    rng = random.Random(seed)
    slots, counts = [], [0, 0, 0]
    for _ in range(rng.randint(1, 12)):
        parts: list[Any] = [
            tuple(make(rng.randint(-1, 5)) for _ in range(rng.choice([0, 0, 1, 2])))
            for make in (transfer, transfer, work)
        ]
        counts = [count + len(part) for count, part in zip(counts, parts, strict=True)]
        waits = [rng.choice([0, count]) for count in counts]
        calls = tuple(work(rng.randint(0, 5), rng.randint(1, 99)) for _ in range(rng.choice([0, 1, 1, 3])))
        slots.append(
            SlotDescription(
                start=0,
                dma=parts[0],
                hyper=parts[1],
                jobs=parts[2],
                calls=calls,
                wait_dma=waits[0],
                wait_hyper=waits[1],
                wait_jobs=waits[2],
            )
        )
    now = rng.randint(1, 50)
    barriers, done = [barrier(now, now - 1)], [list[EngineWork]() for _ in range(3)]
    for _ in range(steps):
        base = [len(queue) for queue in done]
        for slot in slots:
            at = now
            for queue, part in zip(done, (slot.dma, slot.hyper, slot.jobs), strict=True):
                for _ in part:
                    at += rng.randint(1, 9)
                    free = max(at, queue[-1].done if queue else 0)
                    queue.append(EngineWork(committed=at, done=free + rng.randint(1, 300)))
            computed = now + (rng.randint(1, 300) if slot.calls else 1)
            waited = (slot.wait_dma, slot.wait_hyper, slot.wait_jobs)
            ends = [queue[b + w - 1].done for queue, b, w in zip(done, base, waited, strict=True) if w]
            now = max([at, computed, *ends]) + rng.randint(3, 20)
            barriers.append(barrier(now, computed))
    end = max([now, *(queue[-1].done for queue in done if queue)]) + rng.randint(1, 30)
    barriers.append(barrier(end, end - 1))
    timeline = Timeline(barriers=tuple(barriers), dma=tuple(done[0]), hyperbus=tuple(done[1]), redmule=tuple(done[2]))
    return ScheduleDescription(slots=tuple(slots)), timeline, end + 5
