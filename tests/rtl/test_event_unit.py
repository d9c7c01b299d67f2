# SPDX-License-Identifier: Apache-2.0
"""The event unit against a cycle model of its register map."""

from pathlib import Path

from tb.build.paths import ROOT, RTL
from tb.build.simulator import build_block
from tb.env.common import figures

SOURCES = [
    RTL / "cluster" / "td_cluster_pkg.sv",
    *(RTL / "event_unit" / f"{name}.sv" for name in ("td_event_core", "td_event_unit")),
]


def test_event_unit_equals_its_model_in_every_cycle(tmp_path: Path) -> None:
    build = build_block("event_unit", "td_event_unit", SOURCES)
    build.test("tb.blocks.event_unit.test_event_unit", tmp_path, timeout=300)
    figures.check_page(ROOT / "docs/reference/cluster.md", "event unit", figures.read(tmp_path))
