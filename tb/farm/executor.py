# SPDX-License-Identifier: Apache-2.0
"""The one interface to whoever runs jobs: hand one in, ask what has ended. The local pool is here, too."""

import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tb.farm import work
from traindeploy.platform.paths import ROOT
from traindeploy.records.job import Job, JobResult


@dataclass(frozen=True)
class Loss:
    """The infrastructure has lost an attempt; ``began``: a worker had begun it, and has died with it."""

    job: Job
    reason: str
    began: bool = False


class FarmDied(Exception):  # noqa: N818 (an event, in the words of the field)
    """Nobody is left who could run anything, such as a dead scheduler: what is on disk stays, and can be resumed."""


class Executor(Protocol):
    """Runs jobs somewhere; results are on the shared disk, in the regression's folder."""

    name: str

    def slots(self) -> int:
        """How many jobs it can run at once, now."""

    def submit(self, job: Job) -> None:
        """Run ``job`` as soon as there is room."""

    def ended(self, seconds: float) -> Sequence[JobResult | Loss]:
        """What has ended since the last call; waits up to ``seconds`` for the first. FarmDied if nobody is left."""

    def stop(self) -> None:
        """End what still runs, and wait for it."""


class LocalPool:
    """``workers`` jobs at once on this machine, a thread each."""

    def __init__(self, root: Path, session: str, workers: int, checkout: Path = ROOT) -> None:
        self.name = f"{workers} local worker{'s' if workers > 1 else ''}"
        self.root, self.session, self.workers, self.checkout = root, session, workers, checkout
        self.results: queue.Queue[JobResult | Loss] = queue.Queue()
        self.running: dict[threading.Thread, work.Stop] = {}

    def slots(self) -> int:
        return self.workers

    def submit(self, job: Job) -> None:
        stop = work.Stop()
        thread = threading.Thread(target=self._run, args=(job, stop), name=job.name)
        self.running[thread] = stop
        thread.start()

    def ended(self, seconds: float) -> Sequence[JobResult | Loss]:
        found: list[JobResult | Loss] = []
        try:
            found.append(self.results.get(timeout=seconds))
            while True:
                found.append(self.results.get_nowait())
        except queue.Empty:
            pass
        self.running = {thread: stop for thread, stop in self.running.items() if thread.is_alive()}
        return found

    def stop(self) -> None:
        for stop in self.running.values():
            stop.event.set()
        for thread in self.running:
            thread.join()

    def _run(self, job: Job, stop: work.Stop) -> None:
        try:
            self.results.put(work.run(self.root, job, self.session, checkout=self.checkout, stop=stop))
        except (OSError, RuntimeError) as error:  # the guard was killed, or the disk is full: not the job's fault
            self.results.put(Loss(job, f"{type(error).__name__}: {error}", began=True))
