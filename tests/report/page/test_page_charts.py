# SPDX-License-Identifier: Apache-2.0
"""Charts: marks lie where their values are, axes are round, nothing empty is drawn, and every chart names its data."""

import math
import re

import pytest

from tests.report.page.parsed import Parsed
from traindeploy.report.page import lanes
from traindeploy.report.page.axis import Axis, Scale, decades, round_step, scale, short
from traindeploy.report.page.chart import Roof, Series, histogram, plot, roofline, sparkline

POINT = re.compile(r"M(-?[\d.]+) (-?[\d.]+)")


def test_points_lie_where_their_values_are() -> None:
    html = str(plot("t", [Series("a", [(0, 0), (5, 50), (10, 100)])], Axis("x"), Axis("y")))
    path = next(a["d"] for a in Parsed(html).named("path") if (a.get("class") or "").startswith("m d"))
    found = [(float(x), float(y)) for x, y in POINT.findall(path or "")]
    assert found == [(58.0, 280.0), (382.0, 145.0), (706.0, 10.0)]


def test_a_logarithmic_axis_gives_decades_the_same_length() -> None:
    up = Scale(1, 1000, 0, 300, log=True)
    assert [up.place(v) for v in (1, 10, 100, 1000)] == pytest.approx([0, 100, 200, 300])


def test_axes_end_at_round_values_around_what_they_show() -> None:
    linear = scale(Axis("a"), [3, 17.2], 0, 1)
    assert (linear.low, linear.high) == (0.0, 20.0)
    assert linear.ticks(5) == [0, 5, 10, 15, 20]
    log = scale(Axis("a", log=True), [3, 1700], 0, 1)
    assert (log.low, log.high) == (1.0, 10_000.0)
    assert scale(Axis("a"), [-3, 2], 0, 1).low <= -3
    assert scale(Axis("a"), [], 0, 1).high > 0
    assert decades(1e-30, 1e30)[0] == pytest.approx(1e-30)
    assert len(decades(1e-30, 1e30)) <= 10
    assert [round_step(v) for v in (0.11, 1, 3, 7e5)] == pytest.approx([0.2, 1, 5, 1e6])


def test_values_at_axes_are_short() -> None:
    assert [short(v) for v in (0, 12, 1500, 2.5e6, 0.25, 2e-5, 1e20)] == [
        "0",
        "12",
        "1.5k",
        "2.5M",
        "0.25",
        "2e-5",
        "1e20",
    ]


def test_points_without_a_place_are_counted_and_not_drawn() -> None:
    html = str(
        plot("t", [Series("a", [(1, math.nan), (1, 0), (1, 2)], ["n", "z", "p"])], Axis("x"), Axis("y", log=True))
    )
    assert "2 points without a place on the axes are not drawn." in html
    assert 'data-t="p"' in html


def test_nothing_is_drawn_of_nothing() -> None:
    with pytest.raises(ValueError, match="has nothing to show"):
        plot("t", [Series("a", [])], Axis("x"), Axis("y"))
    with pytest.raises(ValueError, match="has nothing to show"):
        histogram("t", [("0", 0)], "x")
    with pytest.raises(ValueError, match="has nothing to show"):
        roofline("t", [], [Roof("r", peak=8)])
    with pytest.raises(ValueError, match="has nothing to show"):
        lanes.bars("t", ["a"], [])
    with pytest.raises(ValueError, match="has nothing to show"):
        lanes.timeline("t", [lanes.Lane("a", [])], 10, "cycles")
    assert "svg" not in sparkline("t", [math.nan])


def test_a_chart_has_its_data_as_a_table_or_names_the_one_that_has() -> None:
    few = [Series("a", [(1, 2)])]
    many = [Series("a", [(i, i) for i in range(100)])]
    assert "<table>" in plot("t", few, Axis("x"), Axis("y"))
    assert '<a href="#cases">Cases</a>' in plot("t", many, Axis("x"), Axis("y"), elsewhere=("Cases", "cases"))
    with pytest.raises(ValueError, match="has 100 points: name the table"):
        plot("t", many, Axis("x"), Axis("y"))


def test_a_roof_bends_at_the_peak() -> None:
    html = str(roofline("t", [Series("a", [(1.0, 4.0)])], [Roof("peak", peak=8.0), Roof("L1", slope=4.0)]))
    assert "L1: 2 points, 2 to 8." in html  # from half an intensity of 1 to the knee at 8 / 4
    assert "peak: 2 points, 8 to 8." in html


def test_spans_lie_within_their_lane_and_say_what_they_are() -> None:
    html = str(lanes.timeline("t", [lanes.Lane("DMA", [lanes.Span(50, 25, "in", 2)])], 100, "cycles"))
    rect = next(a for a in Parsed(html).named("rect") if a.get("class") == "m f2")
    assert float(rect["x"] or "nan") == pytest.approx(96 + (720 - 14 - 96) / 2, abs=0.01)
    assert float(rect["width"] or "nan") == pytest.approx((720 - 14 - 96) / 4, abs=0.01)
    assert rect["data-t"] == "in"


def test_bars_say_every_part_as_a_figure() -> None:
    html = str(lanes.bars("t", ["load", "fpu"], [lanes.Bar("core 0", (300, 100)), lanes.Bar("core 1", (100, 0))]))
    assert [r["width"] for r in Parsed(html).named("rect") if "m f" in (r.get("class") or "")] == [
        "75.00%",
        "25.00%",
        "25.00%",
    ]
    assert re.findall(r'<td class="n">(\d+)</td>', html) == ["300", "100", "400", "100", "0", "100"]


def test_twenty_thousand_points_stay_small() -> None:
    html = plot(
        "t",
        [Series("a", [(i, i) for i in range(2_000)], [f"case {i}" for i in range(2_000)])],
        Axis("x"),
        Axis("y"),
        elsewhere=("a", "b"),
    )
    assert len(html) < 60_000
