# SPDX-License-Identifier: Apache-2.0
"""What a regression says when it has ended."""

from datetime import UTC, datetime

from rich.console import Console

from traindeploy.records.names import printable
from traindeploy.records.regression import GREEN, RegressionRecord, Standing
from traindeploy.records.verdict import Verdict
from traindeploy.regress import dashboard, expected
from traindeploy.regress.buckets import grouped
from traindeploy.regress.folder import Folder
from traindeploy.regress.run import Settings
from traindeploy.report.text import duration, plain, shown_path

SHOWN = 12  # groups of failures, and jobs of a group
WORDS = {Verdict.PASSED: ("PASSED", "bold green"), Verdict.FAILED: ("FAILED", "bold red")}


def print_summary(console: Console, record: RegressionRecord, place: Folder, settings: Settings) -> None:
    """Counts, failures by message with the command that repeats the first of each, old expectations, the verdict."""

    def say(text: str, style: str = "") -> None:
        console.print(plain(text), style=style, soft_wrap=True, highlight=False)

    bad = [job for job in record.jobs if job.standing not in GREEN]
    for message, jobs in grouped(bad)[:SHOWN]:
        say(f"{len(jobs)} x {jobs[0].standing.value}: {message or 'without a message'}")
        for job in jobs[: SHOWN if len(jobs) <= SHOWN else 3]:
            say(f"    {job.name}")
        say(f"    repeat: {jobs[0].repeat}")
    for job in record.jobs:
        if job.standing is Standing.FIXED:
            say(f"passed though expected to fail: {job.name}: its entry in {shown_path(settings.expected)} can go")
    for entry in expected.load(settings.expected).old(datetime.now(UTC).date()):
        say(f"expected to fail for long, since {entry.since}: {entry.case}: {entry.reason} (issue {entry.issue})")
    if losses := sum(job.losses for job in record.jobs):
        say(f"the infrastructure lost {losses} attempts; lost for good: {record.counts.get(Standing.LOST.value, 0)}")
    say(f"dashboard: {shown_path(place.path / dashboard.PAGE)}")
    word, style = WORDS.get(record.verdict, ("NO VERDICT", "bold red"))
    counts = ", ".join(f"{count} {name}" for name, count in record.counts.items())
    say(f"{word}: {printable(record.plan)}, {counts}, in {duration(record.seconds)}: {shown_path(place.path)}", style)
