# SPDX-License-Identifier: Apache-2.0
"""How fast it is: cycles over shape and over the model, the roofline, stalls by cause."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields

from markupsafe import Markup

from traindeploy.records.bench import CoreCounters, RedmuleCounters
from traindeploy.records.kernel import Ceiling, KernelCase, KernelRecord
from traindeploy.report.page import Column, Section, chart, parts, table
from traindeploy.report.page.axis import Axis
from traindeploy.report.page.chart import Roof, Series
from traindeploy.report.page.lanes import Bar, bars
from traindeploy.report.page.tables import Value

CASES = ("Cases", "case-table")
# Names of the counters, as a reader says them; those of no cause are left out of the stalls.
CORE_CAUSES = {
    "load_stall": "waiting for a load",
    "tcdm_conflict": "L1 bank conflict",
    "fetch_stall": "instruction fetch",
    "fpu_contention": "shared FPU busy",
    "asleep": "asleep at a barrier",
}
REDMULE_CAUSES = {"stalled": "operands not there", "tcdm_conflict": "L1 bank conflict"}


def sections(record: KernelRecord) -> list[Section]:
    """Cycles, model, roofline, stalls."""
    return [
        Section(
            "Cycles over shape",
            _over_shape(record),
            note="measured on the RTL, and modelled",
            half=True,
            anchor="cycles",
        ),
        Section("Measured over modelled", _over_model(record), note="the line is the model", half=True, anchor="model"),
        Section("Roofline", _roofline(record), half=True, anchor="roofline"),
        Section("Stalls by cause", _stalls(record), note="cycles of all cases", half=True, anchor="stalls"),
    ]


def timed(record: KernelRecord) -> list[KernelCase]:
    """The cases that ended, and computed something."""
    return [case for case in record.cases if case.cycles > 0 and case.elements > 0]


def _groups(cases: Sequence[KernelCase]) -> dict[str, list[KernelCase]]:
    """Cases by what computes them: all eight cores, fewer, or an engine."""
    groups: dict[str, list[KernelCase]] = defaultdict(list)
    for case in cases:
        if case.engine == "redmule":
            groups["RedMule"].append(case)
        else:
            groups["8 cores" if case.cores == 8 else "1 to 7 cores"].append(case)
    return dict(sorted(groups.items()))  # the fewer cores below the more, where they overlap


def _tip(case: KernelCase) -> str:
    model = f", model {case.cycles_model:,}" if case.cycles_model else ""
    who = "RedMule" if case.engine == "redmule" else f"{case.cores} cores"
    return f"case {case.index}: {case.shape}, {who}: {case.cycles:,} cycles{model}"


def _over_shape(record: KernelRecord) -> Markup:
    """Cycles over what there is to do: multiply-accumulates where they are counted, else elements."""
    cases = timed(record)
    if not cases:
        return parts.absent("Time", "no case ended.")
    products = all(case.flop > 0 for case in cases)

    def size(case: KernelCase) -> int:
        return case.flop // 2 if products else case.elements

    series = [
        Series(name, [(size(case), case.cycles) for case in members], [_tip(case) for case in members], look=2 * i)
        for i, (name, members) in enumerate(_groups(cases).items())
    ]
    largest = max(_groups(cases).items(), key=lambda item: len(item[1]))
    modelled = [(size(case), case.cycles_model) for case in largest[1] if case.cycles_model > 0]
    what = "multiply-accumulates" if products else "elements of the outputs"
    x, y = Axis(what, log=True), Axis("cycles", log=True)
    if modelled:
        series.append(Series(f"model, {largest[0]}", _line(modelled), line=True, look=1))
    drawn = chart.plot(f"Cycles over {what}", series, x, y, elsewhere=CASES)
    if not modelled:
        return drawn
    note = (
        f"The line is the median of the modelled cycles of {len(modelled):,} cases ({largest[0]}) of about that size."
    )
    return parts.join(drawn, parts.paragraph(note))


def _line(points: Sequence[tuple[int, int]], most: int = 60) -> list[tuple[float, float]]:
    """Medians of ``points`` by their first value, in at most ``most`` groups of equal size."""
    ordered = sorted(points)
    groups: list[list[tuple[int, int]]] = []
    size = max(len(ordered) // most, 1)
    for start in range(0, len(ordered), size):
        groups.append(ordered[start : start + size])
    return [(group[len(group) // 2][0], sorted(y for _, y in group)[len(group) // 2]) for group in groups]


def _over_model(record: KernelRecord) -> Markup:
    cases = [case for case in timed(record) if case.cycles_model > 0]
    if not cases:
        return parts.absent("The cost model", "no case that ended has a modelled time.")
    low, high = min(case.cycles_model for case in cases), max(case.cycles_model for case in cases)
    series = [
        Series(
            name, [(case.cycles_model, case.cycles) for case in members], [_tip(case) for case in members], look=2 * i
        )
        for i, (name, members) in enumerate(_groups(cases).items())
    ]
    series.append(Series("as modelled", [(low, low), (high, high)], line=True, look=1))
    x, y = Axis("modelled cycles", log=True), Axis("measured cycles", log=True)
    drawn = chart.plot("Measured over modelled cycles", series, x, y, elsewhere=CASES)
    if not record.model_ratio:
        return drawn
    columns = [
        Column("on"),
        *(
            Column(name, "number")
            for name in ("cases", "least", "10\N{NO-BREAK SPACE}%", "median", "90\N{NO-BREAK SPACE}%", "largest")
        ),
    ]
    rows: list[list[Value]] = [
        [f"{r.engine}, {r.configuration}", r.cases, r.least, r.tenth, r.median, r.ninetieth, r.largest]
        for r in record.model_ratio
    ]
    return parts.join(drawn, table("Measured over modelled cycles, all cores", columns, rows, key="ratio-table"))


def _roofline(record: KernelRecord) -> Markup:
    cases = [case for case in timed(record) if case.bytes > 0]
    if not cases or not record.ceilings:
        return parts.absent("The distance to what the machine can do", "the record has no bytes, or no ceilings.")
    counted = [case for case in cases if case.flop > 0]
    if counted:
        series = [
            Series(
                name,
                [(case.flop / case.bytes, case.flop / case.cycles) for case in members],
                [f"case {case.index}: {case.shape}: {case.flop / case.cycles:.2f} FLOP/cycle" for case in members],
                look=2 * i,
            )
            for i, (name, members) in enumerate(_groups(counted).items())
        ]
        return chart.roofline("FLOP/cycle over FLOP/byte", series, _roofs(record.ceilings), elsewhere=CASES)
    series = [
        Series(
            name,
            [(case.bytes, case.bytes / case.cycles) for case in members],
            [f"case {case.index}: {case.shape}: {case.bytes / case.cycles:.2f} bytes/cycle" for case in members],
            look=2 * i,
        )
        for i, (name, members) in enumerate(_groups(cases).items())
    ]
    span = min(case.bytes for case in cases), max(case.bytes for case in cases)
    ceilings = {f"{c.engine}, {c.configuration}": c.bytes_per_cycle for c in record.ceilings}
    for i, (name, rate) in enumerate(ceilings.items()):
        series.append(Series(f"L1 to {name}", [(at, rate) for at in span], line=True, look=1 + 2 * i))
    x, y = Axis("bytes of operands and outputs", log=True), Axis("bytes/cycle", log=True)
    return parts.join(
        parts.paragraph("The kernel has no multiply-accumulates that count as FLOP: its roof is the memory's."),
        chart.plot("Bytes/cycle over bytes", series, x, y, elsewhere=CASES),
    )


def _roofs(ceilings: Sequence[Ceiling]) -> list[Roof]:
    found: dict[str, Roof] = {}
    for ceiling in ceilings:
        name = f"{ceiling.engine}, {ceiling.configuration}"
        found[f"{name}: FLOP"] = Roof(f"{name}: {ceiling.flop_per_cycle:g} FLOP/cycle", peak=ceiling.flop_per_cycle)
        found[f"{name}: L1"] = Roof(f"{name}: {ceiling.bytes_per_cycle:g} B/cycle", slope=ceiling.bytes_per_cycle)
    return list(found.values())


def _stalls(record: KernelRecord) -> Markup:
    blocks = []
    cores = [case.stalls for case in record.cases if case.stalls]
    if cores:
        blocks.append(_causes("Cycles of the cores, by cause", cores, CORE_CAUSES, "active"))
    engine = [case.redmule for case in record.cases if case.redmule]
    if engine:
        blocks.append(_causes("Cycles of RedMule, by cause", engine, REDMULE_CAUSES, "busy"))
    if not blocks:
        return parts.absent("Why cycles are lost", "no case of the record read the counters.")
    return parts.join(*blocks)


def _causes(
    title: str, counters: Sequence[CoreCounters] | Sequence[RedmuleCounters], names: dict[str, str], whole: str
) -> Markup:
    """A bar a cause, as a share of the cycles at work (``whole``); a counter without a name has its own."""
    sums = {field.name: sum(getattr(c, field.name) for c in counters) for field in fields(counters[0])}
    total = sums.pop(whole)
    rows = [
        Bar(names.get(name, name), (value,), f"{value:,}" + (f" ({100 * value / total:.1f} %)" if total else ""))
        for name, value in sums.items()
    ]
    told = f"{total:,} cycles {whole}, in {len(counters):,} cases; in brackets each cause as a share of them."
    return parts.join(bars(title, ["cycles"], rows), parts.paragraph(told))
