# SPDX-License-Identifier: Apache-2.0
"""Hands jobs to an executor: builds first, then the longest, within a budget of time and of licences.

Nothing is tried again because it failed. What the infrastructure has lost is, at most ``LOSSES`` times.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tb.farm.executor import Executor, Loss
from tb.farm.store import KILLS, Store
from traindeploy.records.job import Job, JobResult, Outcome

LOSSES = 2  # a lost job is tried elsewhere so often
UNKNOWN = 30.0  # seconds that a job is taken to need of which nothing is known


@dataclass
class Driver:
    """One start of a regression.

    ``expected``: seconds by job's name, from history. ``budget``: seconds of wall time. ``licences``: how many there
    are of each resource that jobs name; one that is not named here is unlimited. ``began`` is told of each start.
    """

    store: Store
    executor: Executor
    session: str
    expected: Mapping[str, float] = field(default_factory=dict)
    budget: float = float("inf")
    licences: Mapping[str, int] = field(default_factory=dict)
    began: Callable[[Job], None] = lambda _job: None
    clock: Callable[[], float] = time.monotonic

    def run(self, jobs: Sequence[Job]) -> Iterator[JobResult]:
        """The results of ``jobs`` in the order in which they end; those that were on disk come first."""
        self.results: dict[str, JobResult] = {}
        self.flying: dict[str, Job] = {}
        self.losses: Counter[str] = Counter()
        self.end = self.clock() + self.budget
        for job in jobs:
            if (known := self.store.result(job)) is not None:
                yield self._keep(known)
        needed = {name for job in jobs for name in job.needs}
        waiting = sorted(
            (job for job in jobs if job.name not in self.results),
            key=lambda job: (job.name not in needed, -self.expected.get(job.name, float("inf")), job.name),
        )
        try:
            while waiting or self.flying:
                yield from self._refused(waiting)
                self._fill(waiting)
                if not self.flying:
                    break
                if (left := self.end - self.clock()) <= 0:
                    break
                for event in self.executor.ended(min(left, 1.0)):
                    if (result := self._result_of(event, waiting)) is not None:
                        yield self._keep(result)
        finally:
            self.executor.stop()
        yield from self._unfinished(waiting)

    def _keep(self, result: JobResult) -> JobResult:
        self.results[result.name] = result
        return result

    def _refused(self, waiting: list[Job]) -> Iterator[JobResult]:
        """Those whose build failed need no worker."""
        for job in list(waiting):
            for name in job.needs:
                build = self.results.get(name)
                if build is not None and (build.outcome is not Outcome.ENDED or build.status):
                    waiting.remove(job)
                    yield self._keep(self.store.without_run(job, Outcome.NOT_RUN, f"its build {name} failed"))
                    break

    def _fill(self, waiting: list[Job]) -> None:
        """Start what has room, in order; a shorter job may overtake one that does not fit."""
        left = self.end - self.clock()
        for job in list(waiting):
            if len(self.flying) >= self.executor.slots():
                return
            if self._fits(job, left):
                waiting.remove(job)
                self.flying[job.name] = job
                self.began(job)
                self.executor.submit(job)

    def _fits(self, job: Job, left: float) -> bool:
        if left <= 0 or (self.budget != float("inf") and self.expected.get(job.name, UNKNOWN) > left):
            return False
        if any(name not in self.results for name in job.needs):
            return False
        used = Counter[str]()
        for other in self.flying.values():
            used.update(other.resources)
        return all(used[name] + n <= self.licences.get(name, used[name] + n) for name, n in job.resources.items())

    def _result_of(self, event: JobResult | Loss, waiting: list[Job]) -> JobResult | None:
        """The job's result; None if it goes back to those that wait."""
        if isinstance(event, JobResult):
            self.flying.pop(event.name, None)
            return event
        job = event.job
        self.flying.pop(job.name, None)
        if (known := self.store.result(job)) is not None:  # it had ended; only the news were lost
            return known
        self.losses[job.name] += 1
        if event.began and self.store.attempts(job, self.session) >= KILLS:
            reason = f"{KILLS} workers died while they ran it; the last: {event.reason}"
            return self.store.without_run(job, Outcome.QUARANTINED, reason, self.losses[job.name])
        if self.losses[job.name] > LOSSES:
            return self.store.without_run(job, Outcome.LOST, event.reason, self.losses[job.name])
        waiting.insert(0, job)
        return None

    def _unfinished(self, waiting: list[Job]) -> Iterator[JobResult]:
        """What the budget had no room for; nothing is published, so that a resumed regression runs it."""
        for job in self.flying.values():
            known = self.store.result(job)
            yield self._keep(known or JobResult(name=job.name, outcome=Outcome.CUT, reason="the budget was used up"))
        for job in waiting:
            yield self._keep(JobResult(name=job.name, outcome=Outcome.NOT_RUN, reason=self._why_not(job)))

    def _why_not(self, job: Job) -> str:
        for name, wanted in job.resources.items():
            if wanted > self.licences.get(name, wanted):
                return f"it wants {wanted} of {name}, and there are {self.licences[name]}"
        lacking = [name for name in job.needs if name not in self.results]
        return f"its build {lacking[0]} did not end within the budget" if lacking else "the budget had no room"
