# SPDX-License-Identifier: Apache-2.0
"""Random networks are understood: a few at each push, thousands at night. ``python -m tests.fuzz`` repeats any."""

import pytest

from tests.fuzz.__main__ import summary
from tests.fuzz.judge import judge

BLOCK = 100  # networks a nightly test
REFUSED = 0.02  # the share that may be refused


def run(seeds: range, *, transformer: bool) -> None:
    verdicts = {seed: judge(seed, transformer=transformer) for seed in seeds}
    print(summary(verdicts))
    bad = {seed: v for seed, v in verdicts.items() if v.kind in ("wrong", "crashed")}
    assert not bad, f"python -m tests.fuzz --seed {min(bad)} --count 1{' --transformers' * transformer}: {bad}"
    counts = [sum(v.kind == kind for v in verdicts.values()) for kind in ("refused", "void", "right")]
    assert counts[0] <= max(1, REFUSED * len(seeds)), summary(verdicts)
    assert counts[2] >= 0.9 * len(seeds), summary(verdicts)


def test_a_few_random_graphs_are_understood() -> None:
    run(range(40), transformer=False)


def test_a_few_random_transformers_are_understood() -> None:
    run(range(8), transformer=True)


@pytest.mark.nightly
@pytest.mark.parametrize("block", range(20))
def test_two_thousand_random_graphs_are_understood(block: int) -> None:
    run(range(1000 + BLOCK * block, 1000 + BLOCK * (block + 1)), transformer=False)


@pytest.mark.nightly
@pytest.mark.parametrize("block", range(2))
def test_two_hundred_random_transformers_are_understood(block: int) -> None:
    run(range(1000 + BLOCK * block, 1000 + BLOCK * (block + 1)), transformer=True)
