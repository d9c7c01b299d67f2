# SPDX-License-Identifier: Apache-2.0
"""``traindeploy compare --format html``: the comparison as a page."""

from markupsafe import Markup

from traindeploy.records.comparison import Comparison, OperatorPair, Side
from traindeploy.records.verdict import Verdict
from traindeploy.report import page
from traindeploy.report.compare import change_text, value_text
from traindeploy.report.page import Column, Section, Statement, parts, table
from traindeploy.report.page.shell import Tone
from traindeploy.report.page.tables import Cell, Value

TONES: dict[Verdict, Tone] = {Verdict.PASSED: "good", Verdict.FAILED: "bad", Verdict.ERROR: "unknown"}
COLUMNS = (
    *("change", "cycles A", "cycles B", "critical A", "critical B", "exclusive A", "exclusive B"),
    *("bytes A", "bytes B", "ULP A", "ULP B"),
)


def render(comparison: Comparison) -> str:
    """The page's HTML."""
    sections = [
        *(Section(f"Run {name}", _side(side), half=True) for name, side in (("A", comparison.a), ("B", comparison.b))),
    ]
    if comparison.differences:
        rows = [(d.name, str(d.a), str(d.b)) for d in comparison.differences]
        sections.append(
            Section("What differs", table("What differs", [Column(name) for name in ("option", "A", "B")], rows))
        )
    sections += [Section("Figures", _figures(comparison)), Section("Operators", _operators(comparison))]
    tone: Tone = "bad" if comparison.worse else TONES[comparison.b.verdict]
    word = "WORSE" if comparison.worse else comparison.b.verdict.value.upper()
    return page.render("Run B against run A", sections, statement=Statement(tone, word, " ".join(comparison.summary)))


def _side(side: Side) -> Markup:
    commit = f"{side.commit[:12] or 'no Git checkout'}{', with changes that are not committed' if side.dirty else ''}"
    told = [
        ("Run", side.run),
        ("Verdict", side.verdict.value),
        ("Failure", side.failure or "none"),
        ("Commit", commit),
        ("Date", side.date),
    ]
    return parts.join(parts.facts(told), parts.command(side.command))


def _figures(comparison: Comparison) -> Markup:
    columns = [
        Column("figure"),
        Column("A", "number"),
        Column("B", "number"),
        Column("unit"),
        Column("change", "number"),
    ]
    rows: list[tuple[Value, ...]] = [
        (f.name, _cell(f.a), _cell(f.b), f.unit, Cell(f.change if f.change is not None else "", change_text(f)))
        for f in comparison.figures
    ]
    return table("Figures", columns, rows)


def _operators(comparison: Comparison) -> Markup:
    columns = [Column("operator"), Column("kind"), Column("engine"), *(Column(name, "number") for name in COLUMNS)]
    return table("Operators, most changed first", columns, [_row(pair) for pair in comparison.operators], key="pairs")


def _row(pair: OperatorPair) -> tuple[Value, ...]:
    engines = " -> ".join(dict.fromkeys(filter(None, (pair.engine_a, pair.engine_b))))
    return (
        *(pair.name, pair.kind, engines, Cell(pair.weight, f"{pair.weight:+,}"), pair.span_a, pair.span_b),
        *(pair.critical_a, pair.critical_b, pair.exclusive_a, pair.exclusive_b),
        *(pair.bytes_a, pair.bytes_b, pair.ulp_a, pair.ulp_b),
    )


def _cell(value: float | None) -> Value:
    return None if value is None else Cell(value, value_text(value))
