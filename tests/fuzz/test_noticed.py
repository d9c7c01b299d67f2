# SPDX-License-Identifier: Apache-2.0
"""The fuzz sees faults: each planted one makes some of the first networks wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from golden import math as math_models
from tests.fuzz.judge import judge
from traindeploy.frontend import rules
from traindeploy.training import rules as gradients

NETWORKS = [*((seed, False) for seed in range(60)), *((seed, True) for seed in range(6))]
Patch = Callable[[pytest.MonkeyPatch], None]


def wrapped(table: dict[str, Any], key: str, change: Callable[..., Any]) -> Patch:
    """``table[key]`` called through ``change(original, *arguments)``."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        original = table[key]
        monkeypatch.setitem(table, key, lambda *arguments: change(original, *arguments))

    return patch


FAULTS: dict[str, Patch] = {
    "a contribution to a gradient is dropped": wrapped(
        gradients.RULES, "Add", lambda rule, emit, node, dy, wanted: rule(emit, node, dy, [wanted[0], False])
    ),
    "a product's gradient takes the wrong factor": wrapped(
        gradients.RULES,
        "Mul",
        lambda rule, emit, node, dy, wanted: [
            g and emit.one("Scale", f"{node.name}.wrong", [g], emit.shape(g), alpha=1.01)
            for g in rule(emit, node, dy, wanted)
        ],
    ),
    "Gemm's alpha is ignored": wrapped(
        rules.RULES, "Gemm", lambda rule, low, node: (node.attrs.update(alpha=1.0), rule(low, node))
    ),
    "a gradient goes through a permutation as its value did": wrapped(
        gradients.RULES, "Transpose", lambda rule, emit, node, dy, wanted: [emit.transpose(dy, node.attrs["perm"])]
    ),
    "Softmax's model is off by a millionth": wrapped(
        math_models.OPS, "Softmax", lambda model, *given: [1.00001 * y for y in model(*given)]
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_faults_are_noticed(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    FAULTS[fault](monkeypatch)
    verdicts = (judge(seed, transformer=transformer).kind for seed, transformer in NETWORKS)
    assert any(kind in ("wrong", "crashed") for kind in verdicts)
