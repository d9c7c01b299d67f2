# SPDX-License-Identifier: Apache-2.0
"""The event unit against a cycle model of its register map."""

from pathlib import Path

from tb.build.paths import RTL
from tb.build.simulator import build_block

SOURCES = [RTL / "cluster" / f"{name}.sv" for name in ("td_cluster_pkg", "td_event_core", "td_event_unit")]


def test_event_unit_equals_its_model_in_every_cycle(tmp_path: Path) -> None:
    build = build_block("event_unit", "td_event_unit", SOURCES, args=["-Wno-lint"])
    build.test("tb.tests.event_unit", tmp_path, timeout=300)
