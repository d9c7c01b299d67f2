# SPDX-License-Identifier: Apache-2.0
"""``traindeploy bisect``, and the bisections of a regression's new failures."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT
from traindeploy.records.job import PYTHON, Job
from traindeploy.records.regression import RegressionRecord, Standing
from traindeploy.regress import plan
from traindeploy.regress.bisect import Bisection, Found, Step, describe
from traindeploy.regress.history import History
from traindeploy.regress.sources import resolve
from traindeploy.report.text import plain

MOST = 5  # failures that one regression bisects
LIMIT = 1800  # seconds for a case that the test plan does not have
COLOURS = {"good": "green", "bad": "red", "skip": "yellow"}


def first_bad(
    console: Console,
    case: str,
    good: str,
    bad: str,
    command: str | None,
    overlays: Sequence[str],
    limit: float | None,
    history: Path,
    root: Path = ROOT,
) -> Found:
    """Bisect, say what was found, remember it. UserError if there is no such case, or the ends do not fit."""
    for name in overlays:
        if not (root / name).exists() or Path(name).is_absolute() or ".." in Path(name).parts:
            raise UserError(f"--with {name}: expected a file or folder of the checkout, by its path from {root}")
    job = job_of(case, command, root)
    job = replace(job, seconds=int(limit) or 1) if limit else job
    newest = resolve(root, bad)
    with History(history) as past:
        start = good or past.last_pass(job.name, datetime.now(UTC).isoformat())
    found = Bisection(job, root, overlays, lambda step: tell(console, step)).run(start, bad)
    for line in describe(found):
        console.print(plain(line), soft_wrap=True, highlight=False)
    with History(history) as past:
        past.add_bisection(job.name, newest, found.document())
    return found


def job_of(case: str, command: str | None, root: Path) -> Job:
    """The job that runs ``case``: a command, a job of the test plan, or a test as pytest names it."""
    if command:
        return Job(name=case, command=("sh", "-c", command), seconds=LIMIT, leaves_records=False, repeat=command)
    _, jobs = plan.load("week", root)
    for job in jobs:
        if job.name == case:
            return replace(job, needs=())
    if "::" in case or case.endswith(".py"):
        words = (PYTHON, "-m", "pytest", "-m", "", "-q", "-p", "no:cacheprovider", "-o", "addopts=", case)
        repeat = f"make test PYTEST=\"-m '' '{case}'\""
        return Job(name=case, command=words, seconds=LIMIT, leaves_records=False, repeat=repeat)
    near = sorted({job.name for job in jobs if case.lower() in job.name.lower()})[:5]
    hint = f"did you mean {', '.join(near)}?" if near else "`python -m tests.plan --jobs week` lists them"
    raise UserError(f"the test plan has no case {case!r}: {hint}")


def bisect_failures(console: Console, record: RegressionRecord, history: Path, root: Path = ROOT) -> None:
    """Bisect what fails now and has passed before, at most ``MOST`` of them; one that cannot be is told and left."""
    waiting = new_failures(record, history)
    for name, good in waiting[:MOST]:
        console.print(plain(f"bisecting {name}: it passed at {good[:12]}"), highlight=False)
        try:
            first_bad(console, name, good, record.provenance.commit, None, (), None, history, root)
        except UserError as error:
            console.print(plain(f"not bisected: {error}"), highlight=False, soft_wrap=True)
    for name, _ in waiting[MOST:]:
        console.print(plain(f"not bisected, as {MOST} were: traindeploy bisect {name}"), highlight=False)


def new_failures(record: RegressionRecord, history: Path) -> list[tuple[str, str]]:
    """(job, commit at which it passed) of the jobs that fail now and have passed once."""
    bad = [job.name for job in record.jobs if job.standing in (Standing.FAILED, Standing.ERROR)]
    with History(history) as past:
        passed = ((name, past.last_pass(name, record.provenance.date)) for name in bad)
        return [(name, commit) for name, commit in passed if commit and commit != record.provenance.commit]


def tell(console: Console, step: Step) -> None:
    """A line for each commit that was tried."""
    line = f"{step.word:4} {step.commit[:12]}  {step.seconds:6.1f} s  {step.reason}"
    console.print(plain(line), style=COLOURS[step.word], soft_wrap=True, highlight=False)
