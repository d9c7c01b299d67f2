# SPDX-License-Identifier: Apache-2.0
"""The shared FPU against IEEE-754, with the traffic of several cores at once."""

from pathlib import Path

import pytest

from tb.build.paths import ROOT
from tb.build.simulator import build_block
from tb.build.sources import CORE_INCLUDES, CORE_SOURCES

BENCH = ROOT / "tb" / "tests" / "fpu"
CLUSTER = ROOT / "rtl" / "cluster"
SOURCES = [
    *CORE_SOURCES,
    *(CLUSTER / f"{name}.sv" for name in ("cv32e40p_clock_gate", "td_rr_pick", "td_fpnew", "td_fpu", "td_fpu_share")),
    BENCH / "td_fpu_bench.sv",
    BENCH / "fpu_bench.cpp",
]


@pytest.mark.parametrize("fpus", [4, 8])
def test_every_operation_equals_ieee_754_on_every_port(fpus: int, tmp_path: Path) -> None:
    build = build_block(
        f"fpu{fpus}", "td_fpu_bench", SOURCES, includes=CORE_INCLUDES, parameters={"NumFpus": fpus}, args=["-Wno-lint"]
    )
    build.test("tb.tests.fpu.fpu_numerics", tmp_path, timeout=300)
