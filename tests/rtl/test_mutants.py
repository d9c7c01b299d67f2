# SPDX-License-Identifier: Apache-2.0
"""The tests of a block notice deliberate defects of it, as the test plan lists them (tb/blocks/<block>/mutants.py)."""

from pathlib import Path

import pytest

from tb.mutate.mutants import notices
from tb.plan import Case, MutantEntry
from tests.plan.collect import parameters
from tests.plan.records import Facts
from traindeploy.records.case import Kind


@pytest.mark.parametrize("case", parameters(Kind.MUTANT))
def test_a_defect_is_noticed(case: Case, tmp_path: Path, facts: Facts) -> None:
    assert isinstance(case.entry, MutantEntry)
    facts.of_case(case, tmp_path)
    facts.note = notices(case.entry.block, case.entry.mutant)
    assert facts.note, f"no test of {case.entry.block} notices that {case.entry.mutant}"
