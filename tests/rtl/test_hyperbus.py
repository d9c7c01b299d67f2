# SPDX-License-Identifier: Apache-2.0
"""td_hyperbus on the pins of the HyperRAM model: data, bandwidth, faults, and that the model's checks can fail."""

import pytest

from tb.build.paths import ROOT
from tb.build.simulator import build_block

RTL, BENCH = ROOT / "rtl", ROOT / "tb"
SOURCES = [
    RTL / "soc/td_fifo.sv",
    *(RTL / f"soc/td_hyperbus{part}.sv" for part in ("_phy", "_l2", "_regs", "")),
    BENCH / "models/td_stall_memory.sv",
    BENCH / "models/td_hyperram.sv",
    BENCH / "tests/td_hyperbus_bench.sv",
]


@pytest.mark.xdist_group("hyperbus")
@pytest.mark.parametrize(
    ("case", "plusargs"),
    [
        ("random_jobs_move_exactly_their_bytes", []),
        ("queued_jobs_complete_in_order", []),
        ("bursts_reach_their_bandwidth", []),
        ("missing_device_and_l2_error_end_the_job_and_are_reported", []),
        ("the_model_catches_violations", ["+td_hyperram_count_only"]),
    ],
)
def test_hyperbus(case: str, plusargs: list[str], tmp_path) -> None:
    build = build_block("hyperbus", "td_hyperbus_bench", SOURCES)
    build.test("tb.tests.hyperbus", tmp_path, testcase=case, plusargs=plusargs, timeout=120)
