# SPDX-License-Identifier: Apache-2.0
"""The dashboard's tables: jobs, cases, nights, limits."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from traindeploy.records.regression import GREEN, Standing
from traindeploy.regress import trends
from traindeploy.regress.trends import Night
from traindeploy.report.page import Column, chart, parts, table
from traindeploy.report.page.tables import Value

PARTS = (
    ("passed", (Standing.PASSED, Standing.FIXED)),
    ("failed", (Standing.FAILED,)),
    ("error", (Standing.ERROR,)),
    ("expected failure", (Standing.EXPECTED,)),
    ("not run, lost", (Standing.NOT_RUN, Standing.LOST)),
)
JOB_TONES = {
    standing.value: "good" if standing in GREEN else "bad" if standing is Standing.FAILED else "unknown"
    for standing in Standing
}


def shown_number(value: float | None) -> float | str | None:
    """A figure as a table has it; a whole number from a thousand on."""
    if value is None or math.isfinite(value):
        return None if value is None else round(value) if abs(value) >= 1000 else float(f"{value:.5g}")
    return "NaN"


def jobs(nights: Sequence[Night]) -> Markup:
    """Every job of the newest night, with its seconds over the nights."""
    now = nights[-1]
    columns = [
        Column("job", "code"), Column("kind"), Column("standing", "verdict"), Column("s", "number"),
        Column("over nights"), Column("red nights", "number"), Column("repeat", "command"),
    ]  # fmt: skip
    rows: list[tuple[Value, ...]] = []
    ordered = sorted(now.jobs.values(), key=lambda job: (job.standing in GREEN, -job.seconds))
    for place, job in enumerate(ordered):
        known = [night.jobs[job.name] for night in nights if job.name in night.jobs]
        red = sum(one.standing in (Standing.FAILED, Standing.ERROR) for one in known)
        seconds = [one.seconds for one in known if one.standing is not Standing.NOT_RUN]
        line: Value = chart.sparkline(f"seconds of {job.name}", seconds) if place < 100 else _span(seconds)
        kind = job.kind.value if job.kind else "build"
        rows.append((job.name, kind, job.standing.value, round(job.seconds, 1), line, red, job.repeat))
    return table("Jobs", columns, rows, key="jobs", tones=JOB_TONES)


def _span(values: Sequence[float]) -> str:
    return f"{min(values):.4g} to {max(values):.4g}" if values else ""


def cases(nights: Sequence[Night]) -> Markup:
    """Every case that measures something."""
    now = nights[-1]
    shown = [case for case in now.cases.values() if case.cycles or case.stated or case.ulp is not None]
    if not shown:
        return parts.absent("Cycles, coverage and error by case", "no case of this plan has them.")
    columns = [
        Column("case", "code"), Column("verdict", "verdict"), Column("cycles", "number"), Column("over nights"),
        Column("ULP", "number"), Column("bins hit", "number"), Column("bins", "number"),
    ]  # fmt: skip
    rows: list[tuple[Value, ...]] = []
    for place, case in enumerate(sorted(shown, key=lambda case: (case.verdict == "passed", -(case.cycles or 0)))):
        cycles = [float(c) for night in nights if case.name in night.cases and (c := night.cases[case.name].cycles)]
        line: Value = chart.sparkline(f"cycles of {case.name}", cycles) if place < 100 and cycles else _span(cycles)
        ulp = "NaN" if case.ulp is not None and case.ulp < 0 else case.ulp
        bins = (case.hit, case.stated) if case.stated else (None, None)
        rows.append((case.name, case.verdict, case.cycles, line, ulp, *bins))
    tones = {"passed": "good", "failed": "bad", "error": "unknown"}
    return table("Cases", columns, rows, key="cases", tones=tones)


def nights_table(nights: Sequence[Night]) -> Markup:
    """All nights with their figures: the data of the charts."""
    newest = nights[-1]
    columns = [
        Column("night", "number"), Column("date"), Column("commit", "code"), Column("verdict", "verdict"),
        *(Column(name, "number") for name, _ in PARTS),
        *(Column(name, "number") for name in (
            "cycles, % of newest", "thousand cycles/s", "coverage, %", "ULP", "mutants noticed, %", "minutes",
        )),
    ]  # fmt: skip
    rows: list[tuple[Value, ...]] = []
    for number, night in enumerate(nights, 1):
        past, counts = night.past, night.counts
        values = (
            night.cycles(newest),
            night.speed(newest),
            night.coverage,
            night.ulp,
            night.mutants,
            past.seconds / 60,
        )
        commit = f"{past.commit[:12]}{' and changes' if past.dirty else ''}"
        rows.append((
            number, past.date[:16].replace("T", " "), commit, past.verdict.value,
            *(sum(counts[standing] for standing in group) for _, group in PARTS),
            *(shown_number(value) for value in values),
        ))  # fmt: skip
    tones = {"passed": "good", "failed": "bad", "error": "unknown"}
    return table("All nights", columns, rows, key="nights", tones=tones)


def limits_table() -> Markup:
    """What is a regression, and why."""
    columns = [
        Column("measure"), Column("of"), Column("worse if"), Column("limit, %", "number"), Column("and", "number"),
        Column("reason"),
    ]  # fmt: skip
    rows = [(one.measure, one.of, one.worse, one.percent, one.least, one.reason) for one in trends.limits()]
    return table("Limits", columns, rows, key="limits", sortable=False)
