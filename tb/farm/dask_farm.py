# SPDX-License-Identifier: Apache-2.0
"""Jobs on a Dask cluster: one that runs already (``--scheduler tcp://...``), or one that a queue starts (queues.py).

Dask knows nothing of what matters here, so that its traps do not either: results are on the shared disk, a task returns
a path and a digest; how often a job was tried is counted on disk by the workers themselves (tb/farm/work.py), whatever
the scheduler does about a dead worker; a result that is on disk is never computed again.
"""

import contextlib
import queue
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tb.farm import work
from tb.farm.executor import FarmDied, Loss
from tb.farm.work import DiskStop
from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT
from traindeploy.records import serial
from traindeploy.records.job import Job, JobResult

PATIENCE = 20.0  # seconds without a scheduler, or without a worker that could run anything


def connect(address: str, seconds: float = 20) -> Any:
    """A client of the scheduler at ``address``; UserError if there is none, or if distributed is not installed."""
    distributed = _distributed()
    try:
        return distributed.Client(address, timeout=seconds, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UserError(f"no Dask scheduler answers at {address}: {error}") from None


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise UserError("--scheduler needs the package distributed: pip install 'traindeploy[farm]'") from None
    return distributed


class DaskFarm:
    """The executor; ``client`` is distributed's, ``root`` lies on a disk that all workers share.

    ``owned``: the cluster of our own, if it is, which ends with us.
    """

    def __init__(self, root: Path, session: str, client: Any, checkout: Path = ROOT, owned: Any = None) -> None:
        self.root, self.session, self.client, self.checkout = root.resolve(), session, client, checkout
        self.events: queue.Queue[tuple[Job, Any]] = queue.Queue()
        self.running: dict[str, Any] = {}
        self.count = 0
        self.owned = owned
        self.alone_since: float | None = None
        self.name = f"Dask, {self.slots()} workers at the start"
        DiskStop(self.root, session).clear()

    def slots(self) -> int:
        """The threads of all workers that are there now, and one job at least, which then waits for a worker."""
        return max(self._threads(), 1)

    def _threads(self) -> int:
        if self.client.status != "running":  # it would wait for the scheduler to come back
            return 0
        with contextlib.suppress(Exception):  # a client that has lost its scheduler says so in many ways
            return sum(self.client.nthreads().values())
        return 0

    def submit(self, job: Job) -> None:
        self.count += 1
        future = self.client.submit(
            task, str(self.root), serial.line(job), self.session, str(self.checkout),
            key=f"traindeploy-{self.root.name}-{self.session}-{self.count}-{job.name}", pure=False, retries=0,
        )  # fmt: skip
        self.running[job.name] = future
        future.add_done_callback(lambda done: self.events.put((job, done)))

    def ended(self, seconds: float) -> Sequence[JobResult | Loss]:
        found = []
        try:
            event = self.events.get(timeout=seconds)
            while True:
                found.append(self._event(*event))
                event = self.events.get_nowait()
        except queue.Empty:
            pass
        self._check()
        return found

    def stop(self) -> None:
        DiskStop(self.root, self.session).ask()
        if self.client.status == "running":  # or it would wait for the scheduler to come back
            with contextlib.suppress(Exception):
                self.client.cancel(list(self.running.values()), force=True)
        deadline = time.monotonic() + PATIENCE
        while list((self.root / "work").glob("*")) and time.monotonic() < deadline and self.running:
            time.sleep(0.1)
        with contextlib.suppress(Exception):
            self.client.close(timeout=1)
        if self.owned is not None:
            with contextlib.suppress(Exception):
                self.owned.close()

    def _event(self, job: Job, future: Any) -> JobResult | Loss:
        """What has become of a task; its future is let go, or Dask would run it again should the result be lost."""
        self.running.pop(job.name, None)
        status = future.status
        try:
            if status == "finished":
                result: JobResult = future.result(timeout=PATIENCE)
                return result
            reason = f"{status}: {future.exception(timeout=PATIENCE)}" if status == "error" else status
        except Exception as error:  # noqa: BLE001 (whatever the client says, the job is lost)
            reason = f"{status}: {type(error).__name__}: {error}"
        finally:
            future.release()
        return Loss(job, " ".join(reason.split())[:300], began=status == "error")

    def _check(self) -> None:
        """FarmDied once there has been no scheduler for a while."""
        if self.client.status == "running":
            self.alone_since = None
            return
        now = time.monotonic()
        self.alone_since = self.alone_since or now
        if now - self.alone_since > PATIENCE or self.client.status in ("closed", "closing"):
            self.running.clear()
            raise FarmDied("the Dask scheduler is gone")


def task(root: str, line: str, session: str, checkout: str) -> JobResult:
    """What a worker runs."""
    job = serial.parse(Job, line, "job")
    return work.run(Path(root), job, session, checkout=Path(checkout), stop=DiskStop(Path(root), session))
