# SPDX-License-Identifier: Apache-2.0
"""Write what the operator catalogue says into the documents: ``make docs`` runs this and the other generators.

A page says where: a line ``<!-- catalogue NAME: begin -->`` and a line ``<!-- catalogue NAME: end -->`` enclose the
table that ``TABLES[NAME]`` makes.
"""

import re
from collections.abc import Callable
from pathlib import Path

from traindeploy.ops import tables

ROOT = Path(__file__).resolve().parents[2]
MARKED = re.compile(r"(<!-- catalogue (\w+): begin -->\n)(.*?)(<!-- catalogue \2: end -->\n)", re.DOTALL)
TABLES: dict[str, Callable[[], str]] = {"operators": tables.operators, "kernels": tables.kernels}


def fill(text: str) -> str:
    """``text`` with every marked table as the catalogue has it now. KeyError if a mark names no table."""
    return MARKED.sub(lambda found: found[1] + TABLES[found[2]]() + found[4], text)


def pages() -> list[Path]:
    """The documents that hold such tables."""
    return [page for page in sorted((ROOT / "docs").rglob("*.md")) if MARKED.search(page.read_text(encoding="utf-8"))]


if __name__ == "__main__":
    for page in pages():
        page.write_text(fill(page.read_text(encoding="utf-8")), encoding="utf-8")
        print(page.relative_to(ROOT))
