# SPDX-License-Identifier: Apache-2.0
"""Random networks are understood: a few at each push, thousands at night. ``python -m tests.fuzz`` repeats any."""

import pytest

from tests.fuzz.__main__ import summary
from tests.fuzz.judge import judge
from tests.plan.collect import seeds

BLOCK = 100  # networks of a seed of the plan; the first seed, for a push, has fewer
REFUSED = 0.02  # the share that may be refused


def run(networks: range, *, transformer: bool) -> None:
    verdicts = {seed: judge(seed, transformer=transformer) for seed in networks}
    print(summary(verdicts))
    bad = {seed: v for seed, v in verdicts.items() if v.kind in ("wrong", "crashed")}
    assert not bad, f"python -m tests.fuzz --seed {min(bad)} --count 1{' --transformers' * transformer}: {bad}"
    counts = [sum(v.kind == kind for v in verdicts.values()) for kind in ("refused", "void", "right")]
    assert counts[0] <= max(1, REFUSED * len(networks)), summary(verdicts)
    assert counts[2] >= 0.9 * len(networks), summary(verdicts)


@pytest.mark.parametrize("seed", seeds("networks.random_graphs"))
def test_random_graphs_are_understood(seed: int) -> None:
    run(range(40) if seed == 1 else range(BLOCK * seed, BLOCK * (seed + 1)), transformer=False)


@pytest.mark.parametrize("seed", seeds("networks.random_transformers"))
def test_random_transformers_are_understood(seed: int) -> None:
    run(range(8) if seed == 1 else range(BLOCK * seed, BLOCK * (seed + 1)), transformer=True)
