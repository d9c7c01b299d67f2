# SPDX-License-Identifier: Apache-2.0
"""What the cases reached: functional bins, lines of the firmware, lines, branches and toggles of the RTL, mutants."""

from collections.abc import Sequence

from markupsafe import Markup

from traindeploy.records.kernel import KernelRecord
from traindeploy.records.verdict import CoveragePoint
from traindeploy.report.page import Column, Section, parts, table
from traindeploy.report.page.tables import Value

PLURALS = {"branch": "branches"}
RTL_METRICS = ("line", "branch", "toggle")
REASONS = {
    "functional": "the record has no functional coverage.",
    "firmware": "the record has none; the host's gcc and gcov are needed for it.",
    **dict.fromkeys(
        RTL_METRICS, "the simulator of these cases counts none; `make nightly` measures the engines' own benches."
    ),
}


def is_firmware(point: CoveragePoint) -> bool:
    """Whether the point is a file of the firmware."""
    return point.metric != "functional" and point.name.endswith((".c", ".h", ".S"))


def sections(record: KernelRecord) -> list[Section]:
    """A section a kind of coverage, each with its holes, and the mutants."""
    points = record.coverage
    functional = [point for point in points if point.metric == "functional"]
    firmware = [point for point in points if is_firmware(point)]
    rtl = [point for point in points if point.metric in RTL_METRICS and not is_firmware(point)]
    return [
        Section(
            "Functional coverage",
            covered("Functional coverage", functional, "bin")
            if functional
            else parts.absent("Functional coverage", REASONS["functional"]),
            note="bins that the cases reached",
            half=True,
            anchor="functional",
        ),
        Section(
            "Firmware coverage",
            _firmware(firmware, record.note),
            note="of the kernel's C, on the host",
            half=True,
            anchor="firmware",
        ),
        Section("RTL coverage", _rtl(rtl), note="of the engine while these cases ran", half=True, anchor="rtl"),
        Section(
            "Mutants", _mutants(record), note="would a defect of this kernel be noticed?", half=True, anchor="mutants"
        ),
    ]


def covered(title: str, points: Sequence[CoveragePoint], what: str) -> Markup:
    """Figures by point, and below them every hole and every exclusion with its reason."""
    columns = [
        Column("where", "code"),
        *(Column(name, "number") for name in (PLURALS.get(what, f"{what}s"), "hit", "%")),
    ]
    rows: list[list[Value]] = [
        [point.name, point.stated, point.hit, percent(point.hit, point.stated)] for point in points
    ]
    blocks = [table(title, columns, rows)]
    for point in points:
        if point.holes:
            blocks.append(parts.folded(f"{point.name}: {len(point.holes):,} not hit", _listed(point.holes)))
        if point.excluded:
            blocks.append(
                parts.folded(f"{point.name}: {len(point.excluded):,} not counted, and why", _listed(point.excluded))
            )
    if not any(point.holes for point in points):
        blocks.append(
            parts.paragraph("Nothing else is missing." if any(p.excluded for p in points) else "Nothing is missing.")
        )
    return parts.join(*blocks)


def percent(part: int, whole: int) -> float | None:
    """Rounded down, so that 100 means all."""
    return None if not whole else int(1000 * part / whole) / 10


def _listed(items: Sequence[str], most: int = 200) -> Markup:
    shown = [parts.code(item) for item in items[:most]]
    rest = [f"and {len(items) - most:,} more"] if len(items) > most else []
    return parts.bullets([*shown, *rest])


def _firmware(points: Sequence[CoveragePoint], why: str) -> Markup:
    if not points:
        return parts.absent("What ran of the kernel's source", why or REASONS["firmware"])
    blocks = [
        parts.paragraph(
            "Measured by gcov on the same C, compiled for the host without optimisation, with these cases' operands: "
            "the hardware has no such counters. Assembler, which the RTL alone runs, is not counted."
        )
    ]
    for metric, name in (("line", "Lines"), ("branch", "Branches")):
        of_metric = [point for point in points if point.metric == metric]
        if of_metric:
            blocks.append(covered(f"{name} of the kernel", of_metric, metric))
    return parts.join(*blocks)


def _rtl(points: Sequence[CoveragePoint]) -> Markup:
    blocks = []
    for metric in RTL_METRICS:
        of_metric = [point for point in points if point.metric == metric]
        name = f"{metric.capitalize()} coverage of the RTL"
        blocks.append(covered(name, of_metric, metric) if of_metric else parts.absent(name, REASONS[metric]))
    return parts.join(*blocks)


def _mutants(record: KernelRecord) -> Markup:
    if not record.mutants:
        return parts.absent("Whether a defect would be noticed", "no mutation run has a record of this kernel.")
    survivors = [mutant for mutant in record.mutants if not mutant.killed]
    killed = [mutant for mutant in record.mutants if mutant.killed]
    rate = percent(len(killed), len(record.mutants))
    blocks = [parts.meter(len(killed) / len(record.mutants), f"{rate:g} % of {len(record.mutants)} killed")]
    columns = [Column("mutant", "code"), Column("place", "code"), Column("change", "code"), Column("why it may live")]
    if survivors:
        rows: list[list[Value]] = [[m.name, m.place, m.change, m.by or "NOT EXPLAINED"] for m in survivors]
        blocks.append(table("Surviving mutants", columns, rows, key="survivor-table"))
    else:
        blocks.append(parts.paragraph("None survives."))
    if killed:
        dead: list[list[Value]] = [[m.name, m.place, m.change, m.by] for m in killed]
        blocks.append(
            parts.folded(
                f"{len(killed)} killed",
                table("Killed mutants", [*columns[:3], Column("noticed by")], dead, key="killed-table"),
            )
        )
    return parts.join(*blocks)
