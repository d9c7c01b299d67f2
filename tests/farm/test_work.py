# SPDX-License-Identifier: Apache-2.0
"""What a worker does with a job: limit, process group, private folder, one rename, nothing left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tb.farm import work
from tb.farm.store import OUTPUT, Store
from traindeploy.platform.paths import ROOT
from traindeploy.records import serial
from traindeploy.records.case import REPORTS
from traindeploy.records.job import Job, JobResult, Outcome


def shell(script: str, name: str = "job", seconds: int = 20) -> Job:
    return Job(name=name, command=("sh", "-c", script), seconds=seconds)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pids: list[int]) -> bool:
    """Within two seconds."""
    end = time.monotonic() + 2
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.02)
    return not any(map(alive, pids))


def test_a_result_is_a_folder_that_appears_whole_with_output_and_exit_status(tmp_path: Path) -> None:
    result = work.run(tmp_path, shell("echo hello; exit 7"), "1")
    assert (result.outcome, result.status, result.losses) == (Outcome.ENDED, 7, 0)
    assert (tmp_path / result.folder / OUTPUT).read_text() == "hello\n"
    assert Store(tmp_path).result(shell("")) == result
    assert list((tmp_path / "work").iterdir()) == []


def test_a_job_that_has_ended_is_not_run_again(tmp_path: Path) -> None:
    script = f"echo x >> {tmp_path}/ran"
    first = work.run(tmp_path, shell(script), "1")
    assert work.run(tmp_path, shell(script), "2") == first
    assert (tmp_path / "ran").read_text() == "x\n"


def test_at_its_limit_a_job_is_stopped_with_all_that_it_has_started(tmp_path: Path) -> None:
    script = f"setsid sleep 60 & echo $! > {tmp_path}/pids; sleep 60 & echo $! >> {tmp_path}/pids; wait"
    result = work.run(tmp_path, shell(script, seconds=1), "1")
    assert (result.outcome, result.reason) == (Outcome.STOPPED, "stopped after its limit of 1 s")
    assert gone([int(word) for word in (tmp_path / "pids").read_text().split()])


def test_what_a_job_leaves_running_ends_with_it(tmp_path: Path) -> None:
    work.run(tmp_path, shell(f"setsid sleep 60 & echo $! > {tmp_path}/pids"), "1")
    assert gone([int((tmp_path / "pids").read_text())])


def test_a_killed_worker_leaves_no_process_behind(tmp_path: Path) -> None:
    job = shell(f"setsid sleep 60 & echo $$ $! > {tmp_path}/p; mv {tmp_path}/p {tmp_path}/pids; sleep 60")
    program = (
        "import sys, pathlib; from tb.farm import work; from traindeploy.records import job, serial\n"
        "work.run(pathlib.Path(sys.argv[1]), serial.parse(job.Job, sys.argv[2]), '1')"
    )
    worker = subprocess.Popen([sys.executable, "-c", program, str(tmp_path), serial.line(job)], cwd=ROOT)
    while not (tmp_path / "pids").exists():
        assert worker.poll() is None
        time.sleep(0.02)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    assert gone([int(word) for word in (tmp_path / "pids").read_text().split()])
    assert Store(tmp_path).result(job) is None
    assert Store(tmp_path).attempts(job, "1") == 1


def test_a_third_attempt_after_two_dead_workers_is_refused_by_the_worker_itself(tmp_path: Path) -> None:
    """As when a scheduler runs it again by itself, as Dask's does."""
    store, job = Store(tmp_path), shell("exit 0")
    for _ in range(2):
        store.claim(job, "1")
    result = work.run(tmp_path, job, "1")
    assert (result.outcome, result.losses) == (Outcome.QUARANTINED, 2)
    other = shell("exit 0", name="other")
    for _ in range(2):
        store.claim(other, "1")
    assert work.run(tmp_path, other, "2").outcome is Outcome.ENDED  # attempts of another session do not count


def test_of_two_attempts_that_both_end_the_first_stays(tmp_path: Path) -> None:
    store, job = Store(tmp_path), shell("")
    slow = store.private(job)
    first = work.run(tmp_path, job, "1")
    late = store.publish(job, slow, JobResult(name="job", outcome=Outcome.ENDED, status=5))
    assert late == first
    assert not slow.exists()


def test_a_job_sees_its_own_folders_and_nothing_of_the_make_that_called(tmp_path: Path) -> None:
    outer = {"PATH": "/bin", "MAKEFLAGS": "-j2", "TRAINDEPLOY_FROM_MAKE": "1", "PYTEST_CURRENT_TEST": "x"}
    inner = work.environment(tmp_path, tmp_path / "scratch", outer)
    assert {"MAKEFLAGS", "TRAINDEPLOY_FROM_MAKE", "PYTEST_CURRENT_TEST"} & set(inner) == set()
    assert (inner["PATH"], inner[REPORTS]) == ("/bin", str(tmp_path / "reports"))


@pytest.mark.parametrize("name", ["a/b", "x y", "..", "q" * 300, "Ü"])
def test_any_name_becomes_a_folder_of_its_own(name: str) -> None:
    folder = Job(name=name, command=("true",)).folder
    assert "/" not in folder
    assert folder.strip(".")
    assert len(folder) <= 120
    assert folder != Job(name=f"{name}_", command=("true",)).folder


def test_a_command_that_does_not_exist_is_an_exit_status_of_the_job(tmp_path: Path) -> None:
    result = work.run(tmp_path, Job(name="x", command=("/no/such/program",)), "1")
    assert (result.outcome, result.status) == (Outcome.ENDED, 127)
