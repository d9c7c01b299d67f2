# SPDX-License-Identifier: Apache-2.0
"""A history after the fact: a plan at each of the last commits, the oldest first."""

from pathlib import Path

import pytest

from tests.regress.jobs import QUIET, job, plan_file
from tests.regress.test_bisect import commits, git
from traindeploy.errors import UserError
from traindeploy.records.job import Job
from traindeploy.records.verdict import Verdict
from traindeploy.regress import trends
from traindeploy.regress.history import History
from traindeploy.regress.replay import replay
from traindeploy.regress.run import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A repository of five commits, whose value is 1 to 5; the job's cycles are a thousand times it, and 3 fails."""
    repository = tmp_path / "r"
    repository.mkdir()
    git(repository, "init", "-q")
    (repository / ".gitignore").write_text("build/\n")
    commits(repository, "12345")
    script = job("a").command[2].replace('"cycles": 0', "\"cycles\": '$(cut -c1 value.txt)000'")
    script = script.replace("exit 0", "grep -qv 3 value.txt")
    plan = plan_file(tmp_path, Job(**{**job("a").__dict__, "command": ("sh", "-c", script)}))
    return Settings(
        plan=str(plan), home=tmp_path / "home", history=tmp_path / "h", checkout=repository, expected=tmp_path / "none"
    )


def cycles(settings: Settings) -> list[int | None]:
    with History(settings.history) as past:
        return [trends.night(past, one).cases["a"].cycles for one in past.regressions()]


def test_each_commit_is_a_night_with_its_own_figures_and_verdict(settings: Settings) -> None:
    records = replay(settings, 4, 1, QUIET)
    assert cycles(settings) == [2000, 3000, 4000, 5000]
    assert [one.verdict is Verdict.PASSED for one in records] == [True, False, True, True]
    assert len({one.provenance.commit for one in records}) == 4


def test_only_each_so_many_commits_are_run_and_the_newest_is_the_last(settings: Settings) -> None:
    replay(settings, 3, 2, QUIET)
    assert cycles(settings) == [1000, 3000, 5000]


def test_a_replay_goes_on_behind_what_the_history_has(settings: Settings) -> None:
    replay(settings, 1, 1, QUIET)
    commits(settings.checkout, "67")
    assert len(replay(settings, 9, 1, QUIET)) == 2  # never an older commit behind a newer one
    assert cycles(settings) == [5000, 6000, 7000]
    with pytest.raises(UserError, match="nothing to replay"):
        replay(settings, 9, 1, QUIET)
