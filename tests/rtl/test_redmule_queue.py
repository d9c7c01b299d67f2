# SPDX-License-Identifier: Apache-2.0
"""The register interface of RedMule, exhaustively."""

from tb.build.paths import BLOCKS, RTL
from tb.build.simulator import build_block


def test_every_transition_of_the_queue_keeps_each_job_exactly_once(tmp_path) -> None:
    sources = [
        RTL / "redmule" / "td_redmule_pkg.sv",
        RTL / "redmule" / "td_redmule_regs.sv",
        BLOCKS / "redmule" / "td_redmule_queue_tb.sv",
    ]
    build = build_block("redmule-queue", "td_redmule_queue_tb", sources)
    build.test("tb.blocks.redmule.test_queue", tmp_path, timeout=100)
