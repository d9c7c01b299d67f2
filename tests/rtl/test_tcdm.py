# SPDX-License-Identifier: Apache-2.0
"""The TCDM and its interconnect: data, bounds on waiting, fairness, wide beats at every offset."""

from pathlib import Path

import pytest

from tb.build.paths import ROOT
from tb.build.simulator import build_block
from tb.env.common import figures

BENCH = ROOT / "tb" / "blocks" / "tcdm"
SOURCES = [
    ROOT / "rtl" / "tcdm" / "td_tcdm.sv",
    BENCH / "td_tcdm_bench.sv",
    BENCH / "tcdm_bench.cpp",
]


@pytest.mark.parametrize(("banks", "words"), [(32, 17), (16, 9)])
def test_tcdm_is_right_fair_and_bounded(banks: int, words: int, tmp_path: Path) -> None:
    parameters = {"NumBanks": banks, "WideWords": words}
    build = build_block(f"tcdm{banks}", "td_tcdm_bench", SOURCES, parameters=parameters)
    build.test("tb.blocks.tcdm.test_tcdm", tmp_path, timeout=200)
    if banks == 32:
        figures.check_page(ROOT / "docs/reference/cluster.md", "tcdm", figures.read(tmp_path))
