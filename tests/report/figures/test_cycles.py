# SPDX-License-Identifier: Apache-2.0
"""Exclusive and critical-path cycles: each cycle once, by the rules that figures/cycles.py states."""

from dataclasses import replace

import pytest

from tests.report.figures.runs import BY_HAND, CONV, CYCLES_BY_HAND, MEASURED_BY_HAND, RELU, random_run
from traindeploy.records.timeline import Timeline
from traindeploy.report.figures.cycles import Segment, by_operator, by_owner, critical, exclusive
from traindeploy.report.figures.measured import measure

HAND = measure(BY_HAND, MEASURED_BY_HAND, CYCLES_BY_HAND)


def covers(segments: list[Segment], cycles: int) -> bool:
    """Whether the segments follow one another from 0 to ``cycles`` without a gap."""
    edges = [0, *(segment.end for segment in segments)]
    return [segment.begin for segment in segments] == edges[:-1] and edges[-1] == cycles


def test_exclusive_cycles_go_to_redmule_then_cores_then_dma_then_hyperbus() -> None:
    assert exclusive(HAND) == [
        Segment(0, 60, "control"),
        Segment(60, 350, "hyperbus", CONV),
        Segment(350, 370, "control"),
        Segment(370, 460, "dma", CONV),
        Segment(460, 470, "control"),
        Segment(470, 480, "cores", RELU),  # until the job is committed
        Segment(480, 1000, "redmule", CONV),  # the cores compute beside it: hidden
        Segment(1000, 1030, "control"),
    ]


def test_the_critical_path_follows_what_each_slot_waited_for() -> None:
    assert critical(HAND) == [
        Segment(0, 60, "control"),
        Segment(60, 350, "hyperbus", CONV),
        Segment(350, 370, "control"),
        Segment(370, 460, "dma", CONV),
        Segment(460, 480, "control"),  # core 0 starts the job
        Segment(480, 1000, "redmule", CONV),
        Segment(1000, 1030, "control"),
    ]


def test_a_slot_whose_cores_compute_longest_is_theirs_on_the_critical_path() -> None:
    early = replace(MEASURED_BY_HAND.redmule[0], done=550)
    path = critical(measure(BY_HAND, replace(MEASURED_BY_HAND, redmule=(early,)), CYCLES_BY_HAND))
    assert Segment(470, 590, "cores", RELU) in path
    assert by_owner(path)["redmule"] == 0


@pytest.mark.parametrize("attribute", [exclusive, critical])
@pytest.mark.parametrize("seed", range(60))
def test_every_cycle_is_attributed_once(attribute, seed: int) -> None:
    schedule, timeline, cycles = random_run(seed)
    segments = attribute(measure(schedule, timeline, cycles, steps=2))
    assert covers(segments, cycles)
    assert sum(by_owner(segments).values()) == cycles
    assert sum(sum(owners.values()) for owners in by_operator(segments).values()) == cycles


@pytest.mark.parametrize("attribute", [exclusive, critical])
@pytest.mark.parametrize("seed", range(20))
def test_a_run_that_was_stopped_is_covered_up_to_its_end(attribute, seed: int) -> None:
    schedule, timeline, cycles = random_run(seed)
    kept = Timeline(
        barriers=timeline.barriers[: len(timeline.barriers) // 2],
        dma=timeline.dma[: len(timeline.dma) // 2],
        hyperbus=timeline.hyperbus[: len(timeline.hyperbus) // 3],
        redmule=timeline.redmule[: len(timeline.redmule) // 2],
    )
    assert covers(attribute(measure(schedule, kept, cycles, steps=2)), cycles)


@pytest.mark.parametrize("attribute", [exclusive, critical])
def test_a_run_of_which_nothing_was_seen_is_all_control(attribute) -> None:
    assert attribute(measure(BY_HAND, Timeline(), 70)) == [Segment(0, 70, "control")]


@pytest.mark.parametrize("seed", range(20))
def test_shortening_what_is_off_the_critical_path_is_not_on_it(seed: int) -> None:
    """An item is on the critical path with the cycles that it has, never with more."""
    schedule, timeline, cycles = random_run(seed)
    measured = measure(schedule, timeline, cycles, steps=2)
    for owner, spent in by_owner(critical(measured)).items():
        if owner != "control":
            assert spent <= sum(item.cycles for item in measured.items[owner])


def test_exclusive_cycles_are_all_that_redmule_was_busy() -> None:
    for seed in range(20):
        schedule, timeline, cycles = random_run(seed)
        measured = measure(schedule, timeline, cycles, steps=2)
        assert by_owner(exclusive(measured))["redmule"] == sum(item.cycles for item in measured.items["redmule"])
