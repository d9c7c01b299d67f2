# SPDX-License-Identifier: Apache-2.0
"""Figures that a bench measures: handed to pytest through a file in the test's folder, and compared with the docs."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from traindeploy.platform.paths import ROOT

FILE = "figures.json"
DOCS = ROOT / "docs"


def record(figures: Mapping[str, str]) -> None:
    """Write the figures (what -> value with unit) of this test."""
    Path(FILE).write_text(json.dumps(figures))


def read(folder: Path) -> dict[str, str]:
    """What ``record`` wrote in the test that ran in ``folder``; empty if it measured nothing."""
    path = folder / FILE
    figures: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return figures


def markers(name: str) -> tuple[str, str]:
    """The lines before and behind table ``name``."""
    return f"<!-- measured {name}: begin -->\n", f"<!-- measured {name}: end -->\n"


def page_of(name: str, docs: Path = DOCS) -> Path:
    """The page that holds table ``name``: the only one with its markers, each on a line of its own."""
    pages = [page for page in sorted(docs.rglob("*.md")) if markers(name)[0] in page.read_text()]
    assert len(pages) == 1, f"table {name!r} is on {len(pages)} pages below {docs}, not one"
    return pages[0]


def check_table(name: str, figures: Mapping[str, str], docs: Path = DOCS) -> None:
    """Fail unless table ``name`` of the docs states ``figures``; UPDATE_DOCS=1 in the environment rewrites it."""
    page = page_of(name, docs)
    begin, end = markers(name)
    text = page.read_text()
    assert text.count(begin) == text.count(end) == 1, f"{page.name} lacks a marker of table {name!r}, or has two"
    head, rest = text.split(begin)
    stated, tail = rest.split(end)
    rows = ["| what | measured |", "|---|---|", *(f"| {what} | {value} |" for what, value in figures.items())]
    table = "\n".join(rows) + "\n"
    if os.environ.get("UPDATE_DOCS") == "1":
        page.write_text(head + begin + table + end + tail)
        return
    assert stated == table, f"{page.name}, table {name!r}, is out of date: run this test with UPDATE_DOCS=1"
