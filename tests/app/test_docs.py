# SPDX-License-Identifier: Apache-2.0
"""The tables that the operator catalogue makes for the documents."""

import pytest

from traindeploy.app.docs import MARKED, TABLES, fill, pages
from traindeploy.ops import KERNELS, OPERATORS


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_pages_hold_the_catalogues_tables_of_today(page) -> None:
    text = page.read_text(encoding="utf-8")
    assert fill(text) == text, f"{page.name} is out of date: run `make docs`"


def test_every_table_stands_in_a_page_with_a_line_for_each_entry() -> None:
    shown = {found[1]: found[2] for page in pages() for found in MARKED.findall(page.read_text(encoding="utf-8"))}
    assert set(shown) == set(TABLES)
    assert all(f"\n| {name} |" in shown["operators"] for name in OPERATORS)
    assert all(f"\n| {name} |" in shown["kernels"] for name in KERNELS)


def test_a_stale_table_is_noticed() -> None:
    stale = "<!-- generated operators: begin -->\nold\n<!-- generated operators: end -->\n"
    assert "| Gemm |" in fill(stale)


@pytest.mark.parametrize("name", TABLES)
def test_every_row_of_a_table_has_as_many_cells_as_its_head(name: str) -> None:
    rows = [line.replace("\\|", "") for line in TABLES[name]().splitlines()]
    assert {row.count("|") for row in rows} == {rows[0].count("|")}
