# SPDX-License-Identifier: Apache-2.0
"""A sweep over hardware as a Markdown table and as a page: what a step takes on each, and what each would cost."""

from markupsafe import Markup

from traindeploy.platform import FREQUENCY_HZ
from traindeploy.records.sweep import Sweep, Variant
from traindeploy.records.verdict import Verdict
from traindeploy.report import page
from traindeploy.report.page import Column, Section, Statement, chart, parts, table
from traindeploy.report.page.axis import Axis
from traindeploy.report.page.chart import Series
from traindeploy.report.page.tables import Cell, Value

CELLS = (
    "Cells are what yosys counts in td_soc before it maps to gates: bits of flip-flops and of the outputs of other "
    "cells. Memories are left out. They tell which of two configurations is larger, and no area in square millimetres."
)


def markdown(sweep: Sweep) -> str:
    """A table that can be pasted into a review; the fastest is the first."""
    names = list(sweep.variants[0].hardware)
    head = ["configuration", *names, "result", "cycles", "ms at 360 MHz", "FLOP/cycle", "cells"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for v in ordered(sweep):
        row = [v.name, *(str(v.hardware[n]) for n in names), v.verdict.value, *_figures(v)]
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines) + "\n"


def ordered(sweep: Sweep) -> list[Variant]:
    """The fastest first, those without a figure last."""
    return sorted(sweep.variants, key=lambda v: (not v.cycles, v.cycles, v.name))


def _figures(v: Variant) -> list[str]:
    cells = f"{v.cells:,}" if v.cells else "-"
    if not v.cycles:
        return ["-", "-", "-", cells]
    return [f"{v.cycles:,}", f"{1e3 * v.cycles / FREQUENCY_HZ:.2f}", f"{v.flop / v.cycles:.2f}", cells]


def render(sweep: Sweep) -> str:
    """The page's HTML."""
    passed = [v for v in sweep.variants if v.verdict is Verdict.PASSED]
    sentence = f"{len(passed)} of {len(sweep.variants)} configurations passed, each bit for bit."
    good = sweep.verdict is Verdict.PASSED
    sections = [
        Section("Cycles over cells", _plot(passed), note="left and low is better"),
        Section("Configurations", parts.join(_table(sweep), parts.paragraph(CELLS))),
        Section("Repeat it", parts.command(sweep.command)),
    ]
    statement = Statement("good" if good else "bad", sweep.verdict.value.upper(), sentence)
    return page.render(sweep.title, sections, statement=statement, contents=False)


def _plot(passed: list[Variant]) -> Markup:
    counted = [v for v in passed if v.cells]
    if not counted:
        return parts.absent("The plot", "no configuration passed whose cells were counted.")
    tips = [f"{v.name}: {v.cycles:,} cycles, {v.cells:,} cells" for v in counted]
    series = [Series("configuration", [(v.cells, v.cycles) for v in counted], tips)]
    front = [(v.cells, v.cycles) for v in pareto(counted)]
    if len(front) > 1:
        series.append(Series("none is smaller and faster", front, line=True))
    return chart.plot("Cycles over cells", series, Axis("cells"), Axis("cycles"))


def pareto(variants: list[Variant]) -> list[Variant]:
    """Those that no other one beats in cycles without having more cells, by cells."""
    found: list[Variant] = []
    for v in sorted(variants, key=lambda v: (v.cells, v.cycles)):
        if not found or v.cycles < found[-1].cycles:
            found.append(v)
    return found


def _table(sweep: Sweep) -> Markup:
    names = list(sweep.variants[0].hardware)
    columns = [
        Column("configuration", "link"),
        *(Column(name, "number") for name in names),
        Column("result", "verdict"),
    ]
    columns += [Column(name, "number") for name in ("cycles", "FLOP/cycle", "cells")]
    columns += [Column("failure")] if any(v.failure for v in sweep.variants) else []
    rows: list[list[Value]] = []
    for v in ordered(sweep):
        name = Cell(v.name, v.name, v.report) if v.report else v.name
        row: list[Value] = [name, *(v.hardware[n] for n in names), v.verdict.value.upper()]
        row += [v.cycles or None, round(v.flop / v.cycles, 2) if v.cycles else None, v.cells or None]
        rows.append([*row, v.failure] if columns[-1].heading == "failure" else row)
    return table("Configurations", columns, rows)
