# SPDX-License-Identifier: Apache-2.0
"""The page of a failed run says where its mismatch comes from, and nothing that a name holds becomes markup."""

from dataclasses import replace

import pytest

from tests.report.network_run import full_run
from traindeploy.records.run import RunResult
from traindeploy.records.triage import Element, Link, Place, Reproducer, Triage, Window
from traindeploy.records.verdict import Verdict
from traindeploy.report.network import render
from traindeploy.report.run_files import RunFiles

EVIL = "<b onclick=x>&'\""


def found(name: str) -> Triage:
    place = Place(level="L1", address=0x1000_0000, end=0x1000_0080, bytes=128, argument="y", found=f"1 wrong {name}")
    return Triage(
        element=Element(
            tensor=name, operator=name, kind="Softmax", engine="cores", step=0, index=(1, 2), level="L2",
            address=0x1C00_0004, cycle=900, actual_hex="0x00000001", expected_hex="0x00000000", actual=1e-45,
            expected=0.0, exact=0.25, ulp=1, wrong=1, size=8,
        ),
        cause="kernel",
        explanation=f"td_softmax: {name}",
        culprit=0,
        links=(
            Link(agent="cores", label=name, slot=3, waited=3, line="network.c:7", kernel="td_softmax", writes=(place,),
                 right=False, found="1 of 8 words wrong"),
            Link(agent="dma", label="store", slot=4, waited=4, right=None),
        ),
        untold=(f"untold {name}",),
        reproducer=Reproducer(
            command=f"traindeploy reproduce {name}", what="one call", verdict=Verdict.FAILED, fails_on="rtl",
            arguments={"rows": 8, "cols": 4}, shrunk={"rows": 1, "cols": 4},
        ),
        window=Window(first=1, last=9, marker=2, picture="window.svg", file="window.fst", save_file="window.gtkw"),
    )  # fmt: skip


@pytest.fixture
def with_triage(failed: RunResult) -> RunFiles:
    return replace(full_run(failed), triage=found("softmax"), picture="<svg><script>alert(1)</script></svg>")


def test_the_page_says_who_is_to_blame_and_how_to_repeat_it(with_triage: RunFiles) -> None:
    page = render(with_triage)["report.html"]
    for text in (
        "Where it comes from",
        "a kernel&#39;s C computes something else than the machine model",
        "td_softmax: softmax",
        "first wrong",
        "not told",
        "network.c:7",
        "traindeploy reproduce softmax",
        "rows 1 of 8",
        "0.25 in float64",
        "gtkwave window.gtkw",
        "untold softmax",
    ):
        assert text in page, text


def test_the_picture_is_an_image_in_which_nothing_runs(with_triage: RunFiles) -> None:
    page = render(with_triage)["report.html"]
    assert "data:image/svg+xml;base64," in page
    assert "alert(1)" not in page


def test_names_are_text(failed: RunResult) -> None:
    run = replace(full_run(failed), triage=found(EVIL), picture="<svg></svg>")
    assert EVIL not in render(run)["report.html"]


def test_a_run_without_a_triage_has_no_such_section(failed: RunResult) -> None:
    assert "Where it comes from" not in render(full_run(failed))["report.html"]
