# SPDX-License-Identifier: Apache-2.0
"""Measured figures and the tables of the documentation that state them."""

from pathlib import Path

import pytest

from tb.env.common.figures import check_table, markers, page_of, read, record

FIGURES = {"rate": "4 B/cycle", "latency": "12 cycles"}


def docs(folder: Path, name: str, body: str) -> Path:
    """A folder of documentation whose only page holds table ``name``."""
    begin, end = markers(name)
    page = folder / "reference" / "page.md"
    page.parent.mkdir(exist_ok=True)
    page.write_text(f"# Page\n{begin}{body}{end}tail\n")
    return page


def test_what_a_bench_records_can_be_read_and_nothing_is_no_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read(tmp_path) == {}
    record(FIGURES)
    assert read(tmp_path) == FIGURES


def test_a_table_that_is_out_of_date_fails_and_is_rewritten_on_demand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = docs(tmp_path, "dma", "| what | measured |\n|---|---|\n| rate | 3 B/cycle |\n")
    with pytest.raises(AssertionError, match="'dma', is out of date"):
        check_table("dma", FIGURES, tmp_path)
    monkeypatch.setenv("UPDATE_DOCS", "1")
    check_table("dma", FIGURES, tmp_path)
    monkeypatch.delenv("UPDATE_DOCS")
    check_table("dma", FIGURES, tmp_path)
    assert page.read_text().endswith("| latency | 12 cycles |\n" + markers("dma")[1] + "tail\n")


def test_a_table_is_on_exactly_one_page(tmp_path: Path) -> None:
    page = docs(tmp_path, "dma", "")
    assert page_of("dma", tmp_path) == page
    with pytest.raises(AssertionError, match="on 0 pages"):
        page_of("l2", tmp_path)
    (tmp_path / "copy.md").write_text(page.read_text())
    with pytest.raises(AssertionError, match="on 2 pages"):
        page_of("dma", tmp_path)
