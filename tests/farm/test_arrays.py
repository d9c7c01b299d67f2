# SPDX-License-Identifier: Apache-2.0
"""Job arrays need a shell and a shared disk, and collect to the same record as a local run."""

import os
import subprocess
from pathlib import Path

import pytest

from tb.farm.arrays import SESSION, arrays, run_task
from tb.farm.store import Store
from tests.regress.jobs import QUIET, job, settings
from traindeploy.records import serial
from traindeploy.records.job import Job, Outcome
from traindeploy.records.regression import Standing
from traindeploy.records.verdict import Verdict
from traindeploy.regress.run import collect, prepare_arrays, regress

# What a queue does with an array: each index of it, one after the other, with its variable set.
SBATCH = """#!/bin/sh
echo "$@" >> $LOG
for word; do case $word in --array=*) last=${word#--array=1-}; last=${last%%%*};; esac; done
while [ $# -gt 2 ]; do shift; done
for i in $(seq $last); do SLURM_ARRAY_TASK_ID=$i "$@" > /dev/null 2>&1; done
echo 77
"""
BSUB = """#!/bin/sh
echo "$@" >> $LOG
for word; do case $word in *"[1-"*) last=${word##*\\[1-}; last=${last%%]*};; esac; done
while [ $# -gt 2 ]; do shift; done
for i in $(seq $last); do LSB_JOBINDEX=$i "$@" > /dev/null 2>&1; done
"""


def jobs() -> list[Job]:
    build = Job(name="build x", command=("true",), leaves_records=False)
    return [build, job("a"), Job(**{**job("b", {"b": Verdict.FAILED}, 1).__dict__, "needs": ("build x",)})]


@pytest.mark.parametrize(("system", "program"), [("slurm", "sbatch"), ("lsf", "bsub"), ("sh", "")])
def test_arrays_collect_to_the_record_of_a_local_run(tmp_path: Path, system: str, program: str) -> None:
    (tmp_path / "bin").mkdir()
    for name, text in (("sbatch", SBATCH), ("bsub", BSUB)):
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    given = settings(tmp_path, *jobs())
    script = prepare_arrays(given, system)
    log = tmp_path / "log"
    log.touch()
    path = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "LOG": str(log)}
    done = subprocess.run(["sh", script], env={**os.environ, **path}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found, folder = collect(given, script.parent)
    local, _ = regress(settings(tmp_path, *jobs(), resume=False), QUIET)
    assert serial.text(found, stable=True) == serial.text(local, stable=True)
    assert found.counts == {"passed": 2, "failed": 1}
    lines = log.read_text().splitlines()
    assert len(lines) == (2 if program else 0)
    if system == "slurm":
        assert "--array=1-1%2 --time=40" in lines[0]
        assert "--dependency=afterany:77" in lines[1]
    if system == "lsf":
        assert f"-w ended(build1-{folder.path.name})" in lines[1]


def test_what_was_lost_and_what_never_began_are_told_apart_and_may_be_submitted_again(tmp_path: Path) -> None:
    given = settings(tmp_path, *jobs())
    script = prepare_arrays(given, "sh")
    store = Store(script.parent)
    store.claim(store.jobs()[1], SESSION)
    found, _ = collect(given, script.parent)
    assert {one.name: one.standing for one in found.jobs} == {
        "a": Standing.LOST, "b": Standing.NOT_RUN, "build x": Standing.NOT_RUN,
    }  # fmt: skip
    assert found.verdict is Verdict.ERROR
    subprocess.run(["sh", script], check=True, capture_output=True)
    again, _ = collect(given, script.parent)
    assert again.counts == {"passed": 2, "failed": 1}
    assert again.id == found.id
    assert {one.name: one.losses for one in again.jobs if one.losses} == {"a": 1}


def test_a_task_whose_build_failed_does_not_run(tmp_path: Path) -> None:
    given = settings(tmp_path, *jobs())
    root = prepare_arrays(given, "sh").parent
    store = Store(root)
    store.without_run(store.jobs()[0], Outcome.LOST, "gone")
    assert run_task(root, 3).reason == "its build build x failed"


def test_licences_are_the_queues_business(tmp_path: Path) -> None:
    plain, dear = job("a"), Job(**{**job("b").__dict__, "resources": {"questa": 2}})
    assert [(array.numbers, array.resources) for array in arrays([plain, dear])] == [([1], {}), ([2], {"questa": 2})]
    for system, word in (("slurm", "--licenses=questa:2"), ("lsf", "-R 'rusage[questa=2]'")):
        script = prepare_arrays(settings(tmp_path, plain, dear), system)
        assert script.read_text().count(word) == 1
