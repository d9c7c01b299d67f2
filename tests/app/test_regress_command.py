# SPDX-License-Identifier: Apache-2.0
"""The commands of regressions, as a shell sees them: exit statuses, one line for bad input."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.regress.jobs import job, plan_file
from traindeploy.platform.paths import ROOT
from traindeploy.records.verdict import Verdict


def traindeploy(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "traindeploy.app.cli", *words]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("records", "status", "expected"),
    [({"a": Verdict.PASSED}, 0, 0), ({"a": Verdict.FAILED}, 1, 1), ({}, 0, 3)],
    ids=["passed", "failed", "no verdict"],
)
def test_the_exit_status_is_that_of_the_verdict(
    tmp_path: Path, records: dict[str, Verdict], status: int, expected: int
) -> None:
    plan = plan_file(tmp_path, job("a", records, status))
    history = str(tmp_path / "h")
    done = traindeploy("regress", "--plan", str(plan), "--history", history, "--home", str(tmp_path / "home"))
    assert done.returncode == expected, done.stderr
    assert done.stderr == ""
    assert str(tmp_path / "home") in done.stdout or "home" in done.stdout
    if expected:
        return
    listed = traindeploy("history", "list", "--history", history)
    assert listed.stdout.count("\n") == 1
    page = traindeploy("history", "page", "--plan", plan.stem, "--history", history, "-o", str(tmp_path / "p.html"))
    assert page.returncode == 0
    assert (tmp_path / "p.html").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["regress", "--plan", "nothing"], "no plan is called 'nothing'"),
        (["regress", "--budget", "soon"], "'soon' is no duration"),
        (["regress", "--licence", "x"], "'x' is no licence"),
        (["regress", "--scheduler", "tcp://h:1", "--cluster", "c.toml"], "expected one of them"),
        (["regress", "--collect", "/nowhere"], "expected a regression's folder"),
        (["bisect", "dma.nothing_of_the_kind"], "the test plan has no case"),
        (["bisect", "x", "--command", "true", "--with", "/etc/passwd"], "expected a file or folder of the checkout"),
        (["bisect", "x", "--command", "true", "--good", "nowhere"], "what breaks it is not in that commit"),
    ],
)
def test_bad_input_is_one_line_and_status_2(tmp_path: Path, words: list[str], message: str) -> None:
    history = ["--history", str(tmp_path / "h")]
    done = traindeploy(*words, *history)
    assert (done.returncode, done.stdout.count("Traceback")) == (2, 0)
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_make_nightly_refuses_variables_that_it_would_ignore() -> None:
    by_make = {"TRAINDEPLOY_FROM_MAKE": "1"}
    done = traindeploy("regress", **by_make, MAKEFLAGS=" -- BUGET=3h")
    assert (done.returncode, "did you mean BUDGET?" in done.stderr) == (2, True)
    done = traindeploy("regress", **by_make, PYTEST="-k dma")
    assert (done.returncode, "make test PYTEST=" in done.stderr) == (2, True)
