# SPDX-License-Identifier: Apache-2.0
"""The TCDM with RedMule, DMA and busy cores on it: speeds and shares as docs/reference/cluster.md states them."""

from pathlib import Path

from test_redmule import NEEDED

from tb.build.paths import MODELS, ROOT, RTL
from tb.build.simulator import build_block
from tb.build.sources import CORE_INCLUDES, CORE_SOURCES
from tb.env.common import figures

DMA = ("pkg", "agen", "buffer", "l2_port", "tcdm_port", "regs")
SOURCES = [
    *(path for path in CORE_SOURCES if path.stem in NEEDED),
    RTL / "common" / "cv32e40p_clock_gate.sv",
    *sorted((RTL / "redmule").glob("*_pkg.sv")),
    *sorted(path for path in (RTL / "redmule").glob("*.sv") if not path.stem.endswith("_pkg")),
    RTL / "common" / "td_fifo.sv",
    *(RTL / "dma" / f"td_dma_{part}.sv" for part in DMA),
    RTL / "dma" / "td_dma.sv",
    RTL / "tcdm" / "td_tcdm.sv",
    MODELS / "td_stall_memory.sv",
    ROOT / "tb" / "blocks" / "tcdm" / "td_tcdm_mix_bench.sv",
]


def test_redmule_keeps_its_speed_and_cores_get_their_share(tmp_path: Path) -> None:
    build = build_block("tcdm-mix", "td_tcdm_mix_bench", SOURCES, includes=CORE_INCLUDES)
    build.test("tb.blocks.tcdm.test_mix", tmp_path, timeout=300)
    figures.check_page(ROOT / "docs/reference/cluster.md", "tcdm with redmule", figures.read(tmp_path))
