# SPDX-License-Identifier: Apache-2.0
"""Every page: asks for nothing, stays small, obeys no name, and is made of headings, tables and charts with names."""

import re
from functools import cache
from pathlib import Path

import pytest
from markupsafe import Markup

from tests.names import NASTY
from tests.report.page.parsed import Parsed
from traindeploy.report.page import Column, Section, Statement, Tile, lanes, parts, render, table, write
from traindeploy.report.page.axis import Axis
from traindeploy.report.page.chart import Roof, Series, histogram, plot, roofline, sparkline
from traindeploy.report.page.shell import LIMIT, PageError, local

REQUEST = re.compile(
    r"(?:src|href|action|data|poster)\s*=\s*[\"']?\s*(?:https?:|//|file:)|@import|url\((?!data:)", re.I
)


def everything(name: str) -> list[Section]:
    """A section of each block, with ``name`` wherever a text of a file may stand."""
    axis = Axis(name)
    columns = [
        Column(name),
        Column("n", "number"),
        Column("v", "verdict"),
        Column("c", "command", prefix="make "),
        Column("k", "code"),
    ]
    rows = [(f"{name} {i}", i, "PASSED", f"{name} {i}", name) for i in range(130)]
    charts = [
        plot(
            name, [Series(name, [(1, 2), (2, 3)], [name, name]), Series("m", [(1, 2), (2, 3)], line=True)], axis, axis
        ),
        histogram(name, [(name, 3), ("b", 4)], name),
        roofline(name, [Series(name, [(0.5, 2.0)])], [Roof(name, peak=8.0), Roof("L1", slope=32.0)]),
        sparkline(name, [1.0, 2.0]),
        lanes.bars(name, [name, "b"], [lanes.Bar(name, (1, 2))]),
        lanes.timeline(name, [lanes.Lane(name, [lanes.Span(0, 3, name)])], 10, name, legend=[(0, name), (1, "b")]),
    ]
    blocks = [
        parts.paragraph(name),
        parts.absent(name, name),
        parts.facts([(name, name)]),
        parts.command(name),
        parts.code(name),
        parts.block(name),
        parts.bullets([name]),
        parts.folded(name, parts.code(name)),
        parts.meter(0.5, name),
    ]
    return [
        Section(name, parts.join(*charts), note=name, anchor="charts"),
        Section(name, parts.join(*blocks), half=True, anchor="blocks"),
        Section(name, table(name, columns, rows, key="rows", tones={name: "good"}), anchor="table"),
    ]  # fmt: skip


def page(name: str = "fc1") -> str:
    return render(
        name, everything(name), statement=Statement("good", "PASSED", name), subtitle=name, tiles=[Tile(name, name)],
        crumbs=[(name, "../index.html")], provenance=[(name, name)],
    )  # fmt: skip


@cache
def plain() -> list[tuple[str, tuple[str, ...]]]:
    return Parsed(page("fc1")).shape()


def test_a_page_asks_for_nothing() -> None:
    html = page()
    assert not REQUEST.search(html)
    assert "default-src 'none'" in html
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/]{43}='", html)
    assert {attributes.get("href") for attributes in Parsed(html).named("link")} == {"data:,"}


def test_what_would_ask_for_something_is_noticed() -> None:
    for source in ('<img src="http://a">', "<link href='//a'>", "@import 'a'", "url(http://a)", "<a href=file:///a>"):
        assert REQUEST.search(source)


@pytest.mark.parametrize("name", ["".join(NASTY), "<script>", "</script>", "\"'>"])
def test_no_name_becomes_markup(name: str) -> None:
    nasty = Parsed(page(name))
    assert nasty.shape() == plain()
    assert nasty.disorder == []


def test_every_element_is_closed_in_order() -> None:
    parsed = Parsed(page())
    assert parsed.disorder == []
    assert parsed.open_at_end == []


def test_headings_tables_and_charts_are_named() -> None:
    parsed = Parsed(page())
    assert len(parsed.named("h1")) == 1
    assert len(parsed.named("h2")) == 4
    assert len(parsed.named("caption")) == len(parsed.named("table")) > 0
    assert all(head.get("scope") in ("col", "row") for head in parsed.named("th"))
    assert parsed.named("th")
    for svg in parsed.named("svg"):
        assert svg.get("role") == "img" or svg.get("aria-hidden") == "true" or svg.get("class") == "clip"
    identifiers = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    for svg in parsed.named("svg"):
        assert all(key in identifiers for key in (svg.get("aria-labelledby") or "").split())


def test_a_page_that_is_too_large_is_refused() -> None:
    with pytest.raises(PageError, match=r"has 1,\d{3},\d{3} bytes, expected at most 1,000,000"):
        render("big", [Section("a", parts.paragraph("x" * LIMIT))])


def test_two_sections_of_one_anchor_are_refused() -> None:
    with pytest.raises(PageError, match="several sections have the anchor 'a'"):
        render("t", [Section("A", Markup("")), Section("a", Markup(""))])


@pytest.mark.parametrize(
    "address", ["http://x", "//x", "/etc", "javascript:alert(1)", "JavaScript:x", "data:a", "a\\b", "a b"]
)
def test_a_link_cannot_leave_the_report(address: str) -> None:
    with pytest.raises(ValueError, match="only relative addresses"):
        local(address)


def test_bytes_that_are_no_text_can_be_shown(tmp_path: Path) -> None:
    write(page("caf\udce9"), tmp_path / "deep" / "p.html")
    assert "caf\\udce9" in (tmp_path / "deep" / "p.html").read_text(encoding="utf-8")
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["p.html"]
