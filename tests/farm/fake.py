# SPDX-License-Identifier: Apache-2.0
"""An executor without processes: each job ends as told, in the order of submission, a second of a false clock each."""

from collections.abc import Sequence

from tb.farm.executor import Loss
from tb.farm.store import Store
from traindeploy.records.job import Job, JobResult, Outcome


class Fake:
    """``losses``: how often a job is lost before it ends, and whether a worker dies with it; ``status`` by name."""

    name = "fake"

    def __init__(self, store: Store, slots: int = 1) -> None:
        self.store, self.count = store, slots
        self.queue: list[Job] = []
        self.order: list[str] = []
        self.losses: dict[str, int] = {}
        self.kills = False
        self.status: dict[str, int] = {}
        self.seconds = 1.0
        self.now = 0.0
        self.most = 0

    def clock(self) -> float:
        return self.now

    def slots(self) -> int:
        return self.count

    def submit(self, job: Job) -> None:
        self.queue.append(job)
        self.order.append(job.name)
        self.most = max(self.most, len(self.queue))

    def ended(self, seconds: float) -> Sequence[JobResult | Loss]:
        if not self.queue:
            self.now += seconds
            return []
        self.now += self.seconds
        job = self.queue.pop(0)
        if self.losses.get(job.name, 0):
            self.losses[job.name] -= 1
            if self.kills:
                self.store.claim(job, "1")
            return [Loss(job, "its worker is gone", began=self.kills)]
        result = JobResult(name=job.name, outcome=Outcome.ENDED, status=self.status.get(job.name, 0))
        return [self.store.publish(job, self.store.private(job), result)]

    def stop(self) -> None:
        self.queue.clear()
