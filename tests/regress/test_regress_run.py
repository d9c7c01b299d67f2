# SPDX-License-Identifier: Apache-2.0
"""A regression from plan to verdict: nothing passes by silence, nothing that has ended is run again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.regress.jobs import QUIET, job, plan_file, settings
from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT
from traindeploy.records import serial
from traindeploy.records.case import read_all
from traindeploy.records.job import Job
from traindeploy.records.regression import RegressionRecord, Standing
from traindeploy.records.verdict import Verdict
from traindeploy.regress.history import History
from traindeploy.regress.run import last_line, regress

PASSED, FAILED, ERROR = Verdict.PASSED, Verdict.FAILED, Verdict.ERROR


def standings(record: RegressionRecord) -> dict[str, Standing]:
    return {one.name: one.standing for one in record.jobs}


def test_a_regression_goes_on_after_a_failure_and_remembers_everything(tmp_path: Path) -> None:
    given = settings(tmp_path, job("a", {"a": FAILED}, status=1), job("b"), job("c", {"c": ERROR}, status=1))
    found, folder = regress(given, QUIET)
    assert standings(found) == {"a": Standing.FAILED, "b": Standing.PASSED, "c": Standing.ERROR}
    assert found.verdict is FAILED
    assert {one.name: one.failure for one in found.jobs} == {"a": "a differs", "b": "", "c": "c differs"}
    assert [record.test for record in read_all(folder.path / "records.jsonl")] == ["a", "b", "c"]
    assert folder.ended == found
    with History(given.history) as past:
        (known,) = past.regressions()
        assert (known.id, known.verdict, known.plan) == (found.id, FAILED, "small")
        assert [row["verdict"] for row in past.rows(found.id)] == ["failed", "passed", "error"]
    assert (tmp_path / "regress" / "latest").resolve() == folder.path


@pytest.mark.parametrize(
    ("one", "failure"),
    [
        (job("a", {}), "left no case record, exit status 0"),
        (job("a", {}, status=2), "left no case record, exit status 2"),
        (job("a", status=1), "exit status 1, though of 1 case records all passed"),
        (job("a", {"a": FAILED}, status=0), "exit status 0, though of 1 case records one failed"),
        (job("a", script="kill -9 $$"), "exit status -9, though of 1 case records all passed"),
    ],
    ids=["silence", "no-record", "contradiction", "hidden-failure", "crash"],
)
def test_what_leaves_no_record_or_contradicts_it_has_not_passed(tmp_path: Path, one: Job, failure: str) -> None:
    found, _ = regress(settings(tmp_path, one), QUIET)
    assert found.verdict is not PASSED
    (with_failure,) = [r for r in History(tmp_path / "history.sqlite").records(found.id) if failure in r.failure]
    assert with_failure.verdict is ERROR


def test_a_job_at_its_limit_is_an_error_even_if_its_records_passed(tmp_path: Path) -> None:
    slow = Job(**{**job("a", script="sleep 20").__dict__, "seconds": 1})
    found, _ = regress(settings(tmp_path, slow), QUIET)
    assert [(one.standing, one.failure) for one in found.jobs] == [(Standing.ERROR, "stopped after its limit of 1 s")]


def test_a_regression_that_the_budget_has_cut_short_is_not_green(tmp_path: Path) -> None:
    slow = job("a", script="sleep 20")
    found, folder = regress(settings(tmp_path, slow, job("b"), workers=1, budget=1.0), QUIET)
    assert standings(found) == {"a": Standing.NOT_RUN, "b": Standing.NOT_RUN}
    assert found.verdict is ERROR
    (tmp_path / "go").touch()
    with pytest.raises(UserError, match="waits to be resumed"):
        regress(settings(tmp_path, job("other"), resume=True), QUIET)
    assert folder.store.result(slow) is None


def test_a_regression_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    count = f"echo x >> {tmp_path}/ran"
    wait = f"{count}; touch {tmp_path}/begun; while [ ! -e {tmp_path}/go ]; do sleep 0.02; done"
    given = settings(tmp_path, job("a", script=count), job("b", script=wait), workers=1)
    program = (
        "import sys, pathlib\nfrom traindeploy.regress import run, plan\n"
        "from tests.regress.jobs import QUIET, settings\n"
        "folder = pathlib.Path(sys.argv[1]); jobs = plan.read(folder / 'small.jsonl')\n"
        "run.regress(settings(folder, *jobs, workers=1), QUIET)"
    )
    first = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT)
    while not (tmp_path / "begun").exists():
        assert first.poll() is None
        time.sleep(0.02)
    with pytest.raises(UserError, match="is running"):
        regress(given, QUIET)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    (tmp_path / "go").touch()
    found, folder = regress(given, QUIET)
    assert standings(found) == {"a": Standing.PASSED, "b": Standing.PASSED}
    assert (tmp_path / "ran").read_text() == "x\n" * 3  # a once; b twice, as its first attempt was killed
    assert folder.started.sessions == 2
    assert len(list((tmp_path / "regress").glob("2*"))) == 1


def test_a_regression_that_has_ended_is_begun_anew(tmp_path: Path) -> None:
    given = settings(tmp_path, job("a"))
    first, second = regress(given, QUIET)[0], regress(given, QUIET)[0]
    assert first.id != second.id
    assert serial.text(first, stable=True) == serial.text(second, stable=True)


EXPECTED = """
days = 30
[[failure]]
case = "a"
reason = "the DMA forgets its last byte"
date = 2026-11-01
issue = "12"
message = "a differs"
"""


def test_an_expected_failure_counts_apart_and_its_passing_is_told(tmp_path: Path) -> None:
    (tmp_path / "expected.toml").write_text(EXPECTED)
    found, _ = regress(settings(tmp_path, job("a", {"a": FAILED}, status=1), job("b")), QUIET)
    assert found.verdict is PASSED
    assert standings(found)["a"] is Standing.EXPECTED
    assert found.jobs[0].note == "expected since 2026-11-01: the DMA forgets its last byte (issue 12)"
    found, _ = regress(settings(tmp_path, job("a"), job("b")), QUIET)
    assert standings(found)["a"] is Standing.FIXED


def test_another_failure_than_the_expected_one_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "expected.toml").write_text(EXPECTED)
    found, _ = regress(settings(tmp_path, job("a", {"other": FAILED}, status=1)), QUIET)
    assert found.verdict is FAILED


def test_a_file_of_jobs_that_makes_no_sense_is_refused_in_one_line(tmp_path: Path) -> None:
    for text, message in (
        ("", "there is no job in it"),
        ("[[job]]\nname = 'a'\ncommand = ['true']\nneeds = ['b']", "needs 'b', which is not there"),
        ("[[job]]\nname = 'a'\ncommand = ['true']\n" * 2, "two jobs are called 'a'"),
        ("[[job]]\nname = 'a'", "lacks 'command'"),
        ("[[job]\n", "Expected"),
    ):
        path = tmp_path / "p.toml"
        path.write_text(text)
        given = settings(tmp_path)
        with pytest.raises(UserError, match=message) as caught:
            regress(type(given)(**{**given.__dict__, "plan": str(path)}), QUIET)
        assert "\n" not in str(caught.value) or "TOML" in str(caught.value)
    assert not (tmp_path / "regress").exists()
    assert plan_file(tmp_path).exists()


def test_a_sample_of_mutants_lowers_a_score_and_fails_nothing(tmp_path: Path) -> None:
    def scored(name: str, status: int, script: str = "") -> Job:
        return Job(**{**job(name, {"survivor": FAILED}, status, script).__dict__, "scored": True})

    found, _ = regress(settings(tmp_path, scored("a", 1), scored("b", 3), scored("c", 1, "kill -9 $$")), QUIET)
    assert standings(found) == {"a": Standing.PASSED, "b": Standing.FAILED, "c": Standing.FAILED}
    with History(tmp_path / "history.sqlite") as past:
        assert [row["verdict"] for row in past.rows(found.id) if row["job"] == "a"] == ["failed"]


def test_of_a_pytest_that_failed_the_failure_is_told_and_not_how_many_there_were(tmp_path: Path) -> None:
    log = tmp_path / "output"
    log.write_text("E   Error\nFAILED t.py::x - Illegal: slot 1\n!!! stopping !!!\n1 failed, 2 passed in 3 s\n")
    assert last_line(log) == "FAILED t.py::x - Illegal: slot 1"
    log.write_text("FAILED is a word\n3 passed in 3 s\n\n")
    assert last_line(log) == "3 passed in 3 s"
