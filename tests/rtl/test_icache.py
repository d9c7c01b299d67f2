# SPDX-License-Identifier: Apache-2.0
"""td_icache: right instructions under stalls, flush, and no bubble in loops that fit into L0."""

import pytest

from tb.build.paths import ROOT
from tb.build.simulator import build_block

RTL, BENCH = ROOT / "rtl", ROOT / "tb"
SOURCES = [
    RTL / "soc/td_fifo.sv",
    *(RTL / f"cluster/td_icache{part}.sv" for part in ("_l0", "_bank", "")),
    BENCH / "models/td_stall_memory.sv",
    BENCH / "tests/td_icache_bench.sv",
]


@pytest.mark.xdist_group("icache")
@pytest.mark.parametrize(
    "case",
    [
        "every_fetch_returns_the_word_in_memory",
        "flush_makes_new_code_visible",
        "loops_that_fit_run_without_a_bubble",
        "absent_code_reads_as_an_illegal_instruction_and_is_reported",
    ],
)
def test_icache(case: str, tmp_path) -> None:
    build_block("icache", "td_icache_bench", SOURCES).test("tb.tests.icache", tmp_path, testcase=case, timeout=120)
