# SPDX-License-Identifier: Apache-2.0
"""A real Dask cluster of several processes: a killed worker costs one attempt at most and changes no result."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tb.farm.dask_farm import DaskFarm, connect
from tb.farm.executor import Executor, FarmDied
from tests.regress.jobs import QUIET, job, settings
from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT
from traindeploy.records import serial
from traindeploy.records.job import Job
from traindeploy.records.regression import RegressionRecord, Standing
from traindeploy.records.verdict import Verdict
from traindeploy.regress.run import regress

WORKERS = 4


class Cluster:
    """A scheduler and workers, each a process of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen] = []
        file = folder / "scheduler.json"
        self.scheduler = self._start("dask_scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
        while not file.exists():
            assert self.scheduler.poll() is None
            time.sleep(0.05)
        while not (found := re.search(r'"address": "([^"]+)"', file.read_text())):
            time.sleep(0.05)
        self.address = found[1]
        self.workers = [self._worker(number) for number in range(WORKERS)]

    def _start(self, module: str, *words: str) -> subprocess.Popen:
        command = [sys.executable, "-m", f"distributed.cli.{module}", *words]
        with open(self.folder / "cluster.log", "ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def _worker(self, number: int) -> subprocess.Popen:
        words = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", f"w{number}", "--memory-limit", "0"]
        local = ["--local-directory", str(self.folder / f"w{number}")]
        return self._start("dask_worker", self.address, *words, *local)

    def executor(self, root: Path, session: str, checkout: Path) -> Executor:
        client = connect(self.address)
        client.wait_for_workers(WORKERS, timeout=60)
        return DaskFarm(root, session, client, checkout)

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path)
    yield made
    made.stop()


def cheap(folder: Path) -> list[Job]:
    """Jobs that take a moment, say when they ran, and end in every way; ``long`` waits until its worker is dead."""
    made = [job(f"case{n:02}", script=f"echo x >> {folder}/ran-case{n:02}; sleep 0.2") for n in range(12)]
    made.append(job("failing", {"failing": Verdict.FAILED}, status=1, script=f"echo x >> {folder}/ran-failing"))
    made.append(job("silent", {}, script=f"echo x >> {folder}/ran-silent"))
    wait = f"echo x >> {folder}/ran-long; [ -e {folder}/go ] || {{ echo $PPID > {folder}/p; "
    wait += f"mv {folder}/p {folder}/guard; sleep 60; }}"
    return [*made, job("long", script=wait)]


def test_a_killed_worker_of_four_changes_no_result_and_costs_one_attempt(cluster: Cluster, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("local", "farm")]
    for folder in folders:
        folder.mkdir()
    local, farm = folders
    (local / "go").touch()
    jobs = cheap(farm)
    expected, _ = regress(settings(local, *cheap(local), workers=4), QUIET)

    def kill_when_it_runs(root: Path, session: str, checkout: Path) -> Executor:
        script = (
            "import os, pathlib, signal, sys, time\n"
            "folder = pathlib.Path(sys.argv[1])\n"
            "while not (folder / 'guard').exists(): time.sleep(0.02)\n"
            "guard = int((folder / 'guard').read_text())\n"
            "worker = int(pathlib.Path(f'/proc/{guard}/stat').read_text().rpartition(')')[2].split()[1])\n"
            "(folder / 'go').touch(); os.kill(worker, signal.SIGKILL); (folder / 'killed').write_text(str(worker))\n"
        )
        cluster.processes.append(subprocess.Popen([sys.executable, "-c", script, str(farm)]))
        return cluster.executor(root, session, checkout)

    found, _ = regress(settings(farm, *jobs, executor=kill_when_it_runs), QUIET)
    assert int((farm / "killed").read_text()) in {worker.pid for worker in cluster.workers}
    assert stable(found, farm) == stable(expected, local)
    assert found.counts == {"passed": 13, "failed": 1, "error": 1}
    ran = {path.name: len(path.read_text().split()) for path in farm.glob("ran-*")}
    assert ran == {**dict.fromkeys(ran, 1), "ran-long": 2}
    assert {one.name: one.losses for one in found.jobs if one.losses} == {"long": 1}


def stable(record: RegressionRecord, folder: Path) -> str:
    return serial.text(record, stable=True).replace(str(folder), "FOLDER")


def test_a_job_that_kills_its_workers_is_quarantined_and_the_others_pass(cluster: Cluster, tmp_path: Path) -> None:
    killer = job("killer", script="kill -9 $(ps -o ppid= -p $PPID)")
    found, folder = regress(settings(tmp_path, killer, job("a"), job("b"), executor=cluster.executor), QUIET)
    standings = {one.name: one.standing for one in found.jobs}
    assert standings == {"a": Standing.PASSED, "b": Standing.PASSED, "killer": Standing.LOST}
    assert found.verdict is Verdict.ERROR
    assert "2 workers died" in found.jobs[2].failure
    assert sum(worker.poll() is not None for worker in cluster.workers) == 2
    assert folder.store.attempts(killer, "1") <= 3


def test_a_dead_scheduler_ends_the_regression_and_disk_resumes_it(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tb.farm.dask_farm.PATIENCE", 1.0)
    count = f"echo x >> {tmp_path}/ran"
    wait = f"touch {tmp_path}/begun; [ -e {tmp_path}/go ] || sleep 60"
    jobs = [job("a", script=count), job("b", script=wait)]

    def kill_scheduler(root: Path, session: str, checkout: Path) -> Executor:
        script = f"while [ ! -e {tmp_path}/begun ] || [ ! -e {root}/done/a ]; do sleep 0.05; done; "
        script += f"kill -9 {cluster.scheduler.pid}"
        cluster.processes.append(subprocess.Popen(["sh", "-c", script]))
        return cluster.executor(root, session, checkout)

    with pytest.raises(FarmDied, match="scheduler is gone"):
        regress(settings(tmp_path, *jobs, executor=kill_scheduler), QUIET)
    (tmp_path / "go").touch()
    found, folder = regress(settings(tmp_path, *jobs), QUIET)
    assert found.verdict is Verdict.PASSED
    assert (tmp_path / "ran").read_text() == "x\n"
    assert folder.started.sessions == 2


def test_no_scheduler_is_bad_input() -> None:
    with pytest.raises(UserError, match="no Dask scheduler answers at tcp"):
        connect("tcp://127.0.0.1:9", 1)
