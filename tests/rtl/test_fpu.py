# SPDX-License-Identifier: Apache-2.0
"""The shared FPU against IEEE-754, with the traffic of several cores at once."""

from pathlib import Path

import pytest

from tb.build.paths import ROOT, RTL
from tb.build.simulator import Build, build_block
from tb.build.sources import CORE_INCLUDES, CORE_SOURCES
from tb.env.common import figures

BENCH = ROOT / "tb" / "blocks" / "fpu"
SOURCES = [
    RTL / "waivers.vlt",
    *CORE_SOURCES,
    *(RTL / "common" / f"{name}.sv" for name in ("cv32e40p_clock_gate", "td_rr_pick")),
    *(RTL / "fpu" / f"{name}.sv" for name in ("td_fpnew", "td_fpu", "td_fpu_share")),
    BENCH / "td_fpu_bench.sv",
    BENCH / "fpu_bench.cpp",
]
DIVISIONS = 0x30  # of the bench's operations: division and square root


def build(fpus: int, sources: list[Path] = SOURCES, name: str = "fpu") -> Build:
    return build_block(f"{name}{fpus}", "td_fpu_bench", sources, includes=CORE_INCLUDES, parameters={"NumFpus": fpus})


def check(simulator: Build, folder: Path, fpus: int, **options) -> dict[str, str]:
    env = {"TD_FPUS": str(fpus), **options.pop("env", {})}
    simulator.test("tb.blocks.fpu.test_fpu", folder, env=env, **options)
    return figures.read(folder)


@pytest.mark.parametrize("fpus", [4, 8])
def test_every_operation_equals_ieee_754_on_every_port(fpus: int, tmp_path: Path) -> None:
    measured = check(build(fpus), tmp_path, fpus, timeout=300)
    if fpus == 4:
        figures.check_page(ROOT / "docs/reference/cluster.md", "fpu", measured)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", [11, 12])
def test_millions_of_divisions_and_square_roots_equal_ieee_754(seed: int, tmp_path: Path) -> None:
    env = {"TD_FPU_CYCLES": "30000000", "TD_FPU_OPERATIONS": hex(DIVISIONS)}
    check(build(8), tmp_path, 8, env=env, timeout=1500, seed=seed)
