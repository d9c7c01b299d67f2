# SPDX-License-Identifier: Apache-2.0
"""Figures that a bench measures: handed to pytest through a file in the test's folder, and compared with the docs."""

import json
import os
from pathlib import Path

FILE = "figures.json"


def record(figures: dict[str, str]) -> None:
    """Write the figures (what -> value with unit) of this test."""
    Path(FILE).write_text(json.dumps(figures))


def read(folder: Path) -> dict[str, str]:
    """What ``record`` wrote in the test that ran in ``folder``."""
    return json.loads((folder / FILE).read_text())


def _markers(name: str) -> tuple[str, str]:
    return f"<!-- measured {name}: begin -->\n", f"<!-- measured {name}: end -->\n"


def check_page(page: Path, name: str, figures: dict[str, str]) -> None:
    """Fail unless the table between the markers of ``name`` in ``page`` states ``figures``; UPDATE_DOCS=1 rewrites it.

    The markers are ``<!-- measured NAME: begin -->`` and ``... end -->``, each on a line of its own.
    """
    begin, end = _markers(name)
    text = page.read_text()
    assert text.count(begin) == text.count(end) == 1, f"{page.name} lacks the markers of table {name!r}"
    head, rest = text.split(begin)
    stated, tail = rest.split(end)
    rows = ["| what | measured |", "|---|---|", *(f"| {what} | {value} |" for what, value in figures.items())]
    table = "\n".join(rows) + "\n"
    if os.environ.get("UPDATE_DOCS") == "1":
        page.write_text(head + begin + table + end + tail)
        return
    assert stated == table, f"{page.name}, table {name!r}, is out of date: run this test with UPDATE_DOCS=1"
