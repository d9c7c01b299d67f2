# SPDX-License-Identifier: Apache-2.0
"""Generated mutants of the RTL: a small block's in one simulator; a night's sample is a job of tests/plan/jobs.py."""

from tb.blocks.catalogue import CATALOGUE
from tb.mutate import campaign


def test_one_simulator_holds_all_mutants_of_a_block() -> None:
    """The event unit: what its tests say without a mutant, of one that breaks it, and of one that never ends."""
    bench = campaign.prepare(CATALOGUE["event_unit"], "main", "")
    assert len(bench.mutants) > 200
    assert len(bench.stillborn) < len(bench.mutants) / 50
    checks = [campaign.measured(bench, check) for check in campaign.checks_of(bench, {})]
    assert len(checks) == 3, "each passes without a mutant"
    assert checks[0] is not None
    wrong = next(m for m in bench.mutants if m.text.startswith("barrier_done |=") and m.change.kind == "dropped")
    assert any(check and campaign.attempt(bench, check, wrong.number)[0] for check in checks)
    assert campaign.attempt(bench, checks[0], 10**9)[0] == "", "a number that is no mutant's changes nothing"
