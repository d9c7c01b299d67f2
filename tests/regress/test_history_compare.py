# SPDX-License-Identifier: Apache-2.0
"""A change's figures as a table for a review, from the history or from a run of the other commit."""

from pathlib import Path

import pytest

from tests.regress.jobs import QUIET, job, plan_file
from tests.regress.nights import add
from tests.regress.test_bisect import commits, git
from traindeploy.errors import UserError
from traindeploy.records.job import Job
from traindeploy.records.regression import Standing
from traindeploy.regress.compare import against, compare
from traindeploy.regress.history import History
from traindeploy.regress.run import Settings, regress


def test_what_changed_stands_first_and_the_mean_over_all_cases_last(tmp_path: Path) -> None:
    with History(tmp_path / "h") as past:
        add(past, 1, {"a": {"cycles": 1000}, "b": {"cycles": 1000}, "c": {"cycles": 500, "hit": 10}, "gone": {}})
        add(past, 2, {
            "a": {"cycles": 1100}, "b": {"cycles": 1000}, "c": {"cycles": 400, "hit": 9}, "new": {},
        })  # fmt: skip
    lines = compare(Settings(plan="", history=tmp_path / "h"), "n1", "n2").splitlines()
    assert lines[0] == "**night**, 000000000000 -> 000000000000: of 3 cases 2 changed."
    assert lines[4] == "| c | 500 | 400 | -20.00 % | 0.5 | 0.4 | 10/10 | 9/10 | passed |"
    assert lines[5] == "| a | 1,000 | 1,100 | +10.00 % | 1.0 | 1.1 |  |  | passed |"
    assert lines[6].startswith("| all (geometric mean) | | | -4.17 % |")
    assert "- cycles of a: 1000 -> 1100" in lines
    assert "- coverage of c: 10 -> 9" in lines


def test_names_cannot_break_the_table(tmp_path: Path) -> None:
    with History(tmp_path / "h") as past:
        add(past, 1, {"a|b": {"cycles": 1}})
        add(past, 2, {"a|b": {"cycles": 2, "standing": Standing.FAILED}})
    text = compare(Settings(plan="", history=tmp_path / "h"), "n1", "n2")
    row = next(line for line in text.splitlines() if "passed -> failed" in line)
    assert row.replace(r"\|", "").count("|") == 10


def test_a_commit_that_was_never_run_is_run_in_a_worktree(tmp_path: Path) -> None:
    repository = tmp_path / "r"
    repository.mkdir()
    git(repository, "init", "-q")
    (repository / ".gitignore").write_text("build/\n")
    made = commits(repository, "12")
    cycles = Job(**{**job("a").__dict__, "command": (
        "sh", "-c", job("a").command[2].replace('"cycles": 0', '"cycles": \'$(cut -c1 value.txt)000\'')
    )})  # fmt: skip
    given = Settings(
        plan=str(plan_file(tmp_path, cycles)), home=tmp_path / "home", history=tmp_path / "h", checkout=repository,
        expected=tmp_path / "none",
    )  # fmt: skip
    now, _ = regress(given, QUIET)
    assert now.provenance.commit == made[1]
    assert "| a | 1,000 | 2,000 | +100.00 % |" in against(given, "HEAD~1", now.id, QUIET)
    with History(given.history) as past:
        assert {one.commit for one in past.regressions()} == {made[1], made[0]}  # both in one second, perhaps
    against(given, made[0][:10], now.id, QUIET)  # from the history this time
    with History(given.history) as past:
        assert len(past.regressions()) == 2
    with pytest.raises(UserError, match="no commit is called 'nowhere'"):
        against(given, "nowhere", now.id, QUIET)
    with pytest.raises(UserError, match="no regression of 'nowhere'"):
        compare(given, "nowhere", now.id)
