# SPDX-License-Identifier: Apache-2.0
"""Tables: the first hundred rows are HTML, the rest travels as JSON and says the same."""

import json
import re

import pytest
from markupsafe import Markup

from tests.report.page.parsed import Parsed
from traindeploy.report.page import Cell, Column, table

COLUMNS = [
    Column("case", "number"),
    Column("shape"),
    Column("verdict", "verdict"),
    Column("again", "command", prefix="make verify CASE="),
]


def rows(count: int) -> list[tuple[int, Cell, str, str]]:
    return [(i, Cell(i % 7, f"{i % 7}x2"), "FAILED" if i == 150 else "PASSED", str(i)) for i in range(count)]


def embedded(html: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" class="rows">(.*?)</script>', html, re.S).group(1))


def test_rows_behind_the_first_hundred_are_all_there() -> None:
    html = str(table("t", COLUMNS, rows(2_000)))
    assert len(Parsed(html).named("tr")) == 101
    data = embedded(html)
    assert data["count"] == 1_900
    assert data["columns"][0]["which"] is None  # each row has a cell of its own
    assert data["columns"][0]["cells"] == list(range(100, 2_000))
    assert data["columns"][1]["cells"] == [[f"{i % 7}x2", i % 7] for i in range(2, 9)]
    assert data["columns"][1]["which"] == [i % 7 for i in range(1_900)]
    assert data["columns"][2]["cells"] == ["PASSED", "FAILED"]
    assert "The first 100 of 2,000 rows." in html


def test_a_short_table_needs_no_script() -> None:
    html = str(table("t", COLUMNS, rows(100)))
    assert "application/json" not in html
    assert len(Parsed(html).named("tr")) == 101


def test_two_thousand_cases_leave_room_for_the_rest_of_the_page() -> None:
    assert len(str(table("t", COLUMNS, rows(2_000)))) < 120_000


def test_json_cannot_end_its_element() -> None:
    html = str(table("t", [Column("a")], [("</script><script>alert(1)</script>",)] * 3, shown=1))
    assert html.count("</script>") == 1
    assert embedded(html)["columns"][0]["cells"] == ["</script><script>alert(1)</script>"]


def test_a_cell_is_sorted_by_its_value_and_shown_as_its_text() -> None:
    html = str(table("t", [Column("a", "number")], [(1234,), (0.000012345,), (None,), (float("nan"),)]))
    assert '<td class="n" data-v="1234">1,234</td>' in html
    assert '<td class="n" data-v="1.2345e-05">1.234e-05</td>' in html
    assert '<td class="n" data-v="">\N{EN DASH}</td>' in html
    assert '<td class="n">nan</td>' in html


def test_a_verdict_is_told_by_more_than_colour() -> None:
    html = str(table("t", [Column("v", "verdict")], [("PASSED",), ("FAILED",), ("odd",)]))
    assert [span["class"] for span in Parsed(html).named("span")] == ["mark good", "mark bad", "mark unknown"]


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        table("t", [Column("a"), Column("b")], [("x",)])


def test_markup_that_a_script_would_have_to_make_is_refused() -> None:
    with pytest.raises(TypeError, match="behind the first 1 cannot hold Markup"):
        table("t", [Column("a")], [("x",), (Markup("<b>x</b>"),)], shown=1)


def test_a_link_leads_within_the_report() -> None:
    assert '<a href="a/report.html">a</a>' in table("t", [Column("k", "link")], [(Cell("a", "a", "a/report.html"),)])
    with pytest.raises(ValueError, match="only relative"):
        table("t", [Column("k", "link")], [(Cell("a", "a", "http://x"),)])
