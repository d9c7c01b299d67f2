# SPDX-License-Identifier: Apache-2.0
"""Write what the catalogues say into the documents: ``make docs`` runs this and the other generators.

A page says where: a line ``<!-- generated NAME: begin -->`` and a line ``<!-- generated NAME: end -->`` enclose the
table that ``TABLES[NAME]`` makes.
"""

import re
from collections.abc import Callable
from pathlib import Path

from traindeploy.app import spelling, train_options
from traindeploy.ops import tables

ROOT = Path(__file__).resolve().parents[2]
MARKED = re.compile(r"(<!-- generated (\w+): begin -->\n)(.*?)(<!-- generated \2: end -->\n)", re.DOTALL)
TABLES: dict[str, Callable[[], str]] = {
    "operators": tables.operators,
    "kernels": tables.kernels,
    "options": spelling.table,
    "train": train_options.table,
}


def fill(text: str) -> str:
    """``text`` with every marked table as the catalogues have it now. KeyError if a mark names no table."""
    return MARKED.sub(lambda found: found[1] + TABLES[found[2]]() + found[4], text)


def pages() -> list[Path]:
    """The documents that hold such tables."""
    places = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page for page in places if MARKED.search(page.read_text(encoding="utf-8"))]


if __name__ == "__main__":
    for page in pages():
        page.write_text(fill(page.read_text(encoding="utf-8")), encoding="utf-8")
        print(page.relative_to(ROOT))
