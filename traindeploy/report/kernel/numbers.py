# SPDX-License-Identifier: Apache-2.0
"""How right the numbers are: distances in ULP, error over bound, and the worst elements with their operands."""

import re
import struct
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from traindeploy.records.kernel import Element, KernelCase, KernelRecord
from traindeploy.report.page import Column, Section, chart, parts, table
from traindeploy.report.page.tables import Cell, Value

WORST = 5


def sections(record: KernelRecord) -> list[Section]:
    """Distances, errors over bound, the worst elements."""
    return [
        Section(
            "Distance from the machine model",
            _histogram(
                record.ulp_from_machine, "Elements by distance from the machine model", "distance, ULP", "elements"
            ),
            note="must be 0",
            half=True,
            anchor="ulp",
        ),
        Section(
            "Distance from the float64 model",
            _histogram(
                record.ulp_from_exact, "Elements by distance from float64", "distance, ULP of float32", "elements"
            ),
            note="what float32 costs",
            half=True,
            anchor="exact",
        ),
        Section("Error over bound", _shares(record), note="1 is the derived bound", anchor="bound"),
        Section("Worst elements", worst(record), note="with their operands, as numbers and bits", anchor="worst"),
    ]


def hexadecimal(value: float) -> str:
    """The bits of ``value`` as float32.

    >>> hexadecimal(1.0), hexadecimal(-0.0), hexadecimal(float("inf")), hexadecimal(1e300)
    ('0x3f800000', '0x80000000', '0x7f800000', '0x7f800000')
    """
    try:
        return f"0x{struct.pack('!f', value).hex()}"
    except OverflowError:  # finite, but no float32 is as large
        return "0x7f800000" if value > 0 else "0xff800000"


def worst(record: KernelRecord) -> Markup:
    """The first failing cases, then those of the largest error over bound."""
    failing = [case for case in record.cases if not case.passed and case.worst]
    others = sorted((case for case in record.cases if case.passed and case.worst), key=_share, reverse=True)
    chosen = [*failing[:WORST], *others[:WORST]]
    if not chosen:
        return parts.absent("The error of single elements", "no case of the record names its worst element.")
    return parts.join(*(_element(case, case.worst) for case in chosen if case.worst))


def _share(case: KernelCase) -> float:
    return -1.0 if case.share is None else case.share


def _histogram(counts: Mapping[str, int], title: str, x_label: str, y_label: str) -> Markup:
    if not any(counts.values()):
        return parts.absent(title, "no element was compared.")
    return chart.histogram(title, in_order(counts), x_label, y_label, log=True)


def in_order(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """The bins by the number that they begin with; those without one ("more", "NaN") behind.

    >>> in_order({"more": 1, "9-64": 2, "0": 3, "NaN": 4, "0.5-1": 5})
    [('0', 3), ('0.5-1', 5), ('9-64', 2), ('more', 1), ('NaN', 4)]
    """

    def low(item: tuple[str, int]) -> float:
        begun = re.match(r"\d+(\.\d+)?", item[0])
        return float(begun[0]) if begun else float("inf")

    return sorted(counts.items(), key=low)


def _shares(record: KernelRecord) -> Markup:
    measured = [case for case in record.cases if case.share is not None]
    if not measured or not any(record.shares.values()):
        return parts.absent("The error over its bound", "the definition leaves the values of all cases open.")
    top = max(measured, key=_share)
    left = len(record.cases) - len(measured)
    told = f"Largest: {top.share:.4g} of the bound, case {top.index} ({top.name})."
    told += f" {left:,} cases have values that the definition leaves open." if left else ""
    return parts.join(
        chart.histogram("Cases by largest error over bound", in_order(record.shares), "error over bound", "cases"),
        parts.paragraph(told),
        parts.command(top.command),
    )


def _element(case: KernelCase, element: Element) -> Markup:
    share = "open" if case.share is None else f"{case.share:.4g} of its bound"
    title = f"case {case.index}: {case.name}: {share}" + ("" if case.passed else f", {case.verdict.value}")
    columns = [Column("what"), Column("value"), Column("bits", "code")]
    rows: list[Sequence[Value]] = [
        ("came out", f"{element.got:.9g}", element.got_hex),
        ("machine model", f"{element.expected:.9g}", element.expected_hex),
        ("float64 model", f"{element.exact:.17g}", hexadecimal(element.exact)),
        ("error, bound", f"{element.error:.4g}, at most {element.bound:.4g}", None),
        ("distance", "a NaN is involved" if element.ulp < 0 else f"{element.ulp:,} ULP from the machine model", None),
    ]
    for name, values in element.operands.items():
        for place, value in enumerate(values):
            rows.append(
                (f"{name}[{place}]" if len(values) > 1 else name, Cell(value, f"{value:.9g}"), hexadecimal(value))
            )
    where = f"{element.output}[{', '.join(map(str, element.index))}]"
    inner = table(f"{where} of case {case.index}", columns, rows, key=f"worst-{case.index}", sortable=False)
    failure = parts.paragraph(case.failure) if case.failure else Markup("")
    body = parts.join(parts.paragraph(f"Element {where}."), failure, inner, parts.command(case.command))
    return parts.folded(title, body, is_open=not case.passed)
