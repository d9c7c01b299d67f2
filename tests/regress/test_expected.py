# SPDX-License-Identifier: Apache-2.0
"""The file of expected failures: every entry has its reasons, and an old one is named."""

from datetime import date
from pathlib import Path

import pytest

from tests.plan import cases
from traindeploy.errors import UserError
from traindeploy.regress import expected

ENTRY = '[[failure]]\ncase = "a"\nreason = "r"\ndate = 2026-11-01\nissue = "12"\n'


def test_our_own_file_names_cases_of_the_plan_only() -> None:
    assert set(expected.load().entries) <= {case.id for case in cases()}
    assert expected.load().age.days > 0


def test_entries_older_than_stated_are_named(tmp_path: Path) -> None:
    path = tmp_path / "e.toml"
    path.write_text("days = 30\n" + ENTRY)
    found = expected.load(path)
    assert found.old(date(2026, 12, 1)) == []
    assert [entry.case for entry in found.old(date(2026, 12, 2))] == ["a"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY, "expected `days"),
        ("days = -1", "expected `days"),
        ("days = 30\n" + ENTRY.replace('reason = "r"\n', ""), "failure 1: expected reason"),
        ("days = 30\n" + ENTRY.replace('"r"', '""'), "failure 1: expected reason"),
        ("days = 30\n" + ENTRY.replace("2026-11-01", '"yesterday"'), "failure 1: expected date"),
        ("days = 30\n" + ENTRY + "who = 'me'", "unknown field 'who'"),
        ("days = 30\n" + ENTRY + ENTRY, "'a' is there twice"),
        ("days = ", "e.toml"),
    ],
)
def test_an_entry_without_case_reason_date_and_issue_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "e.toml"
    path.write_text(text)
    with pytest.raises(UserError, match=message):
        expected.load(path)
