# SPDX-License-Identifier: Apache-2.0
"""docs/platform.md states what the block benches measure. UPDATE_DOCS=1 in the environment rewrites its table."""

import os
from pathlib import Path

from tb.build.paths import ROOT
from tb.tests import blocks, figures

PAGE = ROOT / "docs/platform.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
BENCHES = {
    "l2": "ports_that_saturate_share_fairly",
    "icache": "loops_that_fit_run_without_a_bubble",
    "dma": "rows_reach_their_bandwidth",
    "hyperbus": "bursts_reach_their_bandwidth",
}


def test_platform_page_states_the_measured_figures(tmp_path: Path) -> None:
    rows = ["| what | measured |", "|---|---|"]
    for name, case in BENCHES.items():
        blocks.build(name).test(f"tb.tests.{name}", tmp_path / name, testcase=case, timeout=120)
        rows += [f"| {what} | {value} |" for what, value in figures.read(tmp_path / name).items()]
    table = "\n".join(rows) + "\n"
    page = PAGE.read_text()
    head, rest = page.split(BEGIN)
    stated, tail = rest.split(END)
    if os.environ.get("UPDATE_DOCS") == "1":
        PAGE.write_text(head + BEGIN + table + END + tail)
        return
    assert stated == table, "docs/platform.md is out of date: UPDATE_DOCS=1 pytest tests/rtl/test_platform_figures.py"
