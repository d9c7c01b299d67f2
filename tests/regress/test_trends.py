# SPDX-License-Identifier: Apache-2.0
"""What has changed between two nights, and what of it is beyond its limit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.regress.nights import add
from traindeploy.records.case import Kind
from traindeploy.records.regression import Standing
from traindeploy.regress import trends
from traindeploy.regress.history import History
from traindeploy.regress.trends import Changes, Night

FAILED = Standing.FAILED


@pytest.fixture
def past(tmp_path: Path) -> Iterator[History]:
    with History(tmp_path / "h") as made:
        yield made


def nights(past: History, *jobs: dict[str, dict[str, Any]]) -> list[Night]:
    for number, of_night in enumerate(jobs, 1):
        add(past, number, of_night)
    return [trends.night(past, one) for one in past.regressions("night")]


def compared(past: History, before: dict[str, Any], after: dict[str, Any]) -> Changes:
    first, second = nights(past, {"a": before}, {"a": after})
    return trends.changes(first, second, trends.limits())


def test_what_fails_passes_again_appears_and_is_gone(past: History) -> None:
    first, second = nights(
        past,
        {"a": {}, "b": {"standing": FAILED}, "gone": {}, "cut": {}},
        {"a": {"standing": FAILED}, "b": {}, "new": {}, "cut": {"standing": Standing.NOT_RUN}},
    )
    found = trends.changes(first, second, [])
    assert (found.failing, found.mended, found.appeared, found.gone) == (("a",), ("b",), ("new",), ("gone",))


@pytest.mark.parametrize(
    ("before", "after", "measures"),
    [
        ({"cycles": 1000}, {"cycles": 1005}, []),
        ({"cycles": 1000}, {"cycles": 1006}, ["cycles"]),
        ({"cycles": 1000}, {"cycles": 900}, []),
        ({"hit": 10}, {"hit": 9}, ["coverage"]),
        ({"hit": 9}, {"hit": 10}, []),
        ({"ulp": 0}, {"ulp": 1}, ["ULP"]),
        ({"ulp": 0}, {"ulp": -1}, ["ULP"]),  # a NaN
        ({"seconds": 100.0}, {"seconds": 180.0}, []),
        ({"seconds": 100.0}, {"seconds": 181.0}, ["seconds"]),
        ({"cycles": 1000, "seconds": 10.0}, {"cycles": 1000, "seconds": 12.0}, ["speed"]),
    ],
)
def test_a_measure_is_beyond_its_limit_only_for_the_worse(
    past: History, before: dict[str, Any], after: dict[str, Any], measures: list[str]
) -> None:
    assert [one.limit.measure for one in compared(past, before, after).worse] == measures


def test_a_mutant_that_nobody_notices_any_more_lowers_the_score(past: History) -> None:
    mutant = {"kind": Kind.MUTANT}
    first, second = nights(past, {"a": mutant, "b": mutant}, {"a": mutant, "b": {**mutant, "standing": FAILED}})
    assert (first.mutants, second.mutants) == (100.0, 50.0)
    assert [one.limit.measure for one in trends.worse(first, second, trends.limits())] == ["mutants"]


def test_nights_are_compared_on_the_cases_that_both_have(past: History) -> None:
    first, second = nights(past, {"a": {"cycles": 100}, "b": {"cycles": 7}}, {"a": {"cycles": 110}, "c": {"cycles": 9}})
    assert first.cycles(second) == pytest.approx(100 / 1.1)
    assert first.speed(second) == pytest.approx(0.1)
    assert second.coverage is None


def test_every_limit_has_a_reason_and_a_measure() -> None:
    for limit in trends.limits():
        assert limit.reason.endswith(".")
        assert (limit.of, limit.worse) in {(of, worse) for of in ("case", "night") for worse in ("more", "less")}
