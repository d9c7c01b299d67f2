# SPDX-License-Identifier: Apache-2.0
"""The folder of a regression: what every executor and every worker of a farm share, through nothing but a disk.

| in it | what |
|---|---|
| ``jobs.jsonl`` | the jobs, one a line, in the order of their numbers |
| ``claims/<job>/<session>.<n>`` | a worker began attempt n: who, when |
| ``work/<job>.<worker>/`` | the private folder of an attempt that goes on |
| ``done/<job>/`` | a finished job's files and ``result.json``: appears whole, by one rename; the first one stays |

A *session* is one start of ``traindeploy regress``: attempts of an earlier one were ended by its end, not by their job.
"""

import hashlib
import json
import os
import shutil
import socket
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from traindeploy.records import serial
from traindeploy.records.case import CaseRecord, read_all
from traindeploy.records.job import Job, JobResult, Outcome

KILLS = 2  # workers that a job may kill
RESULT, REPORTS, OUTPUT = "result.json", "reports", "output.log"


class Store:
    """The folder ``root``; nothing is kept in memory that others may change."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write_jobs(self, jobs: Iterable[Job]) -> None:
        """Write down the jobs; those of an array are known by their place in this file."""
        self.root.mkdir(parents=True, exist_ok=True)
        partial = self.root / f".jobs.{os.getpid()}"
        partial.write_text("".join(serial.line(job) + "\n" for job in jobs), encoding="utf-8")
        partial.replace(self.root / "jobs.jsonl")

    def jobs(self) -> list[Job]:
        """The jobs, as written down."""
        path = self.root / "jobs.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines()
        return [serial.parse(Job, line, f"{path}:{number}") for number, line in enumerate(lines, 1)]

    def done(self, job: Job) -> Path:
        """Where the finished job's files are."""
        return self.root / "done" / job.folder

    def result(self, job: Job) -> JobResult | None:
        """What became of the job, if it has ended."""
        path = self.done(job) / RESULT
        return serial.read(JobResult, path) if path.is_file() else None

    def records(self, job: Job) -> list[CaseRecord]:
        """The case records that the finished job has left."""
        return [record for path in record_files(self.done(job)) for record in read_all(path)]

    def claim(self, job: Job, session: str) -> int:
        """Say that an attempt begins here; its number, 1 for the first of this session."""
        folder = self.root / "claims" / job.folder
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"worker": worker(), "begun": time.time()})
        attempt = 1
        while True:
            try:
                with open(folder / f"{session}.{attempt}", "x", encoding="ascii") as file:
                    file.write(text)
                return attempt
            except FileExistsError:
                attempt += 1

    def attempts(self, job: Job, session: str) -> int:
        """How many attempts of this session have begun."""
        return len(list((self.root / "claims" / job.folder).glob(f"{session}.*")))

    def private(self, job: Job) -> Path:
        """A new folder for an attempt that begins here."""
        folder = self.root / "work" / f"{job.folder}.{worker()}.{time.monotonic_ns()}"
        folder.mkdir(parents=True)
        return folder

    def publish(self, job: Job, folder: Path, result: JobResult) -> JobResult:
        """Make the private ``folder`` the job's; what another attempt has published before stays, and is returned."""
        where = PurePosixPath(self.done(job).relative_to(self.root))
        result = replace(result, folder=where, sha256=digest(record_files(folder)))
        serial.write(result, folder / RESULT)
        self.done(job).parent.mkdir(parents=True, exist_ok=True)
        try:
            os.rename(folder, self.done(job))
        except OSError:
            first = self.result(job)
            if first is None:
                raise
            shutil.rmtree(folder, ignore_errors=True)
            return first
        return result

    def without_run(self, job: Job, outcome: Outcome, reason: str, losses: int = 0) -> JobResult:
        """Publish that the job has no exit status, and why."""
        result = JobResult(name=job.name, outcome=outcome, reason=reason, losses=losses)
        return self.publish(job, self.private(job), result)

    def sweep(self) -> None:
        """Remove what attempts on this machine left half-done when their worker died."""
        for folder in (self.root / "work").glob(f"*.{socket.gethostname()}-*"):
            pid = folder.name.rpartition(".")[0].rpartition("-")[2]
            if not Path(f"/proc/{pid}").exists():
                shutil.rmtree(folder, ignore_errors=True)


def record_files(folder: Path) -> Sequence[Path]:
    """The files of case records in a job's folder."""
    return sorted((folder / REPORTS).glob("*.jsonl"))


def digest(files: Iterable[Path]) -> str:
    """SHA-256 of the files' contents, one behind the other."""
    total = hashlib.sha256()
    for path in files:
        total.update(path.read_bytes())
    return total.hexdigest()


def worker() -> str:
    """Who we are: machine and process."""
    return f"{socket.gethostname()}-{os.getpid()}"
