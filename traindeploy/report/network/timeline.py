# SPDX-License-Identifier: Apache-2.0
"""The timeline: what RedMule, cores, DMA and HyperBus did when, and what L1 and L2 held meanwhile."""

from collections.abc import Sequence

from markupsafe import Markup

from traindeploy.records.bench import OperatorResult
from traindeploy.records.program import Level
from traindeploy.report.figures import memory
from traindeploy.report.figures.cycles import OWNERS
from traindeploy.report.figures.measured import LANES, Item
from traindeploy.report.page import Section, chart, lanes, parts
from traindeploy.report.page.axis import Axis
from traindeploy.report.run_files import RunFiles
from traindeploy.report.text import LANE_NAMES, OWNER_NAMES, number

PHASES = ("forward", "backward", "update")
OTHER = 5  # the look of what works for no operator
LEGEND = [*enumerate(PHASES)]
NOT_RECORDED = "this run has no timeline.json or schedule.json; run it again with this version."


def sections(run: RunFiles, most: int) -> list[Section]:
    """Lanes of at most ``most`` bars."""
    if not run.result.operators and run.measured is None:
        return []
    if run.measured is None:
        body = parts.join(
            _by_operator(run.result.operators, run.result.cycles), parts.absent("What transfers did when", NOT_RECORDED)
        )
        return [Section("Timeline", body, note="operators from first call to completion")]
    items, merged = fewer(run.measured.all_items, most)
    phase = {op.index: PHASES.index(op.phase) for op in run.program.operators} if run.program is not None else {}
    drawn = [
        lanes.Lane(LANE_NAMES[lane], [_span(item, phase) for item in items if item.lane == lane]) for lane in LANES
    ]
    legend = [*LEGEND, *([(OTHER, "for no operator")] if any(i.operator < 0 for i in items) else [])]
    body = lanes.timeline(
        "What each part did when",
        drawn,
        max(run.result.cycles, 1),
        "cycles",
        legend=legend,
        elsewhere=("Tiles and transfers", "tiles-and-transfers"),
    )
    if merged:
        body = parts.join(
            body, parts.paragraph(f"Neighbours of one operator closer than {number(merged)} cycles are one bar.")
        )
    return [Section("Timeline", body, note="tiles on RedMule and cores, transfers of DMA and HyperBus")]


def fewer(items: Sequence[Item], most: int) -> tuple[list[Item], int]:
    """``items`` with neighbours of one lane and operator joined, so that at most ``most`` remain if that does it; and
    up to which distance in cycles they were joined, 0 if none was.
    """
    joined, distance = list(items), 0
    last = max((item.end for item in items), default=0)
    while len(joined) > most and distance <= last:
        distance = max(2 * distance, 16)
        joined = _join(joined, distance, anyway=distance > last // 256)
    return joined, distance


def _join(items: Sequence[Item], distance: int, *, anyway: bool) -> list[Item]:
    """Neighbours closer than ``distance`` as one; ``anyway``: also those of different operators, as the longer's."""
    result: list[Item] = []
    for item in items:
        before = result[-1] if result else None
        near = before is not None and before.lane == item.lane and item.begin - before.end < distance
        if before is None or not near or not (anyway or before.operator == item.operator):
            result.append(item)
            continue
        longer = max(before, item, key=lambda one: one.cycles)
        label = before.label if before.label == item.label else f"{before.label} ... {item.label}"
        result[-1] = Item(
            before.lane,
            before.begin,
            item.end,
            longer.operator,
            label if len(label) < 200 else before.label,
            before.slot,
            before.step,
            before.committed,
            before.bytes + item.bytes,
        )
    return result


def _span(item: Item, phase: dict[int, int]) -> lanes.Span:
    size = f", {number(item.bytes)} bytes" if item.bytes else ""
    tip = f"{item.label}: {number(item.cycles)} cycles from {number(item.begin)}, slot {item.slot}{size}"
    return lanes.Span(item.begin, item.cycles, tip, phase.get(item.operator, OTHER))


def critical_path(run: RunFiles, most: int) -> list[Markup]:
    """What the run waited for when, in the lanes of the timeline; empty if it is more than ``most`` pieces."""
    if not run.critical or len(run.critical) > most:
        return []
    known = {op.index: op for op in run.program.operators} if run.program is not None else {}
    spans: dict[str, list[lanes.Span]] = {owner: [] for owner in OWNERS}
    for s in run.critical:
        op = known.get(s.operator)
        tip = f"{OWNER_NAMES[s.owner]}{f' for {op.name}' if op else ''}: {number(s.cycles)} from {number(s.begin)}"
        spans[s.owner].append(lanes.Span(s.begin, s.cycles, tip, PHASES.index(op.phase) if op else OTHER))
    drawn = [lanes.Lane(OWNER_NAMES[owner], spans[owner]) for owner in OWNERS]
    legend = [*LEGEND, (OTHER, "for no operator")]
    where = ("Operators", "operators-table")
    title = "What the run waited for: its critical path"
    return [lanes.timeline(title, drawn, run.result.cycles, "cycles", legend=legend, elsewhere=where)]


def _by_operator(operators: Sequence[OperatorResult], cycles: int) -> Markup:
    """Without measurement: operators from first call to completion, by engine; they overlap."""
    names = {"redmule": LANE_NAMES["redmule"], "cores": LANE_NAMES["cores"]}
    drawn = [
        lanes.Lane(
            name,
            [
                lanes.Span(
                    op.start,
                    op.cycles,
                    f"{op.name}: {number(op.cycles)} cycles from {number(op.start)}",
                    PHASES.index(op.phase),
                )
                for op in operators
                if op.engine == engine
            ],
        )
        for engine, name in names.items()
    ]
    end = max([cycles, 1, *(op.end for op in operators)])
    return lanes.timeline(
        "Operators by engine", drawn, end, "cycles", legend=LEGEND, elsewhere=("Operators", "operators-table")
    )


def memory_over_time(run: RunFiles) -> list[Section]:
    """The bytes of L1 and L2 in use; empty without measurement."""
    measured = run.measured
    if run.schedule is None or measured is None or not measured.slots:
        return []
    charts = []
    levels: tuple[Level, ...] = ("L1", "L2")
    for look, level in enumerate(levels):
        points = stairs(memory.over_time(run.schedule, measured, level))
        peak = max(y for _, y in points)
        line = chart.Series(f"{level}, peak {number(peak)} bytes", points, line=True, look=look)
        axis = Axis("bytes", low=0)
        charts.append(
            chart.plot(
                f"{level} over time",
                [line],
                Axis("cycles", low=0, high=run.result.cycles),
                axis,
                elsewhere=("Slots", "slots-table"),
            )
        )
    said = parts.paragraph(
        "Bytes of the schedule's buffers that are alive; stacks, runtime and code are not among them."
    )
    return [
        Section("Memory over time", parts.join(said, *charts), note="from the live ranges of the program's buffers")
    ]


def stairs(points: Sequence[tuple[int, int]]) -> list[tuple[float, float]]:
    """The corners of the line that stays at a value until the next point.

    >>> stairs([(0, 0), (5, 8)])
    [(0, 0), (5, 0), (5, 8)]
    """
    corners: list[tuple[float, float]] = []
    for x, y in points:
        if corners:
            corners.append((x, corners[-1][1]))
        corners.append((x, y))
    return corners
