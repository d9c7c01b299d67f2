# SPDX-License-Identifier: Apache-2.0
"""What a regression runs: a plan of the test plan, or a file of jobs."""

import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT
from traindeploy.records import serial
from traindeploy.records.job import Job

PLANS = ("push", "night", "week")
NIGHTLY = {"nightly": "night", "weekly": "week"}  # what people call them


def load(name: str, checkout: Path = ROOT) -> tuple[str, list[Job]]:
    """(the plan's name, its jobs); UserError if ``name`` is neither a plan nor a file of jobs.

    A plan is what the checkout's own test plan says; a file is TOML with tables ``[[job]]``, or a job record a line.
    """
    name = NIGHTLY.get(name, name)
    if name in PLANS:
        return name, planned(name, checkout)
    path = Path(name)
    if not path.is_file():
        raise UserError(f"no plan is called {name!r}: expected {', '.join(PLANS)}, or a file of jobs (.toml or .jsonl)")
    return path.stem, checked(read(path), str(path))


def planned(plan: str, checkout: Path) -> list[Job]:
    """The jobs of a plan, as the checkout's ``python -m tests.plan --jobs`` lists them."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.plan", "--jobs", plan], cwd=checkout, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        raise UserError(f"{checkout}: the test plan cannot be listed: {last}")
    return checked([serial.parse(Job, line, "tests.plan") for line in done.stdout.splitlines()], "tests.plan")


def read(path: Path) -> list[Job]:
    """The jobs in a file."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".toml":
        lines = enumerate(text.splitlines(), 1)
        return [serial.parse(Job, line, f"{path}:{number}") for number, line in lines if line.strip()]
    try:
        tables: Sequence[Mapping[str, Any]] = tomllib.loads(text).get("job", [])
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path}: {error}") from None
    return [serial.decode(Job, dict(table), f"{path}: job {number}") for number, table in enumerate(tables, 1)]


def checked(jobs: list[Job], where: str) -> list[Job]:
    """``jobs``, if there are any, each has a name of its own and a command, and needs only what is there."""
    if not jobs:
        raise UserError(f"{where}: there is no job in it")
    names = {job.name for job in jobs}
    for job in jobs:
        if not job.command or not job.name or job.seconds <= 0:
            raise UserError(f"{where}: job {job.name!r} lacks a name, a command or a limit above 0 s")
        if unknown := set(job.needs) - names:
            raise UserError(f"{where}: job {job.name!r} needs {unknown.pop()!r}, which is not there")
    folders = [job.folder.lower() for job in jobs]
    if len(set(folders)) < len(jobs):
        twice = next(job.name for job in jobs if folders.count(job.folder.lower()) > 1)
        raise UserError(f"{where}: two jobs are called {twice!r}")
    return jobs
