# SPDX-License-Identifier: Apache-2.0
"""The dashboard: one page over the nights of a plan, from the history alone."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from markupsafe import Markup

from traindeploy.errors import UserError
from traindeploy.records.regression import GREEN, JobSummary
from traindeploy.records.verdict import Verdict
from traindeploy.regress import dashboard_tables, trends
from traindeploy.regress.buckets import grouped
from traindeploy.regress.dashboard_tables import JOB_TONES, PARTS, shown_number
from traindeploy.regress.history import History, Past
from traindeploy.regress.trends import Changes, Night, Worse
from traindeploy.report import page
from traindeploy.report.page import Column, Section, Statement, Tile, chart, lanes, parts, table
from traindeploy.report.page.axis import Axis
from traindeploy.report.page.shell import Tone
from traindeploy.report.page.tables import Value
from traindeploy.report.text import duration

PAGE = "dashboard.html"  # in a regression's folder
SHOWN, BARS = 30, 14  # nights
NAMED = 8  # cases of a group of failures
TONES: dict[Verdict, Tone] = {Verdict.PASSED: "good", Verdict.FAILED: "bad", Verdict.ERROR: "unknown"}
WORDS = {Verdict.PASSED: "PASSED", Verdict.FAILED: "FAILED", Verdict.ERROR: "NO VERDICT"}


def render(history: History, plan: str, ident: str = "") -> str:
    """The page of regression ``ident`` (empty: the newest of ``plan``) against the nights before it."""
    past = history.regressions(plan)
    if ident:
        past = past[: 1 + next((i for i, one in enumerate(past) if one.id == ident), -1)]
    if not past:
        raise UserError(f"{history.path}: no regression of plan {plan!r} is remembered")
    nights = [trends.night(history, one) for one in past[-SHOWN:]]
    now = nights[-1]
    green = history.last_green(plan, now.past.date)
    base = trends.night(history, green) if green else None
    changed = trends.changes(base, now, trends.limits()) if base else Changes()
    found = history.bisections()
    sections = [
        Section("What has changed", _changes(base, now, changed), note=_against(green)),
        Section("Nights", _verdicts(nights), note="the newest last"),
        Section("Failures by message", _failures(now, found)),
        Section("Beyond the limits", _worse(base, changed.worse), note=_against(green)),
        *_trends(nights),
        Section("Jobs", dashboard_tables.jobs(nights), note="seconds of wall time, night by night"),
        Section("Cases", dashboard_tables.cases(nights)),
        Section("All nights", dashboard_tables.nights_table(nights)),
        Section("Limits", dashboard_tables.limits_table()),
    ]
    counts = now.counts
    bad = sum(count for standing, count in counts.items() if standing not in GREEN)
    return page.render(
        f"Regressions: {plan}",
        sections,
        statement=Statement(TONES[now.past.verdict], WORDS[now.past.verdict], _sentence(now, changed)),
        subtitle=f"{len(nights)} nights to {now.past.date[:16].replace('T', ' ')} UTC",
        tiles=[
            Tile(f"{len(now.jobs) - bad} of {len(now.jobs)}", "jobs are green"),
            Tile(f"{len(changed.failing)}", "fail that passed"),
            Tile(f"{len(changed.worse)}", "measures beyond their limits"),
            Tile(duration(now.past.seconds), "wall time"),
        ],
        provenance=_origin(now.past),
    )


def _sentence(now: Night, changed: Changes) -> str:
    counts = ", ".join(f"{count} {standing.value}" for standing, count in now.counts.items() if count)
    return f"{counts or 'no job'}; {len(changed.failing)} fail that passed in the last green night."


def _against(green: Past | None) -> str:
    return f"against {green.date[:10]}, commit {green.commit[:12]}, the last green one" if green else "none was green"


def _changes(base: Night | None, now: Night, changed: Changes) -> Markup:
    if base is None:
        return parts.absent("A change", "no earlier regression of this plan was green.")
    rows: list[tuple[Value, ...]] = []
    for what, names in (
        ("fails now", changed.failing),
        ("passes again", changed.mended),
        ("new", changed.appeared),
        ("gone", changed.gone),
    ):
        rows += [(what, name, now.jobs[name].standing.value if name in now.jobs else "") for name in names]
    commits = parts.command(f"git log --oneline {base.past.commit[:12]}..{now.past.commit[:12]}")
    if not rows:
        return parts.join(parts.paragraph("Every job stands as it did."), commits)
    columns = [Column("change"), Column("job", "code"), Column("standing", "verdict")]
    return parts.join(table("What has changed", columns, rows, key="changes", tones=JOB_TONES), commits)


def _verdicts(nights: Sequence[Night]) -> Markup:
    rows = []
    for night in nights[-BARS:]:
        counts = night.counts
        day = night.past.date[5:10].replace("-", "\N{NON-BREAKING HYPHEN}")
        values = [float(sum(counts[standing] for standing in group)) for _, group in PARTS]
        rows.append(lanes.Bar(f"{day} {night.past.commit[:7]}", values))
    return lanes.bars("Jobs by standing", [name for name, _ in PARTS], rows)


def _failures(now: Night, found: dict[str, dict[str, object]]) -> Markup:
    bad = [job for job in now.jobs.values() if job.standing not in GREEN]
    if not bad:
        return parts.paragraph("There is none.")
    blocks: list[Markup] = []
    for message, jobs in grouped(bad):
        head = f"{len(jobs)} x {jobs[0].standing.value}: {message or 'without a message'}"
        names = [parts.code(job.name) for job in jobs[:NAMED]]
        if len(jobs) > NAMED:
            names.append(parts.code(f"and {len(jobs) - NAMED} more"))
        body = [parts.paragraph(jobs[0].failure), parts.bullets(names), _first_bad(jobs, found)]
        body.append(parts.command(jobs[0].repeat))
        blocks.append(parts.folded(head, parts.join(*body), is_open=len(blocks) < 3))
    return parts.join(*blocks)


def _first_bad(jobs: Sequence[JobSummary], found: dict[str, dict[str, object]]) -> Markup:
    for job in jobs:
        if (known := found.get(job.name)) is not None:
            commits = known["commits"]
            assert isinstance(commits, list)
            certain = "First bad commit" if len(commits) == 1 else f"First bad commit, one of {len(commits)}"
            return parts.paragraph(
                f"{certain}: {commits[0][:12]} {known['subject']} ({known['author']}, {known['date']})"
            )
    return parts.command(f"traindeploy bisect {jobs[0].name}")


def _worse(base: Night | None, found: Sequence[Worse]) -> Markup:
    if base is None:
        return parts.absent("A regression", "no earlier regression of this plan was green.")
    if not found:
        return parts.paragraph("There is none.")
    columns = [
        Column("measure"), Column("case", "code"), Column("before", "number"), Column("after", "number"),
        Column("change, %", "number"), Column("limit"),
    ]  # fmt: skip
    rows = [
        (one.limit.measure, one.name or "the whole night", shown_number(one.before), shown_number(one.after),
         _percent(one), _limit_text(one.limit))
        for one in sorted(found, key=_severity)
    ]  # fmt: skip
    return table("Beyond the limits", columns, rows, key="worse")


def _severity(one: Worse) -> tuple[bool, str, float]:
    return one.limit.of == "case", one.limit.measure, -abs(_percent(one) or math.inf)


def _limit_text(limit: trends.Limit) -> str:
    """``more by 50 % and 30``."""
    sizes = [f"{limit.percent:g} %"] * bool(limit.percent) + [f"{limit.least:g}"] * bool(limit.least)
    return f"{limit.worse}{' by ' if sizes else ''}{' and '.join(sizes)}"


def _percent(one: Worse) -> float | None:
    if not one.before or not math.isfinite(one.after):
        return None
    return round(100 * (one.after / one.before - 1), 2)


def _trends(nights: Sequence[Night]) -> list[Section]:
    newest = nights[-1]
    measures: tuple[tuple[str, str, Callable[[Night], float | None], str], ...] = (
        ("Cycles", "% of the newest night", lambda night: night.cycles(newest), "no case ran in both."),
        ("Simulation speed", "thousand cycles/s", lambda night: night.speed(newest), "no case has cycles."),
        ("Functional coverage", "% of bins hit", lambda night: night.coverage, "no case has coverage points."),
        ("Largest error", "ULP", lambda night: night.ulp, "no case compares with the machine model."),
        ("Mutation score", "% noticed", lambda night: night.mutants, "no mutant was tried."),
        ("Wall time", "minutes", lambda night: night.past.seconds / 60, ""),
    )  # fmt: skip
    shown = sorted(measures, key=lambda one: all(one[2](night) is None for night in nights))  # what is missing, last
    return [
        Section(name, _trend(name, unit, nights, [of(night) for night in nights], why), half=True)
        for name, unit, of, why in shown
    ]


def _trend(name: str, unit: str, nights: Sequence[Night], values: Sequence[float | None], why: str) -> Markup:
    known = [(number, value) for number, value in enumerate(values, 1) if value is not None and math.isfinite(value)]
    if not known:
        return parts.absent(name, why)
    tips = [f"{_label(nights[number - 1].past)}: {value:.6g} {unit}" for number, value in known]
    spread = [value for _, value in known]
    low = None if min(spread) < 0.5 * max(spread) or not max(spread) else min(spread) * 0.99
    series = [
        chart.Series(name, known, line=True, look=0, quiet=True),
        chart.Series("night", known, tips=tips, look=0),
    ]
    axis = Axis(unit, low=low, high=max(spread) * 1.01 if low is not None else None)
    return chart.plot(f"{name} over nights", series, Axis("night", low=0), axis, elsewhere=("All nights", "nights"))


def _label(past: Past) -> str:
    return f"{past.date[:10]}, {past.commit[:8] or 'no commit'}{', changed' if past.dirty else ''}"


def _origin(past: Past) -> list[tuple[str, str]]:
    return [
        ("Regression", past.id),
        ("Commit", f"{past.commit or 'none'}{', with changes that are not committed' if past.dirty else ''}"),
        ("Date", past.date),
        ("Machine", past.machine),
        ("Versions", ", ".join(f"{name} {version}" for name, version in sorted(past.tools.items()))),
    ]


def write(history: History, plan: str, path: Path, ident: str = "") -> Path:
    """Write the page, whole or not at all."""
    page.write(render(history, plan, ident), path)
    return path
