# SPDX-License-Identifier: Apache-2.0
"""What the cases reached: functional bins, and lines and branches of the kernel's C."""

from collections.abc import Sequence

from markupsafe import Markup

from traindeploy.records.kernel import KernelRecord
from traindeploy.records.verdict import CoveragePoint
from traindeploy.report.kernel.share import percent
from traindeploy.report.page import Column, Section, parts, table
from traindeploy.report.page.tables import Value

PLURALS = {"branch": "branches"}
REASONS = {
    "functional": "the record has no functional coverage.",
    "firmware": "the record has none; the host's gcc and gcov are needed for it.",
}


def is_firmware(point: CoveragePoint) -> bool:
    """Whether the point is a file of the firmware."""
    return point.metric != "functional" and point.name.endswith((".c", ".h", ".S"))


def sections(record: KernelRecord) -> list[Section]:
    """A section a kind of coverage, each with its holes."""
    points = record.coverage
    functional = [point for point in points if point.metric == "functional"]
    firmware = [point for point in points if is_firmware(point)]
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
