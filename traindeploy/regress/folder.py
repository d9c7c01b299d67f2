# SPDX-License-Identifier: Apache-2.0
"""build/regress/<id>/: a regression on disk, from its first second, so that it can be resumed whatever ended it.

Besides the farm's files (tb/farm/store.py): ``started.json`` says what it is of, ``regression.json`` and
``records.jsonl`` what came of it once it has ended.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from tb.farm.store import Store
from traindeploy.errors import UserError
from traindeploy.platform.paths import BUILD
from traindeploy.records import serial
from traindeploy.records.job import Job
from traindeploy.records.regression import RegressionRecord, Standing
from traindeploy.records.serial import RecordError

HOME = BUILD / "regress"
STARTED, ENDED, RECORDS, LATEST = "started.json", "regression.json", "records.jsonl", "latest"
KEPT = 20  # regressions; the history remembers the others


@dataclass(frozen=True, kw_only=True)
class Started:
    """What a regression is of; ``sessions`` counts its starts, ``seconds`` is the wall time of them together."""

    VERSION: ClassVar[int] = 1

    plan: str
    commit: str
    tree: str
    date: str
    sessions: int = 0
    seconds: float = 0.0


class Folder:
    """The folder of one regression."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = Store(path)
        self.started = serial.read(Started, path / STARTED)

    @property
    def ended(self) -> RegressionRecord | None:
        """What came of it, if it has ended."""
        path = self.path / ENDED
        return serial.read(RegressionRecord, path) if path.is_file() else None

    def note(self, sessions: int, seconds: float) -> None:
        """Remember how far it is."""
        self.started = replace(self.started, sessions=sessions, seconds=seconds)
        serial.write(self.started, self.path / STARTED)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else runs it meanwhile; UserError if somebody does."""
        with open(self.path / ".lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UserError(f"{self.path}: this regression is running: wait for it, or say --no-resume") from None
            yield


def begin(home: Path, plan: str, commit: str, tree: str, jobs: Sequence[Job]) -> Folder:
    """The folder of a new regression."""
    now = datetime.now(UTC)
    stem = f"{now:%Y%m%d-%H%M%S}-{plan}-{commit[:8] or 'nocommit'}{'-dirty' if tree else ''}"
    for number in range(1, 100):
        path = home / (stem if number == 1 else f"{stem}-{number}")
        try:
            path.mkdir(parents=True)
            break
        except FileExistsError:
            continue
    Store(path).write_jobs(jobs)
    started = Started(plan=plan, commit=commit, tree=tree, date=now.isoformat(timespec="seconds"))
    serial.write(started, path / STARTED)
    return Folder(path)


def unfinished(home: Path, plan: str, commit: str, tree: str, *, not_run_too: bool = False) -> Folder | None:
    """The newest regression of the same plan and sources that has not ended, or (``not_run_too``) lacks jobs."""
    for folder in reversed(folders(home)):
        started = folder.started
        if (started.plan, started.commit, started.tree) == (plan, commit, tree):
            ended = folder.ended
            lacking = ended is None or any(job.standing is Standing.NOT_RUN for job in ended.jobs)
            return folder if ended is None or (not_run_too and lacking) else None
    return None


def folders(home: Path) -> list[Folder]:
    """All regressions on disk that can be read, the oldest first."""
    found = []
    for path in sorted(home.glob(f"*/{STARTED}")):
        if not path.parent.is_symlink():
            try:
                found.append(Folder(path.parent))
            except RecordError:
                continue
    return found


def point_latest(folder: Path) -> None:
    """Let ``latest`` beside the folder lead to it."""
    partial = folder.parent / f".{LATEST}-{os.getpid()}"
    partial.unlink(missing_ok=True)
    partial.symlink_to(folder.name)
    partial.replace(folder.parent / LATEST)


def prune(home: Path) -> None:
    """Remove the oldest of those that have ended."""
    for folder in [f for f in folders(home) if (f.path / ENDED).is_file()][:-KEPT]:
        shutil.rmtree(folder.path, ignore_errors=True)
