# SPDX-License-Identifier: Apache-2.0
"""Queues know what is running, what is complete, and how long a buffer must live for it."""

from traindeploy.ir.program import Buffer
from traindeploy.ir.region import flat
from traindeploy.schedule.timeline import NEVER, Queue, Timeline


def buffer(name: str) -> Buffer:
    return Buffer(name, "L1", 64, flat(name, 0, 16, 4))


def test_nothing_is_complete_that_was_not_started_or_not_waited_for() -> None:
    queue = Queue(depth=2)
    assert not queue.finished(None)
    number = queue.begin(now=0, cycles=10)
    assert not queue.finished(number)
    assert queue.end(number + 1) == NEVER
    queue.wait(until=9)
    assert not queue.finished(number)
    queue.wait(until=10)
    assert queue.finished(number)


def test_a_queue_is_full_by_what_runs_and_not_by_what_was_awaited() -> None:
    queue = Queue(depth=2)
    for _ in range(3):
        queue.begin(now=0, cycles=10)
    assert queue.full(now=5)
    assert queue.full(now=10)
    assert not queue.full(now=20)


def test_a_slot_waits_for_what_it_completes_and_keeps_its_buffers_alive() -> None:
    timeline = Timeline()
    early, late = buffer("early"), buffer("late")
    timeline.dma.begin(0, 10, (early,))
    timeline.dma.begin(0, 90, (late,))
    timeline.hyper.begin(0, 500, ())
    assert timeline.next_end() == 10
    timeline.wait(until=50)
    assert (timeline.slot.wait_dma, timeline.slot.wait_hyper, timeline.slot.wait_jobs) == (1, 0, 0)
    assert (early.last, late.last) == (0, -1)
    timeline.close(end=50)
    timeline.wait(until=100)
    assert timeline.slots[0].wait_dma == 1
    assert timeline.slot.wait_dma == 2
    assert late.last == timeline.number == 1
