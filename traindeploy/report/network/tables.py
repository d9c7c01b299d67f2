# SPDX-License-Identifier: Apache-2.0
"""The page's tables: operators, tiles and transfers, slots."""

from collections.abc import Mapping

from markupsafe import Markup

from traindeploy.records.bench import OperatorResult
from traindeploy.report.figures import memory
from traindeploy.report.figures.operators import View, views
from traindeploy.report.network.timeline import fewer
from traindeploy.report.page import Column, Section, parts, table
from traindeploy.report.page.tables import Cell, Value
from traindeploy.report.run_files import RunFiles
from traindeploy.report.text import LANE_NAMES, number

NUMBERS = ("cycles", "exclusive", "critical", "FLOP/cycle", "bytes", "error/bound", "ULP")


def sections(run: RunFiles, where: Mapping[int, str], most: int) -> list[Section]:
    """The tables with at most ``most`` rows each; ``where``: the address of each operator's details."""
    found = [Section("Operators", _operators(run, where, most), note="a name leads to its tiles, transfers and source")]
    if run.measured is not None:
        found += [_items(run, most), _slots(run, most)]
    return found


def _operators(run: RunFiles, where: Mapping[int, str], most: int) -> Markup:
    if not run.result.operators:
        return parts.absent("No operator", "none was complete in this run.")
    several = run.result.steps > 1
    details = {view.description.index: view for view in views(run)}
    head = ["step"] * several + ["operator", "kind", "on", "phase"]
    columns = [Column(name, "link" if name == "operator" else "number" if name == "step" else "text") for name in head]
    columns += [Column(name, "number") for name in NUMBERS]
    rows = [_operator(op, details.get(op.index), run, where) for op in run.result.operators[:most]]
    return table("Operators", columns, rows, key="operators-table")


def _operator(op: OperatorResult, view: View | None, run: RunFiles, where: Mapping[int, str]) -> tuple[Value, ...]:
    steps = run.result.steps
    split = (sum(view.exclusive.values()), sum(view.critical.values())) if view and run.measured is not None else None
    worst = view.worst if view is not None else None
    moved = view.moved("dma") + view.moved("hyperbus") if view is not None and run.schedule is not None else None
    first: tuple[Value, ...] = (op.step,) if steps > 1 else ()
    return (
        *first,
        Cell(op.name, op.name, where.get(op.index, "")),
        op.kind,
        LANE_NAMES.get(op.engine, op.engine),
        op.phase,
        op.cycles,
        split[0] // steps if split else None,
        split[1] // steps if split else None,
        round(op.flop_per_cycle, 2) if op.flop else None,
        moved,
        round(worst[1], 3) if worst else None,
        op.max_ulp,
    )


def _items(run: RunFiles, most: int) -> Section:
    assert run.measured is not None
    assert run.program is not None
    items, merged = fewer(sorted(run.measured.all_items, key=lambda item: (item.lane, item.begin)), most)
    names = {op.index: op.name for op in run.program.operators}
    several = run.result.steps > 1
    columns = [
        *([Column("step", "number")] * several),
        Column("on"),
        Column("what"),
        Column("for operator"),
        Column("slot", "number"),
        Column("from cycle", "number"),
        Column("cycles", "number"),
        Column("bytes", "number"),
    ]
    rows: list[tuple[Value, ...]] = [
        (
            *((item.step,) if several else ()),
            LANE_NAMES[item.lane],
            item.label,
            names.get(item.operator),
            item.slot,
            item.begin,
            item.cycles,
            item.bytes or None,
        )
        for item in sorted(items, key=lambda item: item.begin)
    ]
    body = table("Tiles and transfers", columns, rows, shown=20)
    if merged:
        body = parts.join(body, parts.paragraph(f"Neighbours closer than {number(merged)} cycles are one row."))
    return Section("Tiles and transfers", body, note="in the order in which they began", anchor="moves")


def _slots(run: RunFiles, most: int) -> Section:
    assert run.measured is not None
    assert run.schedule is not None
    count = len(run.schedule.slots)
    live = {level: memory.live_bytes(run.schedule.buffers, level, count) for level in ("L1", "L2")}
    columns = [
        Column(name, "number")
        for name in ("step", "slot", "from cycle", "cycles", "cores compute", "model's start", "L1 bytes", "L2 bytes")
    ]
    columns += [Column("RedMule and cores"), Column("waits for")]
    rows: list[tuple[Value, ...]] = []
    for slot in run.measured.slots[:most]:
        plan = run.schedule.slots[slot.number]
        waits = [LANE_NAMES[item.lane] for item in slot.awaited]
        works = dict.fromkeys(work.label for work in (*plan.jobs, *plan.calls))
        rows.append(
            (
                slot.step,
                slot.number,
                slot.begin,
                slot.end - slot.begin,
                slot.computed - slot.begin if plan.calls else None,
                plan.start,
                live["L1"][slot.number],
                live["L2"][slot.number],
                "; ".join(works),
                ", ".join(waits),
            )
        )
    body = table("Slots", columns, rows, key="slots-table", shown=20)
    return Section("Slots", body, note="a slot ends with a barrier of all cores")
