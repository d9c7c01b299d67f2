# SPDX-License-Identifier: Apache-2.0
"""The benches of the blocks notice deliberate defects: one a block every night, all by ``block_mutants.py``."""

import pytest

from tb.mutate import block_mutants

SAMPLE = [
    "tcdm: the first bank is in the old row",
    "dma: padding overtakes bytes under way",
    "event unit: arrivals of others are forgotten",
    "icache: the way used last is replaced",
    "l2: the lowest port always wins",
    "hyperbus: the byte after the last is written",
    "fpu: the loser is granted too",
]


@pytest.mark.nightly
@pytest.mark.parametrize("name", SAMPLE)
def test_a_defect_is_noticed(name: str) -> None:
    assert block_mutants.notices(block_mutants.MUTANTS[name])
