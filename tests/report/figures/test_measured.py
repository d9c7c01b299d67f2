# SPDX-License-Identifier: Apache-2.0
"""The schedule joined with what was measured, memory over time, and stalls."""

import itertools
from dataclasses import replace

from tests.report.figures.runs import BY_HAND, CONV, CYCLES_BY_HAND, MEASURED_BY_HAND, RELU, random_run, work
from traindeploy.records.bench import CoreCounters, RedmuleCounters
from traindeploy.records.schedule import ScheduleDescription
from traindeploy.records.timeline import EngineWork
from traindeploy.report.figures import memory, stalls
from traindeploy.report.figures.measured import LANES, measure

HAND = measure(BY_HAND, MEASURED_BY_HAND, CYCLES_BY_HAND)


def test_slots_lie_between_barriers_and_the_last_barrier_ends_the_program() -> None:
    assert [(slot.begin, slot.computed, slot.end) for slot in HAND.slots] == [
        (50, 60, 360),
        (360, 370, 470),
        (470, 590, 600),
        (600, 605, 1010),
    ]
    schedule, timeline, cycles = random_run(3)
    measured = measure(schedule, timeline, cycles, steps=2)
    assert len(measured.slots) == 2 * len(schedule.slots)
    assert len(timeline.barriers) == len(measured.slots) + 2


def test_calls_of_a_slot_share_its_cycles_as_the_cost_model_has_it() -> None:
    slots = list(BY_HAND.slots)
    slots[2] = replace(slots[2], calls=(work(RELU, 30), work(CONV, 10)))
    calls = measure(ScheduleDescription(slots=tuple(slots)), MEASURED_BY_HAND, CYCLES_BY_HAND).items["cores"]
    assert [(call.begin, call.end, call.operator) for call in calls] == [(470, 560, RELU), (560, 590, CONV)]


def test_a_transfer_begins_when_the_one_before_it_is_done() -> None:
    slots = (replace(BY_HAND.slots[1], dma=BY_HAND.slots[1].dma * 2, wait_dma=2),)
    timeline = replace(MEASURED_BY_HAND, dma=(EngineWork(committed=60, done=90), EngineWork(committed=70, done=130)))
    items = measure(ScheduleDescription(slots=slots), timeline, 400).items["dma"]
    assert [(item.begin, item.end) for item in items] == [(60, 90), (90, 130)]


def test_items_of_a_lane_do_not_overlap() -> None:
    for seed in range(30):
        measured = measure(*random_run(seed), steps=2)
        for lane in LANES:
            items = measured.items[lane]
            assert all(a.end <= b.begin for a, b in itertools.pairwise(items))


def test_memory_is_that_of_the_live_buffers() -> None:
    assert memory.live_bytes(BY_HAND.buffers, "L1", 4) == [0, 1024, 1536, 1024]
    assert memory.over_time(BY_HAND, HAND, "L2") == [(0, 0), (50, 1024), (470, 0), (1010, 0)]
    assert memory.over_time(BY_HAND, HAND, "L1") == [(0, 0), (360, 1024), (470, 1536), (600, 1024), (1010, 0)]


def test_a_cores_cycles_are_split_by_cause_and_sum_up() -> None:
    counters = CoreCounters(active=100, asleep=40, load_stall=10, tcdm_conflict=5, fetch_stall=3, fpu_contention=2)
    share = stalls.of_core(counters)
    assert share.working == 80
    assert share.total == 140


def test_stalls_of_a_slot_belong_to_the_operator_that_computes_in_it() -> None:
    assert set(stalls.by_operator(HAND)) == {RELU}
    assert stalls.by_operator(HAND)[RELU].working == (600 - 470) * 8


def test_redmule_is_used_by_what_its_multiply_adders_could_have_done_while_busy() -> None:
    used = stalls.redmule(RedmuleCounters(busy=500, stalled=50, tcdm_conflict=5), 1000, flop=2 * 12_000, units=48)
    assert (used.busy, used.used, used.stalled, used.conflicts) == (0.5, 0.5, 0.1, 0.01)
