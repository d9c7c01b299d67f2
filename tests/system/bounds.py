# SPDX-License-Identifier: Apache-2.0
"""How far a step in float32 may be from one in float64: what the operators' derived bounds do to each parameter."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from golden import math as math_model
from golden.executor import execute
from traindeploy.ir import Graph


def gradient_of(graph: Graph, values: dict[str, np.ndarray], parameter: str) -> np.ndarray:
    return values[next(n for n in graph.nodes if n.name == f"sgd.{parameter}").inputs[1]]


def distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.linalg.norm(np.asarray(a, np.float64) - b))


def perturbed(op: str, seed: int) -> Callable[..., list[np.ndarray]]:
    """The math model of ``op`` with each result moved by its derived error bound, up or down at random."""
    model, bound = math_model.OPS[op], math_model.BOUNDS[op]
    random = np.random.default_rng(seed)

    def run(node: Any, inputs: Any, attrs: Any) -> list[np.ndarray]:
        outputs = model(node, inputs, attrs)
        return [
            o + random.choice([-1.0, 1.0], o.shape) * b
            for o, b in zip(outputs, bound(node, inputs, outputs), strict=True)
        ]

    return run


def allowed_changes(graph: Graph, feeds: dict[str, np.ndarray]) -> dict[str, float]:
    """By parameter, and "loss": the largest L2 change that perturbations within the bounds made, of three."""
    loss = graph.outputs[0]
    exact = execute(graph, feeds, "math")
    found: dict[str, float] = {}
    for seed in range(3):
        with pytest.MonkeyPatch.context() as patch:
            for index, op in enumerate(math_model.OPS):
                patch.setitem(math_model.OPS, op, perturbed(op, 100 * seed + index))
            moved = execute(graph, feeds, "math")
        found["loss"] = max(found.get("loss", 0.0), distance(moved[loss], exact[loss]))
        for node in graph.nodes:
            if node.op == "Sgd":
                change = distance(moved[node.inputs[1]], exact[node.inputs[1]])
                found[node.inputs[0]] = max(found.get(node.inputs[0], 0.0), change)
    return found
