# SPDX-License-Identifier: Apache-2.0
"""td_dma against a NumPy model of both memories, with and without stalls."""

import pytest

from tb.build.paths import ROOT
from tb.build.simulator import build_block

RTL, BENCH = ROOT / "rtl", ROOT / "tb"
SOURCES = [
    RTL / "cluster/td_dma_pkg.sv",
    RTL / "soc/td_fifo.sv",
    *(RTL / f"cluster/td_dma{part}.sv" for part in ("_agen", "_buffer", "_l2_port", "_tcdm_port", "_regs", "")),
    BENCH / "models/td_stall_memory.sv",
    BENCH / "tests/td_dma_bench.sv",
]


@pytest.mark.xdist_group("dma")
@pytest.mark.parametrize(
    "case",
    [
        "random_transfers_move_exactly_their_bytes",
        "queued_transfers_of_all_cores_complete_in_order_with_one_event_each",
        "rows_reach_their_bandwidth",
        "unmapped_addresses_are_reported",
    ],
)
def test_dma(case: str, tmp_path) -> None:
    build_block("dma", "td_dma_bench", SOURCES).test("tb.tests.dma", tmp_path, testcase=case, timeout=120)
