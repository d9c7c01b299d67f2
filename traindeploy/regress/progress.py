# SPDX-License-Identifier: Apache-2.0
"""What a regression shows while it runs: a live line in a terminal, elsewhere a line a job; and the time left."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from traindeploy.records.job import Job
from traindeploy.records.names import printable
from traindeploy.records.regression import GREEN, JobSummary, Standing
from traindeploy.report.text import duration, plain

COLOURS = {Standing.PASSED: "green", Standing.EXPECTED: "yellow", Standing.FIXED: "yellow", Standing.NOT_RUN: "yellow"}


class RegressionProgress:
    """``expected``: seconds by job's name, as far as history knows; ``known``: jobs that had ended before."""

    def __init__(self, console: Console, jobs: Sequence[Job], expected: Mapping[str, float], workers: int) -> None:
        self.console, self.expected, self.workers = console, expected, max(workers, 1)
        self.waiting = {job.name: expected.get(job.name) for job in jobs}
        self.total = len(jobs)
        self.running: dict[str, float] = {}
        self.counts: Counter[Standing] = Counter()
        self.took: list[float] = []
        self.progress = Progress(
            TextColumn("{task.description}", markup=False), BarColumn(),
            TextColumn("{task.fields[facts]}", markup=False),
            console=console, transient=True, disable=not console.is_terminal,
        )  # fmt: skip
        self.task = self.progress.add_task("regression", total=self.total, facts="")

    def __enter__(self) -> "RegressionProgress":
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def began(self, job: Job) -> None:
        self.running[job.name] = time.monotonic()
        self._show()

    def ended(self, job: JobSummary, *, known: bool = False) -> None:
        """``known``: it had ended in an earlier session."""
        self.waiting.pop(job.name, None)
        self.running.pop(job.name, None)
        self.counts[job.standing] += 1
        if not known and job.standing is not Standing.NOT_RUN:
            self.took.append(job.seconds)
        done = sum(self.counts.values())
        if not known and (not self.console.is_terminal or job.standing is not Standing.PASSED):
            head = f"[{done:{len(str(self.total))}}/{self.total}, {duration(self.left())} left]"
            what = f"{head} {job.standing.value:6} {job.name}, {job.seconds:.1f} s"
            failure = f": {job.failure}" if job.failure else ""
            style = COLOURS.get(job.standing, "red")
            self.console.print(plain(what + failure), style=style, soft_wrap=True, highlight=False)
        self._show()

    def left(self) -> float:
        """Seconds until the end, from history, or from what has run so far."""
        mean = sum(self.took) / len(self.took) if self.took else 0.0
        now = time.monotonic()
        total = longest = 0.0
        for name, known in self.waiting.items():
            need = max((mean if known is None else known) - (now - self.running.get(name, now)), 0.0)
            total, longest = total + need, max(longest, need)
        return max(total / self.workers, longest)

    def _show(self) -> None:
        done = sum(self.counts.values())
        bad = sum(count for standing, count in self.counts.items() if standing not in GREEN)
        facts = f"{done} of {self.total}, {bad} not green, {duration(self.left())} left; {', '.join(self.running)}"
        room = max(self.console.width - 60, 20)
        self.progress.update(self.task, completed=done, facts=printable(facts)[:room])
