# SPDX-License-Identifier: Apache-2.0
"""What a worker does with a job, whoever handed it out: one process group, a limit, a private folder, one rename."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tb.farm import guard
from tb.farm.store import KILLS, OUTPUT, REPORTS, Store, worker
from traindeploy.platform.paths import ROOT
from traindeploy.records.case import REPORTS as REPORTS_VARIABLE
from traindeploy.records.job import PYTHON, Job, JobResult, Outcome

GRACE = 60  # seconds in which a guard must have killed what it guards


@dataclass
class Stop:
    """How somebody in this process ends a job early."""

    event: threading.Event = field(default_factory=threading.Event)

    def asked(self) -> bool:
        """Whether to stop; waits a moment."""
        return self.event.wait(0.05)


class DiskStop(Stop):
    """How somebody on another machine ends all jobs of ``session`` early: by a file on the shared disk."""

    def __init__(self, root: Path, session: str) -> None:
        super().__init__()
        self.path = root / f"stop-{session}"

    def ask(self) -> None:
        """Let all jobs of the session end."""
        self.path.touch()

    def clear(self) -> None:
        """Nobody has asked yet."""
        self.path.unlink(missing_ok=True)

    def asked(self) -> bool:
        return self.event.wait(0.2) or self.path.exists()


def run(root: Path, job: Job, session: str, *, checkout: Path = ROOT, stop: Stop | None = None) -> JobResult:
    """Run ``job`` of the regression in folder ``root``, unless it has ended already; its result is on disk then.

    A job during which ``KILLS`` workers of this session have died is not tried again: it is quarantined.
    """
    store = Store(root)
    if (known := store.result(job)) is not None:
        return known
    attempt = store.claim(job, session)
    if attempt > KILLS:
        return store.without_run(job, Outcome.QUARANTINED, f"{KILLS} workers died while they ran it", attempt - 1)
    folder = store.private(job)
    outcome, status, wall, cpu = _guarded(job, folder, checkout, stop)
    if outcome is Outcome.CUT:
        shutil.rmtree(folder, ignore_errors=True)
        return JobResult(name=job.name, outcome=outcome, reason="the budget was used up", seconds=wall)
    reason = f"stopped after its limit of {job.seconds} s" if outcome is Outcome.STOPPED else ""
    result = JobResult(
        name=job.name, outcome=outcome, status=status if outcome is Outcome.ENDED else 0, reason=reason,
        seconds=wall, cpu_seconds=cpu, worker=worker(), losses=attempt - 1,
    )  # fmt: skip
    return store.publish(job, folder, result)


def _guarded(job: Job, folder: Path, checkout: Path, stop: Stop | None) -> tuple[Outcome, int, float, float]:
    """Outcome, exit status, wall and processor seconds of the job's command under its guard."""
    report, scratch = folder / ".ended", Path(tempfile.mkdtemp(prefix="traindeploy-"))
    own = [sys.executable, "-I", "-S", guard.__file__, str(job.seconds), str(report), "--"]
    try:
        with open(folder / OUTPUT, "wb") as output:
            process = subprocess.Popen(
                [*own, *_command(job)], cwd=checkout, env=environment(folder, scratch), stdin=subprocess.PIPE,
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
            try:
                _await(process, job.seconds + GRACE, stop)
            finally:
                with contextlib.suppress(OSError):
                    process.stdin.close() if process.stdin else None  # the guard ends what still goes on
                process.wait()
        how, status, wall, cpu = report.read_text(encoding="ascii").split()
    except FileNotFoundError as error:
        raise RuntimeError(f"{job.name}: its guard left no report ({error})") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        report.unlink(missing_ok=True)
    outcome = {"ended": Outcome.ENDED, "stopped": Outcome.STOPPED, "orphaned": Outcome.CUT}[how]
    return outcome, int(status), float(wall), float(cpu)


def _await(process: "subprocess.Popen[bytes]", limit: float, stop: Stop | None) -> None:
    """Until the guard has ended, or somebody stops the job."""
    if stop is None:
        process.wait(limit)
        return
    while process.poll() is None and not stop.asked():
        pass


def _command(job: Job) -> list[str]:
    first, *rest = job.command
    return [sys.executable if first == PYTHON else first, *rest]


def environment(folder: Path, scratch: Path, outer: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What a job sees: its own folders, and nothing of the pytest or make that may have called us."""
    own = {REPORTS_VARIABLE: str((folder / REPORTS).resolve()), "TMPDIR": str(scratch), "PYTHONUNBUFFERED": "1"}
    foreign = ("PYTEST_", "MAKE", "MFLAGS", "COV_CORE_", "TRAINDEPLOY_")
    return {name: value for name, value in outer.items() if not name.startswith(foreign)} | own
