# SPDX-License-Identifier: Apache-2.0
"""The block benches of memory system and SoC: which files make up each, and its simulator."""

from pathlib import Path

from tb.build.paths import BLOCKS, MODELS, RTL
from tb.build.simulator import Build, build_block

_MODELS, _BENCHES = MODELS, BLOCKS


def _files(folder: Path, stem: str, *parts: str) -> list[Path]:
    return [folder / f"{stem}{part}.sv" for part in parts]


_BLOCKS: dict[str, tuple[str, list[Path]]] = {
    "dma": (
        "td_dma_bench",
        [
            *_files(RTL / "dma", "td_dma", "_pkg", "_agen", "_buffer", "_l2_port", "_tcdm_port", "_regs", ""),
            _MODELS / "td_stall_memory.sv",
            _BENCHES / "dma/td_dma_bench.sv",
        ],
    ),
    "icache": (
        "td_icache_bench",
        [
            *_files(RTL / "icache", "td_icache", "_l0", "_bank", ""),
            _MODELS / "td_stall_memory.sv",
            _BENCHES / "icache/td_icache_bench.sv",
        ],
    ),
    "l2": ("td_l2_bench", [RTL / "l2/td_l2.sv", *_files(_BENCHES / "l2", "td_l2", "_agent", "_coverage", "_bench")]),
    "hyperbus": (
        "td_hyperbus_bench",
        [
            *_files(RTL / "hyperbus", "td_hyperbus", "_phy", "_l2", "_regs", ""),
            _MODELS / "td_stall_memory.sv",
            _MODELS / "td_hyperram.sv",
            *_files(_BENCHES / "hyperbus", "td_hyperbus", "_coverage", "_bench"),
        ],
    ),
    "hyperram": ("td_hyperram", [_MODELS / "td_hyperram.sv"]),
    "soc_ctrl": ("td_soc_ctrl", [RTL / "soc_ctrl/td_soc_ctrl.sv"]),
}


def sources(name: str) -> list[Path]:
    """The files that make up block ``name`` and its bench."""
    common = [] if name in ("soc_ctrl", "hyperram") else ["td_fifo.sv", "cv32e40p_clock_gate.sv"]
    return [*(RTL / "common" / file for file in common), *_BLOCKS[name][1]]


def top(name: str) -> str:
    """The module that cocotb drives."""
    return _BLOCKS[name][0]


def build(name: str) -> Build:
    """The simulator of block ``name`` (dma, icache, l2, hyperbus, hyperram, soc_ctrl), from the cache if there."""
    return build_block(name, top(name), sources(name))
