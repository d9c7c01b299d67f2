# SPDX-License-Identifier: Apache-2.0
"""The memory of all regressions: one SQLite file (build/history/history.sqlite), which several may write at a time."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from traindeploy.errors import UserError
from traindeploy.platform.paths import BUILD
from traindeploy.records import serial
from traindeploy.records.case import CaseRecord, Kind, read_all
from traindeploy.records.regression import JobSummary, RegressionRecord, Standing
from traindeploy.records.verdict import Verdict
from traindeploy.regress.schema import migrate

FILE = BUILD / "history" / "history.sqlite"
PATIENCE = 60.0  # seconds that a writer waits for another one
IMPORTED = "import"  # plan of records that no regression of ours has made


@dataclass(frozen=True)
class Past:
    """A regression of the past; ``date`` is UTC in ISO 8601."""

    id: str
    plan: str
    commit: str
    dirty: bool
    date: str
    machine: str
    verdict: Verdict
    seconds: float
    tools: Mapping[str, str]


class History:
    """The file at ``path``, made if it is not there; UserError if it is something else, or of a later version."""

    def __init__(self, path: Path = FILE) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
            self.connection.row_factory = sqlite3.Row
            migrate(self.connection, str(path))
            self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may lose the last, and breaks nothing
            self.connection.execute("PRAGMA foreign_keys = ON")
        except sqlite3.Error as error:
            raise UserError(f"{path}: {error}") from None

    def __enter__(self) -> "History":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def add(self, regression: RegressionRecord, records: Mapping[str, Sequence[CaseRecord]]) -> None:
        """Remember ``regression`` and its case records by job; what was known under its id is replaced."""
        origin = regression.provenance
        with self._writing() as db:
            db.execute("DELETE FROM regression WHERE id = ?", (regression.id,))
            db.execute(
                "INSERT INTO regression VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (regression.id, regression.plan, origin.commit, origin.dirty, regression.tree, origin.date,
                 origin.machine, origin.python, json.dumps(dict(origin.tools)), regression.verdict.value,
                 regression.seconds, regression.executor),
            )  # fmt: skip
            db.executemany(
                "INSERT INTO job VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(regression.id, job.name, job.test, job.kind.value if job.kind else "", job.standing.value,
                  job.failure, job.note, job.repeat, job.seconds, job.losses) for job in regression.jobs],
            )  # fmt: skip
            for job, found in records.items():
                db.executemany(
                    "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [_row(regression.id, job, record) for record in found],
                )

    def import_records(self, path: Path) -> tuple[str, int]:
        """Remember the case records in ``path`` (one a line); (id, how many). The same file again changes nothing."""
        try:
            records = read_all(path)
        except OSError as error:
            raise UserError(f"{path}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise UserError(f"{path}: expected case records, one a line, found no text") from None
        if not records:
            raise UserError(f"{path}: there is no case record in it")
        name = f"import-{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"
        by_job: dict[str, list[CaseRecord]] = {}
        for record in records:
            by_job.setdefault(case_name(record), []).append(record)
        jobs = tuple(_imported(job, found) for job, found in sorted(by_job.items()))
        newest = max(records, key=lambda record: record.provenance.date)
        origin = replace(newest.provenance, date=newest.provenance.date or datetime.now(UTC).isoformat())
        seconds = sum(record.seconds for record in records)
        self.add(RegressionRecord(id=name, plan=IMPORTED, provenance=origin, jobs=jobs, seconds=seconds), by_job)
        return name, len(records)

    def regressions(self, plan: str | None = None) -> list[Past]:
        """All of them, or those of ``plan``, the oldest first."""
        rows = self.connection.execute(
            "SELECT * FROM regression WHERE ?1 IS NULL OR plan = ?1 ORDER BY date, rowid", (plan,)
        )
        return [_past(row) for row in rows]

    def jobs(self, regression: str) -> dict[str, JobSummary]:
        """The jobs of a regression by name."""
        rows = self.connection.execute("SELECT * FROM job WHERE regression = ? ORDER BY name", (regression,))
        return {row["name"]: _summary(row) for row in rows}

    def rows(self, regression: str) -> list[sqlite3.Row]:
        """The case records of a regression, without their documents."""
        return self.connection.execute(
            "SELECT job, name, test, kind, seed, verdict, failure, cycles, max_ulp, stated, hit, seconds"
            " FROM record WHERE regression = ? ORDER BY name, job",
            (regression,),
        ).fetchall()

    def records(self, regression: str) -> Iterator[CaseRecord]:
        """The whole case records of a regression."""
        for row in self.connection.execute("SELECT document FROM record WHERE regression = ?", (regression,)):
            yield serial.parse(CaseRecord, row["document"], f"{self.path}: {regression}")

    def durations(self, names: Iterable[str] = ()) -> dict[str, float]:
        """Seconds that each job took when it last ran to its end."""
        rows = self.connection.execute(
            "SELECT job.name, job.seconds, max(regression.date) FROM job JOIN regression ON regression.id = regression"
            " WHERE standing NOT IN (?, ?) GROUP BY job.name",
            (Standing.NOT_RUN.value, Standing.LOST.value),
        )
        known = {row["name"]: float(row["seconds"]) for row in rows}
        wanted = set(names)
        return {name: seconds for name, seconds in known.items() if not wanted or name in wanted}

    def last_green(self, plan: str, before: str) -> Past | None:
        """The last regression of ``plan`` before the date ``before`` in which everything passed."""
        past = (found for found in self.regressions(plan) if found.date < before)
        return max((f for f in past if f.verdict is Verdict.PASSED), key=lambda f: f.date, default=None)

    def last_pass(self, job: str, before: str) -> str:
        """The commit at which ``job`` last passed before the date ``before``, clean; empty if it never did."""
        row = self.connection.execute(
            "SELECT commit_id FROM job JOIN regression ON regression.id = regression WHERE name = ? AND date < ?"
            " AND standing = ? AND NOT dirty AND commit_id != '' ORDER BY date DESC LIMIT 1",
            (job, before, Standing.PASSED.value),
        ).fetchone()
        return str(row["commit_id"]) if row else ""

    def add_bisection(self, name: str, bad: str, document: str) -> None:
        """Remember the first bad commit of ``name``, which failed at the commit ``bad``."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO bisection VALUES (?, ?, ?, ?)", (name, bad, now, document))

    def bisections(self) -> dict[str, dict[str, Any]]:
        """The newest bisection of each job, by its name: the fields of ``traindeploy.regress.bisect.Found``."""
        rows = self.connection.execute("SELECT name, document FROM bisection ORDER BY date")
        return {row["name"]: json.loads(row["document"]) for row in rows}

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it or nothing."""
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
        except sqlite3.OperationalError as error:
            raise UserError(f"{self.path}: {error}") from None


def case_name(record: CaseRecord) -> str:
    """What distinguishes a case from all others: test, configuration, seed."""
    parts = [record.test, *(f"{value}" for _, value in sorted(record.configuration.items()))]
    parts += [f"seed{record.seed}"] if record.seed not in (0, 1) else []
    return "-".join(part for part in parts if part)


def _row(regression: str, job: str, record: CaseRecord) -> tuple[Any, ...]:
    functional = [point for point in record.coverage if point.metric == "functional"]
    return (
        regression, job, case_name(record), record.test, record.kind.value, record.seed, record.verdict.value,
        record.failure, record.cycles, record.max_ulp, sum(point.stated for point in functional),
        sum(point.hit for point in functional), record.seconds, serial.line(record),
    )  # fmt: skip


def _imported(name: str, records: Sequence[CaseRecord]) -> JobSummary:
    worst = next((r for v in (Verdict.FAILED, Verdict.ERROR) for r in records if r.verdict is v), records[-1])
    standing = {Verdict.PASSED: Standing.PASSED, Verdict.FAILED: Standing.FAILED}.get(worst.verdict, Standing.ERROR)
    return JobSummary(
        name=name, test=worst.test, kind=worst.kind, standing=standing, failure=worst.failure, repeat=worst.command,
        seconds=sum(record.seconds for record in records),
    )  # fmt: skip


def _past(row: sqlite3.Row) -> Past:
    return Past(
        row["id"], row["plan"], row["commit_id"], bool(row["dirty"]), row["date"], row["machine"],
        Verdict(row["verdict"]), row["seconds"], json.loads(row["tools"]),
    )  # fmt: skip


def _summary(row: sqlite3.Row) -> JobSummary:
    kind = Kind(row["kind"]) if row["kind"] else None
    return JobSummary(
        name=row["name"], test=row["test"], kind=kind, standing=Standing(row["standing"]), failure=row["failure"],
        note=row["note"], repeat=row["repeat"], seconds=row["seconds"], losses=row["losses"],
    )  # fmt: skip
