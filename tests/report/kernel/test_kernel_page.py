# SPDX-License-Identifier: Apache-2.0
"""The page of a kernel: says what was run and how it came out, failures first, and never draws what is not there."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.names import NASTY
from tests.report.kernel.made import FAILURE, PROVENANCE, made
from tests.report.page.parsed import Parsed
from traindeploy.records import serial
from traindeploy.records.kernel import KernelRecord
from traindeploy.records.verdict import Verdict
from traindeploy.report.kernel import Entry, render_index, render_kernel, write_index, write_kernel
from traindeploy.report.kernel.failures import buckets, shared_prefix
from traindeploy.report.kernel.kernel_page import chosen
from traindeploy.report.kernel.numbers import hexadecimal
from traindeploy.report.kernel.share import of_bound, percent
from traindeploy.report.page import shell

MEASURED = (
    "stages",
    "tallies",
    "ulp_from_machine",
    "ulp_from_exact",
    "shares",
    "model_ratio",
    "ceilings",
    "mutants",
    "coverage",
)


def text_of(html: str) -> str:
    return " ".join(" ".join(Parsed(html).text).split())


def test_a_passed_kernel_says_on_what() -> None:
    record = made(30)
    html = render_kernel(record)
    elements = sum(case.elements for case in record.cases)
    assert f"{elements:,} elements of 30 cases are bit for bit what the machine model computes (0 ULP)." in text_of(
        html
    )
    assert "FAILED" not in re.sub(r"<(script|style)>.*?</\1>", "", html, flags=re.S)
    for section in ("Verdict by stage", "Roofline", "Stalls by cause", "Mutants", "Cases", "Worst elements"):
        assert f">{section}" in html


def test_two_thousand_cases_fit_a_page() -> None:
    html = render_kernel(made(2_000, failing=(7, 300)))
    assert len(html.encode()) < 1_000_000
    assert len(Parsed(html).named("tr")) < 400


def test_more_cases_than_fit_are_chosen_evenly_failing_ones_first(monkeypatch: pytest.MonkeyPatch) -> None:
    record = made(60, failing=(7, 41))
    few = chosen(record.cases, 10)
    assert len(few) == 10
    assert {7, 41} < {case.index for case in few}
    assert [case.index for case in few] == sorted(case.index for case in few)
    assert chosen(record.cases, 1)[0].index == 7
    assert chosen(record.cases, 60) == record.cases
    monkeypatch.setattr(shell, "LIMIT", 105_000)  # which 60 cases do not fit into
    html = render_kernel(record)
    assert "Charts of cycles and the table show " in html
    assert "of 60 cases, failing ones first" in html
    assert "2 of 60 cases failed" in html
    monkeypatch.setattr(shell, "LIMIT", 1_000)
    with pytest.raises(shell.PageError):
        render_kernel(record)


def test_a_failing_case_stands_first_with_operands_and_command() -> None:
    html = render_kernel(made(30, failing=(7, 13)))
    words = text_of(html)
    assert words.index("Failures") < words.index("Verdict by stage")
    assert FAILURE in words
    assert "make verify KERNEL=layernorm_grad CASE=7" in words
    for value in ("0x3f800001", "0x3fc00000", "0xbe800000", "x[1]", "-0.25"):
        assert value in words
    table = html[html.index('id="case-table"') :]
    assert re.findall(r'<td class="n">(\d+)</td><td><span class="mark bad">FAILED', table) == ["7", "13"]


def test_a_run_that_did_not_finish_has_no_verdict() -> None:
    html = render_kernel(made(0, verdict=Verdict.ERROR, failure="the simulator was killed", max_ulp=None))
    assert "NO VERDICT" in html
    assert "the simulator was killed" in html
    assert "Any case was not measured:" in text_of(html)


@pytest.mark.parametrize("field", MEASURED)
def test_what_is_missing_is_said(field: str) -> None:
    empty = type(getattr(made(3), field))()
    before, after = (render_kernel(made(3, **change)) for change in ({}, {field: empty}))
    if field == "model_ratio":
        return
    assert after.count('class="absent"') > before.count('class="absent"')


def test_cases_without_time_or_error_are_said_to_have_none() -> None:
    record = made(3)
    bare = tuple(
        serial.decode(type(c), serial.plain(c) | dict(cycles=0, share=None, stalls=None, worst=None, bytes=0), "case")
        for c in record.cases
    )
    words = text_of(render_kernel(made(3, cases=bare, shares={})))
    for name in (
        "Time",
        "The cost model",
        "The error over its bound",
        "Why cycles are lost",
        "The error of single elements",
    ):
        assert f"{name} was not measured:" in words


@pytest.mark.parametrize("name", ["".join(NASTY), "<script>", "</script>", "\"'>"])
def test_no_name_becomes_markup(name: str) -> None:
    def called(word: str) -> str:
        cases = tuple(
            serial.decode(type(c), serial.plain(c) | dict(name=word, shape=word, values=word, failure=word), "case")
            for c in made(3, failing=(1,)).cases
        )
        return render_kernel(
            made(
                3,
                failing=(1,),
                cases=cases,
                kernel=word,
                formula=word,
                order=word,
                source=word,
                failure=word,
                operators=(word,),
            )
        )

    assert Parsed(called(name)).shape() == Parsed(called("fc1")).shape()


def test_failures_are_grouped_by_message() -> None:
    groups = buckets(made(9, failing=(2, 4, 8)).cases)
    assert [(name, [case.index for case in members]) for name, members in groups.items()] == [
        ("dx[N, N]: N, expected N, N ULP", [2, 4, 8])
    ]


def test_what_commands_share_ends_at_a_word() -> None:
    assert shared_prefix(["make v CASE=10", "make v CASE=12"]) == "make v CASE="
    assert shared_prefix(["make v KERNEL=ab", "make v KERNEL=ac"]) == "make v KERNEL="
    assert shared_prefix(["a", "b"]) == ""


def test_all_is_only_what_is_all() -> None:
    assert [percent(*pair) for pair in ((1, 1), (1999, 2000), (0, 3), (0, 0))] == [100.0, 99.9, 0.0, None]


def test_an_error_below_its_bound_is_not_shown_as_one_that_reaches_it() -> None:
    assert [of_bound(share) for share in (0.99996, 1.0, 1.0004, 0.12345, 3e-9)] == [0.999, 1.0, 1.01, 0.123, 3e-9]


def test_bits_are_those_of_float32() -> None:
    assert [hexadecimal(v) for v in (0.1, float("nan"), -1e300)] == ["0x3dcccccd", "0x7fc00000", "0xff800000"]


def test_the_index_has_a_row_a_kernel_and_failures_first() -> None:
    entries = [
        Entry(made(30), "layernorm_grad/report.html"),
        Entry(made(9, failing=(2,), kernel="relu", mutants=(), coverage=()), "relu/report.html"),
    ]
    html = render_index(entries)
    assert [a["href"] for a in Parsed(html).named("a") if "report.html" in (a["href"] or "")] == [
        "relu/report.html",
        "layernorm_grad/report.html",
    ]
    assert "1 of 2 kernels did not pass." in text_of(html)
    assert "FAILED" in html
    assert "NO VERDICT" in render_index([])


def test_the_index_names_the_stages_that_did_not_pass() -> None:
    stages = list(made(3).stages)
    stages[1] = replace(stages[1], verdict=Verdict.FAILED)
    stages[2] = replace(stages[2], cases=0, verdict=None)
    html = render_index([Entry(made(3), "a/report.html"), Entry(made(3, stages=tuple(stages)), "b/report.html")])
    assert '<span class="mark good">V1 V2 V3</span>' in html
    assert '<span class="mark bad">V2 FAILED, V3 not run</span>' in html


def test_pages_stand_beside_the_records_and_link_each_other(tmp_path: Path) -> None:
    for record in (
        made(3, kernel="relu"),
        made(3, failing=(1,), kernel="gelu", provenance=replace(PROVENANCE, dirty=True)),
    ):
        (tmp_path / record.kernel).mkdir()
        serial.write(record, tmp_path / record.kernel / "record.json")
        write_kernel(record, tmp_path / record.kernel)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "record.json").write_text('{"record": "KernelRecord", "version": 0}')
    html = write_index(tmp_path).read_text()
    links = [a["href"] for a in Parsed(html).named("a") if "report.html" in (a["href"] or "")]
    assert links == ["gelu/report.html", "relu/report.html"]
    assert "1 of 2 kernels did not pass." in html
    assert "the rows are of 2 commits" in html
    for link in links:
        page = tmp_path / str(link)
        assert (page.parent / "../index.html").resolve() == tmp_path / "index.html"
        assert '<a href="../index.html">All kernels</a>' in page.read_text()


def test_a_page_is_made_of_the_record_alone() -> None:
    record = made(30, failing=(3,))
    again = serial.parse(KernelRecord, serial.text(record))
    assert render_kernel(again) == render_kernel(record)
