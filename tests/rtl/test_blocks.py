# SPDX-License-Identifier: Apache-2.0
"""The blocks on their benches, as the test plan lists them (tb/blocks/<block>/block.py)."""

from pathlib import Path

import pytest

from tb.blocks.run import run
from tb.plan import BlockEntry, Case
from tests.plan.collect import parameters
from tests.plan.records import Facts
from traindeploy.records.case import Kind


@pytest.mark.parametrize("case", parameters(Kind.BLOCK, Kind.BENCHMARK))
def test_block(case: Case, tmp_path: Path, facts: Facts) -> None:
    assert isinstance(case.entry, BlockEntry)
    facts.of_case(case, tmp_path)
    facts.outcome = run(case.entry, case.configuration, case.seed, tmp_path)
