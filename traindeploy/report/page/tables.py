# SPDX-License-Identifier: Apache-2.0
"""Tables that sort and filter; the rows behind the first hundred travel as JSON and become rows when they are shown."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from markupsafe import Markup

from traindeploy.report.page.shell import local, slug

Kind = Literal["text", "number", "code", "verdict", "command", "link"]
SHOWN = 100  # rows in the HTML itself: what is read without a script, and printed
MARKS = {"PASSED": "good", "FAILED": "bad"}


@dataclass(frozen=True)
class Cell:
    """A value to sort by, the text that stands for it, and for a link where it leads."""

    value: str | int | float
    text: str
    address: str = ""


Value = str | int | float | bool | Cell | Markup | None


@dataclass(frozen=True)
class Column:
    """A column; ``prefix`` begins every cell of a ``command`` column, so that it is stored once."""

    heading: str
    kind: Kind = "text"
    prefix: str = ""


def table(
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Value]],
    *,
    key: str = "",
    sortable: bool = True,
    shown: int = SHOWN,
    tones: dict[str, str] | None = None,
) -> Markup:
    """A table with ``caption`` (read to who does not see it).

    Sorting and a filter come with ``sortable``, the filter from 8 rows on. ``key`` names the table's anchor ("" takes
    the caption). ``tones`` says which texts of a ``verdict`` column are "good", "bad" or "unknown", beside PASSED and
    FAILED. A cell of Markup (never in a row behind ``shown``) stands as it is, None as a dash.
    """
    known = MARKS | (tones or {})
    name = key or slug(caption)
    heads = Markup("").join(_head(column) for column in columns)
    body = Markup("\n").join(_row(columns, row, known) for row in rows[:shown])
    data = Markup("")
    if len(rows) > shown:
        data = Markup('<script type="application/json" class="rows">{}</script>').format(
            _embedded(_compact(columns, rows, shown, known))
        )
    return Markup(
        '<div class="table{wide}" id="{id}"{sorts} data-rows="{count}">'
        '<div class="scroll" tabindex="0" role="region" aria-label="{caption}">'
        "<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>\n{body}\n</tbody></table></div>"
        "{rest}{data}</div>"
    ).format(
        wide=" wide" if len(columns) > 8 else "",
        id=name,
        sorts=Markup(' data-sorts=""') if sortable and len(rows) > 1 else "",
        count=len(rows),
        caption=caption,
        heads=heads,
        body=body,
        rest=Markup('<p class="rest">The first {:,} of {:,} rows.</p>').format(shown, len(rows)) if data else "",
        data=data,
    )


def _head(column: Column) -> Markup:
    return Markup('<th scope="col"{}>{}</th>').format(
        Markup(' class="n"') if column.kind == "number" else "", column.heading
    )


def _row(columns: Sequence[Column], row: Sequence[Value], tones: dict[str, str]) -> Markup:
    cells = [_cell(column, value, tones) for column, value in zip(columns, row, strict=True)]
    return Markup("<tr>{}</tr>").format(Markup("").join(cells))


def _cell(column: Column, value: Value, tones: dict[str, str]) -> Markup:
    """The same HTML as ``cell`` in interact.js makes of a row behind the first hundred."""
    if isinstance(value, Markup):
        return Markup("<td>{}</td>").format(value)
    key, text, address = _parts(column, value)
    sort = Markup(' data-v="{}"').format(key) if str(key) != text else Markup("")
    if column.kind == "number":
        return Markup('<td class="n"{}>{}</td>').format(sort, text)
    if column.kind == "code":
        return Markup("<td{}><code>{}</code></td>").format(sort, text)
    if column.kind == "command" and value is not None:
        return Markup('<td class="copy"{}><code>{}{}</code></td>').format(sort, column.prefix, text)
    if column.kind == "verdict" and value is not None:
        return Markup('<td{}><span class="mark {}">{}</span></td>').format(sort, tones.get(text, "unknown"), text)
    if column.kind == "link" and address:
        return Markup('<td{}><a href="{}">{}</a></td>').format(sort, address, text)
    return Markup("<td{}>{}</td>").format(sort, text)


def _parts(column: Column, value: Value) -> tuple[str | int | float, str, str]:
    """(what is sorted by, what is shown, where it leads)."""
    if value is None:
        return "", "\N{EN DASH}", ""
    if isinstance(value, Cell):
        return value.value, value.text, local(value.address)
    if isinstance(value, bool):
        return ("yes" if value else "no"), ("yes" if value else "no"), ""
    if isinstance(value, int):
        return value, f"{value:,}" if column.kind == "number" else str(value), ""
    if isinstance(value, float):
        return value, f"{value:.4g}", ""
    return value, value, ""


def _compact(columns: Sequence[Column], rows: Sequence[Sequence[Value]], shown: int, tones: dict[str, str]) -> Any:
    """Columns of the rows behind ``shown``: each distinct cell once, and which of them each row has (null: in order).

    A cell is what is shown if that is also what is sorted by, a whole number if it is shown with its separators, else
    [shown, sorted by, address].
    """
    packed = []
    for place, column in enumerate(columns):
        cells: dict[Any, int] = {}
        which = []
        for row in rows[shown:]:
            if isinstance(row[place], Markup):
                raise TypeError(f"column {column.heading!r}: a row behind the first {shown} cannot hold Markup")
            key, text, address = _parts(column, row[place])
            which.append(cells.setdefault((text, _sorts(key), address), len(cells)))
        distinct = [_packed(*cell) for cell in cells]
        order = None if len(cells) == len(which) else which
        packed.append({"kind": column.kind, "prefix": column.prefix, "cells": distinct, "which": order})
    return {"columns": packed, "tones": tones, "count": len(rows) - shown}


def _packed(text: str, key: str | int | float, address: str) -> Any:
    if address:
        return [text, key, address]
    if text == key:
        return text
    return key if isinstance(key, int) and text == f"{key:,}" else [text, key]


def _sorts(key: str | int | float) -> str | int | float:
    """``key`` as JSON can hold it."""
    return key if isinstance(key, str | int) or abs(key) <= 1.8e308 else str(key)


def _embedded(document: Any) -> Markup:
    """``document`` as JSON that cannot end the script element it stands in."""
    source = json.dumps(document, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return Markup(source.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))
