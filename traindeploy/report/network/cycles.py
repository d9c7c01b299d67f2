# SPDX-License-Identifier: Apache-2.0
"""Where the cycles go: exclusive and critical-path cycles, by part of the chip and by kind of operator."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from traindeploy.report.figures.cycles import OWNERS, Owner, by_operator, by_owner
from traindeploy.report.figures.measured import NONE
from traindeploy.report.figures.operators import View, views
from traindeploy.report.network.timeline import critical_path
from traindeploy.report.page import Column, Section, lanes, parts, table
from traindeploy.report.page.tables import Value
from traindeploy.report.run_files import RunFiles
from traindeploy.report.text import LANE_NAMES, OWNER_NAMES, number

LONGEST = 10  # operators in the chart
EXCLUSIVE = (
    "Exclusive: in each cycle the first of these that is at work has it: RedMule's job, the cores' kernel call, "
    "the DMA's transfer, the HyperBus's transfer, else control (start-up, starting engines, reports, barriers). "
    "So the exclusive cycles of a transfer are those that no computation hides."
)
CRITICAL = (
    "Critical path: walked backwards from the end of the run, what had to end before it could go on. "
    "A slot ends when its cores have computed, or when core 0 has what it waits for, whichever is later; "
    "a transfer or job begins when core 0 commits it, or when the one before it in its queue is done. "
    "What is not on this path can be shortened without shortening the run."
)


@dataclass(frozen=True)
class Share:
    """What operators of a kind on an engine, or what no operator asked for, take of the run."""

    kind: str
    engine: str
    count: int
    exclusive: int
    critical: int
    span: int
    model: int
    measured: int
    flop: int


def shares(run: RunFiles) -> list[Share]:
    """By kind and engine, the most exclusive cycles first; exclusive and critical sum to the run's cycles."""
    groups: dict[tuple[str, str], list[View]] = defaultdict(list)
    for view in views(run):
        groups[view.description.kind, view.description.engine].append(view)
    rows = [
        Share(
            kind,
            LANE_NAMES[engine],
            len(group),
            sum(_sum(v.exclusive) for v in group),
            sum(_sum(v.critical) for v in group),
            sum(v.span for v in group),
            sum(v.model_cycles for v in group) * run.result.steps,
            sum(v.measured_cycles for v in group),
            sum(r.flop for v in group for r in v.results),
        )
        for (kind, engine), group in groups.items()
    ]
    rows += _rest(run, {view.description.index for view in views(run)})
    return sorted(rows, key=lambda row: (-row.exclusive, row.kind, row.engine))


def _rest(run: RunFiles, known: set[int]) -> list[Share]:
    """What belongs to no operator: control, and transfers that serve none."""
    sums: dict[Owner, list[int]] = {owner: [0, 0] for owner in OWNERS}
    for place, segments in enumerate((run.exclusive, run.critical)):
        for operator, owners in by_operator(segments).items():
            if operator == NONE or operator not in known:
                for owner, cycles in owners.items():
                    sums[owner][place] += cycles
    return [
        Share("no operator", OWNER_NAMES[owner], 0, both[0], both[1], 0, 0, 0, 0)
        for owner, both in sums.items()
        if any(both)
    ]


def sections(run: RunFiles, most: int) -> list[Section]:
    """The two ways side by side, and by kind of operator; the path is drawn if it has at most ``most`` pieces."""
    if run.measured is None or not run.result.cycles:
        return []
    total = run.result.cycles
    rows = [
        lanes.Bar(name, [by_owner(segments)[owner] for owner in OWNERS], number(total))
        for name, segments in (("exclusive", run.exclusive), ("critical path", run.critical))
    ]
    names = [OWNER_NAMES[owner] for owner in OWNERS]
    bars = lanes.bars("Cycles of the run by part of the chip", names, rows, total=total)
    columns = [
        Column("operator"),
        Column("on"),
        *(
            Column(name, "number")
            for name in (
                "count",
                "exclusive",
                "%",
                "critical path",
                "% of it",
                "call to end",
                "model",
                "measured",
                "FLOP/cycle",
            )
        ),
    ]
    found = shares(run)
    body: list[tuple[Value, ...]] = [
        (
            s.kind,
            s.engine,
            s.count or None,
            s.exclusive,
            round(100 * s.exclusive / total, 2),
            s.critical,
            round(100 * s.critical / total, 2),
            s.span or None,
            s.model or None,
            s.measured or None,
            round(s.flop / s.measured, 2) if s.flop and s.measured else None,
        )
        for s in found
    ]
    said = (
        f"Exclusive cycles sum to {number(sum(s.exclusive for s in found))}, critical-path cycles to "
        f"{number(sum(s.critical for s in found))}: each to the run's {number(total)}. "
        "Call to end, from an operator's first call to its completion, overlaps between operators and sums to more. "
        "Model and measured are the cycles of its tiles, by the cost model and by the RTL."
    )
    return [
        Section(
            "Where the cycles go",
            parts.join(
                bars,
                *critical_path(run, most),
                *_longest(run, names),
                table("Cycles by kind of operator", columns, body),
                parts.paragraph(said),
                parts.paragraph(EXCLUSIVE),
                parts.paragraph(CRITICAL),
            ),
            note="each cycle once, in two ways",
        )
    ]


def _longest(run: RunFiles, names: list[str]) -> list[Markup]:
    """The operators with the most cycles on the critical path, and what they spend them on."""
    found = sorted(views(run), key=lambda view: -_sum(view.critical))[:LONGEST]
    rows = [
        lanes.Bar(view.name, [view.critical[owner] for owner in OWNERS], number(_sum(view.critical)))
        for view in found
        if _sum(view.critical)
    ]
    return [lanes.bars("Operators that the critical path goes through longest", names, rows)] if rows else []


def _sum(split: Mapping[Owner, int]) -> int:
    return sum(split.values())
