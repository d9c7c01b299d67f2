# SPDX-License-Identifier: Apache-2.0
"""docs/reference/platform.md states what the block benches measure. UPDATE_DOCS=1 in the environment rewrites it."""

from pathlib import Path

from tb.blocks import catalogue as blocks
from tb.build.paths import ROOT
from tb.env.common import figures

BENCHES = {
    "l2": "ports_that_saturate_share_fairly",
    "icache": "loops_that_fit_run_without_a_bubble",
    "dma": "rows_reach_their_bandwidth",
    "hyperbus": "bursts_reach_their_bandwidth",
}


def test_platform_page_states_the_measured_figures(tmp_path: Path) -> None:
    measured: dict[str, str] = {}
    for name, case in BENCHES.items():
        blocks.build(name).test(f"tb.blocks.{name}.test_{name}", tmp_path / name, testcase=case, timeout=120)
        measured |= figures.read(tmp_path / name)
    figures.check_page(ROOT / "docs/reference/platform.md", "memory system", measured)
