# SPDX-License-Identifier: Apache-2.0
"""The dashboard says what a night found, whatever the names and messages hold."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.regress.nights import add
from traindeploy.errors import UserError
from traindeploy.records.regression import Standing
from traindeploy.regress import dashboard
from traindeploy.regress.history import History


@pytest.fixture
def past(tmp_path: Path) -> Iterator[History]:
    with History(tmp_path / "h") as made:
        yield made


def test_new_failures_are_grouped_by_message_and_have_a_command_each(past: History) -> None:
    add(past, 1, {"a": {"cycles": 1000}, "b": {}, "c": {}})
    failing = {"standing": Standing.FAILED}
    add(past, 2, {
        "a": {"cycles": 1100}, "b": {**failing, "failure": "3 bytes differ at 0x10"},
        "c": {**failing, "failure": "4 bytes differ at 0x2c"},
    })  # fmt: skip
    html = dashboard.render(past, "night")
    assert "1 passed, 2 failed; 2 fail that passed in the last green night." in html
    assert "2 x failed: N bytes differ at N" in html
    assert "traindeploy bisect b" in html
    assert "make b" in html
    assert "git log --oneline 000000000000..000000000000" in html
    assert "more by 0.5 %" in html  # a's cycles
    found = {"commits": ["f" * 40], "subject": "dma: shorter", "author": "A", "date": "2026"}
    past.add_bisection("b", "0" * 40, json.dumps(found))
    assert "First bad commit: ffffffffffff dma: shorter (A, 2026)" in dashboard.render(past, "night")


def test_what_was_never_measured_is_said_and_nothing_is_shown_of_later_nights(past: History) -> None:
    add(past, 1, {"a": {}})
    add(past, 2, {"a": {"standing": Standing.FAILED}})
    html = dashboard.render(past, "night", "n1")
    assert "1 passed; 0 fail" in html
    assert "no earlier regression of this plan was green" in html
    assert "Mutation score was not measured" in html
    with pytest.raises(UserError, match="no regression of plan 'week' is remembered"):
        dashboard.render(past, "week")


def test_names_and_messages_are_escaped(past: History) -> None:
    add(past, 1, {"<script>alert(1)</script>": {"standing": Standing.FAILED, "failure": "<img src=x onerror=y>"}})
    html = dashboard.render(past, "night")
    assert "<script>alert" not in html
    assert "<img" not in html


def test_thirty_nights_of_a_whole_plan_fit_into_a_page(past: History) -> None:
    for number in range(1, 29):
        add(past, number, {f"block.case_with_a_long_name_{k}-seed{k}": {"cycles": k, "hit": 5} for k in range(200)})
    assert len(dashboard.render(past, "night")) < 1_000_000
