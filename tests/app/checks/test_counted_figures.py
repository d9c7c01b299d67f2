# SPDX-License-Identifier: Apache-2.0
"""Every figure of the report is counted twice: an error in either count is noticed."""

from dataclasses import replace
from typing import Any

import pytest

from tests.app.checks.conftest import failed
from traindeploy.app.checks import Facts, check_simulated
from traindeploy.app.checks.figures import _union
from traindeploy.records.bench import CoreCounters, RedmuleCounters, TransferCounters


def test_a_right_run_holds(facts: Facts) -> None:
    assert failed(check_simulated(facts)) == []


def with_counters(facts: Facts, **changed: Any) -> Facts:
    assert facts.bench.counters is not None
    return replace(facts, bench=replace(facts.bench, counters=replace(facts.bench.counters, **changed)))


@pytest.mark.parametrize(
    ("level", "less"), [(level, less) for level in ("L1", "L2", "L3") for less in (64, 4096, -64, -4096)]
)
def test_a_peak_that_is_off_by_one_buffer_is_noticed(facts: Facts, level: str, less: int) -> None:
    peak = dict(facts.description.peak_bytes)
    peak[level] -= less
    wrong = replace(facts, description=replace(facts.description, peak_bytes=peak))
    assert failed(check_simulated(wrong)) == [f"peak of {level}"]


def test_a_flop_formula_that_is_wrong_is_noticed_and_names_the_operator(facts: Facts) -> None:
    first = next(operator for operator in facts.description.operators if operator.flop)
    for wrong in (first.flop // 2, first.flop + 2, 0):
        operators = tuple(replace(o, flop=wrong) if o is first else o for o in facts.description.operators)
        description = replace(facts.description, operators=operators, flop=sum(o.flop for o in operators))
        checks = check_simulated(replace(facts, description=description))
        assert failed(checks) == ["FLOP of a step", "operators with that FLOP"]
        assert repr(first.name) in next(check.text for check in checks if not check.passed)


def test_flop_that_two_operators_exchange_is_noticed(facts: Facts) -> None:
    first, second, *_ = (o for o in facts.description.operators if o.flop)
    exchanged = {first.name: second.flop, second.name: first.flop}
    operators = tuple(replace(o, flop=exchanged.get(o.name, o.flop)) for o in facts.description.operators)
    checks = check_simulated(replace(facts, description=replace(facts.description, operators=operators)))
    assert first.flop == second.flop or failed(checks) == ["operators with that FLOP"]


@pytest.mark.parametrize("off", [-8, 8, 16_384])
def test_a_byte_counter_that_is_wrong_is_noticed(facts: Facts, off: int) -> None:
    for engine, name in (("hyperbus", "bytes between L3 and L2"), ("dma", "bytes between L2 and L1")):
        counter = getattr(facts.bench.counters, engine)
        wrong = with_counters(facts, **{engine: TransferCounters(counter.bytes + off, counter.busy)})
        assert failed(check_simulated(wrong)) == [name]


def test_traffic_that_the_compiler_counts_wrongly_is_noticed(facts: Facts) -> None:
    wrong = replace(facts.description, l3_bytes=facts.description.l3_bytes - 12)
    assert failed(check_simulated(replace(facts, description=wrong))) == ["bytes between L3 and L2"]


def test_counters_of_32_bits_may_wrap(facts: Facts) -> None:
    description = replace(facts.description, l3_bytes=facts.description.l3_bytes + (1 << 31))
    assert failed(check_simulated(replace(facts, description=description))) == []


@pytest.mark.parametrize("off", [-1, 17, 40, 5_000])
def test_cycles_that_differ_from_a_cores_counters_are_noticed(facts: Facts, off: int) -> None:
    assert facts.bench.counters is not None
    *cores, last = facts.bench.counters.cores
    asleep = facts.bench.cycles - last.active + off
    wrong = with_counters(facts, cores=(*cores, CoreCounters(last.active, asleep, 0, 0, 0, 0)))
    assert failed(check_simulated(wrong)) == ["cycles", "milliseconds"]


def test_an_operators_cycles_that_differ_from_a_cores_counters_are_noticed(facts: Facts) -> None:
    wrong = replace(facts, bench=replace(facts.bench, clock_skew=1))
    assert failed(check_simulated(wrong)) == ["cycles per operator"]


def test_an_operator_outside_its_step_is_noticed(facts: Facts) -> None:
    *others, last = facts.bench.operators
    for start, step in ((last.start + 1, last.step), (last.start, 0)):
        bench = replace(facts.bench, operators=(*others, replace(last, start=start, step=step)))
        assert failed(check_simulated(replace(facts, bench=bench))) == ["operators within their step"]


def test_redmule_at_work_outside_its_operators_is_noticed(facts: Facts) -> None:
    taken = sum(operator.cycles for operator in facts.bench.operators if operator.engine == "redmule")
    assert failed(check_simulated(with_counters(facts, redmule=RedmuleCounters(taken, 0, 0)))) == []
    wrong = with_counters(facts, redmule=RedmuleCounters(taken + 1, 0, 0))
    assert failed(check_simulated(wrong)) == ["cycles of RedMule within its operators"]


def test_cycles_of_intervals_that_overlap_count_once_from_the_first_on() -> None:
    assert [_union(spans) for spans in ([], [(5, 7)], [(0, 10), (5, 12), (20, 21)], [(2, 9), (3, 4)])] == [0, 2, 13, 7]


def test_a_bench_without_counters_shows_no_figure(facts: Facts) -> None:
    wrong = replace(facts, bench=replace(facts.bench, counters=None))
    assert {"bytes between L3 and L2", "bytes between L2 and L1", "cycles"} <= set(failed(check_simulated(wrong)))


def test_trained_parameters_that_are_counted_wrongly_are_noticed(facts: Facts) -> None:
    wrong = replace(facts.description, trainable_parameters=facts.description.trainable_parameters + 1)
    assert failed(check_simulated(replace(facts, description=wrong))) == ["trainable parameters"]


@pytest.mark.parametrize("losses", [(), (2.0,), (2.0, float("nan")), (float("inf"), 2.0)])
def test_a_loss_that_is_missing_or_no_number_is_noticed(facts: Facts, losses: tuple[float, ...]) -> None:
    assert failed(check_simulated(replace(facts, bench=replace(facts.bench, losses=losses)))) == ["losses read"]


@pytest.mark.parametrize(("tensors", "elements"), [(1, 0), (0, 1), (-1, 0), (0, -1)])
def test_what_was_left_uncompared_is_noticed(facts: Facts, tensors: int, elements: int) -> None:
    bench = replace(
        facts.bench, tensors_compared=facts.bench.tensors_compared - tensors,
        elements_compared=facts.bench.elements_compared - elements,
    )  # fmt: skip
    assert failed(check_simulated(replace(facts, bench=bench))) == [
        name for name, off in (("tensors compared", tensors), ("elements compared", elements)) if off
    ]
