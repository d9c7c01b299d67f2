# SPDX-License-Identifier: Apache-2.0
"""Run a regression: expand the plan, hand its jobs out, judge what comes back, remember it."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from tb.build.toolchain import versions
from tb.farm import arrays
from tb.farm.driver import Driver
from tb.farm.executor import Executor, LocalPool
from tb.farm.store import OUTPUT
from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT
from traindeploy.records import provenance, serial
from traindeploy.records.case import CaseRecord
from traindeploy.records.job import Job, JobResult
from traindeploy.records.regression import JobSummary, RegressionRecord
from traindeploy.regress import dashboard, expected, folder, history, plan, sources, standing
from traindeploy.regress.folder import Folder
from traindeploy.regress.progress import RegressionProgress

MakeExecutor = Callable[[Path, str, Path], Executor]  # of the regression's folder, the session, the checkout


@dataclass(frozen=True, kw_only=True)
class Settings:
    """``budget``: seconds. ``resume``: None resumes what has not ended; True also what a budget has cut short."""

    plan: str
    budget: float = float("inf")
    workers: int = 2
    resume: bool | None = None
    licences: Mapping[str, int] = field(default_factory=dict)
    home: Path = folder.HOME
    history: Path = history.FILE
    expected: Path = expected.FILE
    checkout: Path = ROOT
    executor: MakeExecutor | None = None


def regress(settings: Settings, console: Console) -> tuple[RegressionRecord, Folder]:
    """Run or resume the regression; its record is on disk and in the history then. UserError if it cannot begin."""
    name, jobs = plan.load(settings.plan, settings.checkout)
    known = expected.load(settings.expected)
    place = _place(settings, name, jobs, console)
    with place.held():
        origin = _provenance(settings.checkout)
        jobs = place.store.jobs()
        place.store.sweep()
        place.note(place.started.sessions + 1, place.started.seconds)
        with history.History(settings.history) as past:
            durations = past.durations()
        summaries, records, executor = _run(settings, place, jobs, durations, known, origin, console)
        record = _remember(settings, place, summaries, records, origin, executor)
    folder.prune(settings.home)
    return record, place


def prepare_arrays(settings: Settings, system: str) -> Path:
    """Begin a regression whose jobs a queue runs as arrays; the script that submits them."""
    name, jobs = plan.load(settings.plan, settings.checkout)
    commit, _ = provenance.sources(settings.checkout)
    place = folder.begin(settings.home, name, commit, sources.tree(settings.checkout), jobs)
    return arrays.write(place.store, system, settings.workers, settings.checkout)


def collect(settings: Settings, path: Path) -> tuple[RegressionRecord, Folder]:
    """Judge and remember what the arrays of the regression in folder ``path`` have left so far."""
    if not (path / folder.STARTED).is_file():
        raise UserError(f"{path}: expected a regression's folder, as --array has written it")
    place = Folder(path.resolve())
    known, origin = expected.load(settings.expected), _provenance(settings.checkout)
    origin = replace(origin, commit=place.started.commit, dirty=bool(place.started.tree))
    summaries, records = {}, {}
    for job in place.store.jobs():
        result = arrays.collected(place.store, job)
        summaries[job.name], records[job.name] = judged(place, job, result, known, origin)
    seconds = sum(one.seconds for one in summaries.values())
    place.note(1, seconds)
    return _remember(settings, place, summaries, records, origin, "job arrays"), place


def _remember(
    settings: Settings,
    place: Folder,
    summaries: Mapping[str, JobSummary],
    records: Mapping[str, Sequence[CaseRecord]],
    origin: provenance.Provenance,
    executor: str,
) -> RegressionRecord:
    """The record: in the folder, in the history, on the dashboard."""
    record = RegressionRecord(
        id=place.path.name,
        plan=place.started.plan,
        tree=place.started.tree,
        provenance=replace(origin, date=place.started.date),
        jobs=tuple(summaries[job] for job in sorted(summaries)),
        seconds=round(place.started.seconds, 1),
        executor=executor,
    )
    finish(place, record, records)
    with history.History(settings.history) as past:
        past.add(record, records)
        dashboard.write(past, record.plan, place.path / dashboard.PAGE, record.id)
    folder.point_latest(place.path)
    return record


def _place(settings: Settings, name: str, jobs: Sequence[Job], console: Console) -> Folder:
    """The folder to run in: of a new regression, or of one that has not ended."""
    commit, _ = provenance.sources(settings.checkout)
    of = (settings.home, name, commit, sources.tree(settings.checkout))
    if settings.resume is not False:
        found = folder.unfinished(*of, not_run_too=settings.resume is True)
        if found is not None and found.store.jobs() == list(jobs):
            console.print(f"resuming {found.path.name}", highlight=False)
            return found
        if settings.resume:
            raise UserError(f"{settings.home}: no regression of plan {name} and these sources waits to be resumed")
    return folder.begin(*of, jobs)


def _run(
    settings: Settings,
    place: Folder,
    jobs: Sequence[Job],
    durations: Mapping[str, float],
    known: expected.ExpectedFailures,
    origin: provenance.Provenance,
    console: Console,
) -> tuple[dict[str, JobSummary], dict[str, list[CaseRecord]], str]:
    """Summaries and records by job's name, and who ran them."""
    session = f"{place.started.sessions}"
    make = settings.executor or (lambda root, of, checkout: LocalPool(root, of, settings.workers, checkout))
    executor = make(place.path, session, settings.checkout)
    by_name = {job.name: job for job in jobs}
    before = {job.name for job in jobs if place.store.result(job) is not None}
    summaries: dict[str, JobSummary] = {}
    records: dict[str, list[CaseRecord]] = {}
    spent, started = place.started.seconds, time.monotonic()
    with RegressionProgress(console, jobs, durations, executor.slots()) as progress:
        driver = Driver(
            place.store, executor, session, durations, settings.budget, settings.licences, progress.began
        )  # fmt: skip
        for result in driver.run(jobs):
            job = by_name[result.name]
            summaries[job.name], records[job.name] = judged(place, job, result, known, origin)
            progress.ended(summaries[job.name], known=job.name in before)
            place.note(place.started.sessions, spent + time.monotonic() - started)
    return summaries, records, executor.name


def judged(
    place: Folder, job: Job, result: JobResult, known: expected.ExpectedFailures, origin: provenance.Provenance
) -> tuple[JobSummary, list[CaseRecord]]:
    """How a job stands, and its case records."""
    entry = known.entries.get(job.name)
    if result.outcome in standing.UNJUDGED:
        return standing.summary(job, result, None, result.reason, entry), []
    now = replace(origin, date=datetime.now(UTC).isoformat(timespec="seconds"))
    left = place.store.records(job)
    verdict, records = standing.judge(job, result, left, now, last_line(place.store.done(job) / OUTPUT))
    failure = standing.first_failure(records, verdict)
    return standing.summary(job, result, verdict, failure, entry), records if job.kind else []


def finish(place: Folder, record: RegressionRecord, records: Mapping[str, Sequence[CaseRecord]]) -> None:
    """Write the regression's record and all case records, ordered by job."""
    partial = place.path / f".{folder.RECORDS}"
    with open(partial, "w", encoding="utf-8") as file:
        for name in sorted(records):
            file.writelines(serial.line(found) + "\n" for found in records[name])
    partial.replace(place.path / folder.RECORDS)
    serial.write(record, place.path / folder.ENDED)


def last_line(log: Path) -> str:
    """The last line of a job's output that says something; of pytest's the last failure, not how many there were."""
    try:
        with open(log, "rb") as file:
            file.seek(max(log.stat().st_size - 4096, 0))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    said = [line.strip()[:300] for line in lines if line.strip()]
    if said and re.match(r"=* ?\d+ (failed|error)", said[-1]):
        return next((line for line in reversed(said) if line.startswith(("FAILED ", "ERROR "))), said[-1])
    return said[-1] if said else ""


def _provenance(checkout: Path) -> provenance.Provenance:
    try:
        found = provenance.collect(versions())
    except UserError:
        found = provenance.collect()
    commit, dirty = provenance.sources(checkout)
    return replace(found, commit=commit, dirty=dirty)
