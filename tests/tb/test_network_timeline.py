# SPDX-License-Identifier: Apache-2.0
"""The timeline from the observer's events: arrivals, openings, counters, and work in the order of its commits."""

from tb.env.network.timeline import COME, COUNTERS, DMA, HYPERBUS, OPEN, REDMULE, WRAP, timeline
from traindeploy.records.timeline import CAUSES, Barrier, EngineWork, Timeline


def test_a_barrier_keeps_when_each_core_came_and_the_counters_behind_it():
    events = [[COME, 12, 0b0101], [COME, 15, 0b0010], [COME, 19, 0b1000], [OPEN, 19, 0b1111]]
    events += [[COUNTERS + place, 19, 100 + place] for place in range(len(CAUSES))]
    found = timeline(events, begun=10, cores=4)
    assert found == Timeline(
        barriers=(Barrier(arrivals=(2, 5, 2, 9), opened=9, counters=(100, 101, 102, 103, 104, 105)),)
    )


def test_each_engine_does_its_work_in_the_order_of_the_commits():
    events = [[DMA, 1, 0], [REDMULE, 2, 0], [DMA, 3, 0], [DMA + 1, 9, 0], [HYPERBUS, 9, 0], [DMA + 1, 14, 0],
              [REDMULE + 1, 20, 0]]  # fmt: skip
    found = timeline(events, begun=0, cores=1)
    assert found.dma == (EngineWork(committed=1, done=8), EngineWork(committed=3, done=13))
    assert found.redmule == (EngineWork(committed=2, done=20),)


def test_what_was_under_way_when_the_run_ended_is_left_out():
    found = timeline([[HYPERBUS, 9, 0], [COME, 9, 1]], begun=0, cores=2)
    assert found == Timeline()


def test_the_hardwares_counter_may_wrap():
    found = timeline([[DMA, WRAP - 5, 0], [DMA + 1, 3, 0]], begun=WRAP - 10, cores=1)
    assert found.dma == (EngineWork(committed=5, done=12),)
