# SPDX-License-Identifier: Apache-2.0
"""A sweep shows every configuration, the fastest first, and which of them none beats; one that failed has no figure."""

from traindeploy.records import serial
from traindeploy.records.sweep import Sweep, Variant
from traindeploy.records.verdict import Verdict
from traindeploy.report.sweep import markdown, pareto, render


def variant(name: str, cycles: int, cells: int, verdict: Verdict = Verdict.PASSED, failure: str = "") -> Variant:
    return Variant(
        name=name, hardware={"Height": 4, "Rows": 8}, verdict=verdict, failure=failure, cycles=cycles, flop=4000,
        cells=cells, report=f"../{name}/report.html",
    )  # fmt: skip


GOOD = [variant("small", 2000, 10), variant("slow", 2500, 20), variant("large", 1000, 30)]
BAD = variant("<b>odd</b>", 0, 40, Verdict.FAILED, "operator 'fc': 1 of 10 elements differ")


def sweep(*variants: Variant) -> Sweep:
    return Sweep(title="cct_tiny lp", command="traindeploy sweep my.toml", variants=variants)


def test_the_fastest_is_first_and_a_failure_last() -> None:
    rows = markdown(sweep(BAD, *GOOD)).splitlines()[2:]
    assert [row.split(" | ")[0] for row in rows] == ["| large", "| small", "| slow", "| <b>odd</b>"]
    assert "| 4 | 8 | passed | 1,000 | 0.00 | 4.00 | 30 |" in rows[0]
    assert "| failed | - | - | - | 40 |" in rows[3]


def test_what_another_one_beats_is_not_at_the_front() -> None:
    assert [v.name for v in pareto(GOOD)] == ["small", "large"]


def test_the_verdict_is_the_worst() -> None:
    assert sweep(*GOOD).verdict is Verdict.PASSED
    assert sweep(*GOOD, BAD).verdict is Verdict.FAILED


def test_the_page_has_plot_table_links_and_failures_and_escapes_names() -> None:
    html = render(sweep(*GOOD, BAD))
    assert "3 of 4 configurations passed" in html
    assert 'href="../small/report.html"' in html
    assert "operator &#39;fc&#39;: 1 of 10 elements differ" in html
    assert "<b>odd" not in html
    assert "none is smaller and faster" in html


def test_a_sweep_without_counted_cells_says_so() -> None:
    html = render(sweep(variant("one", 10, 0)))
    assert "no configuration passed whose cells were counted" in html


def test_the_record_is_read_back() -> None:
    whole = sweep(*GOOD, BAD)
    assert serial.parse(Sweep, serial.text(whole)) == whole
