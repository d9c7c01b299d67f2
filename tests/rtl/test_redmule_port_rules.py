# SPDX-License-Identifier: Apache-2.0
"""The port rules that are bound to RedMule can fail: each one does, and it alone, when it is broken."""

import re

import pytest

from tb.blocks.redmule.test_port_rules import BREAKS
from tb.build.paths import CHECKERS
from tb.build.simulator import SimulationError, build_block


@pytest.mark.parametrize("rule", BREAKS)
def test_a_broken_port_rule_ends_the_simulation_with_its_name(rule: str, tmp_path) -> None:
    checker = CHECKERS / "td_redmule_port_checker.sv"
    build = build_block("redmule-port-rules", "td_redmule_port_checker", [checker], parameters={"DataWidth": 288})
    assert set(re.findall(r"a_\w+(?= :)", checker.read_text())) == set(BREAKS) - {""}, "a rule without its test"
    log = tmp_path / "sim.log"
    if not rule:
        build.test("tb.blocks.redmule.test_port_rules", tmp_path, env={"REDMULE_RULE": rule}, timeout=60)
        return
    with pytest.raises(SimulationError):
        build.test("tb.blocks.redmule.test_port_rules", tmp_path, env={"REDMULE_RULE": rule}, timeout=60)
    said = log.read_text()
    assert "the rules are kept" in said
    assert set(re.findall(r"\b(a_\w+): ", said)) == {rule}
