# SPDX-License-Identifier: Apache-2.0
"""Gradients are clipped as torch.nn.utils clips them: by value, and by the norm of all of them together."""

import numpy as np
import pytest
import torch

from golden.directional import gradients
from golden.executor import execute
from traindeploy.app.options import Options
from traindeploy.app.pipeline import build_training_graph
from traindeploy.errors import UserError
from traindeploy.frontend.data import load_samples
from traindeploy.training.step import Clipping

FLOAT64 = 1e-12  # relative to the largest element; torch adds 1e-6 to the norm, which is far below the ones used here
LR = 0.5


@pytest.mark.parametrize("strategy", ["lp", "ft2", "lora1"])
@pytest.mark.parametrize("limit", [0.01, 0.3, 100.0])
@pytest.mark.parametrize("kind", ["value", "norm"])
def test_updates_are_those_of_clipped_gradients(strategy: str, limit: float, kind: str) -> None:
    graph = build_training_graph(
        "cct_tiny", strategy, lora_b="random", learning_rate=LR, clipping=Clipping(**{kind: limit})
    )
    values = execute(graph, load_samples("", graph, 1, 0)[0], "math")
    found = gradients(graph)
    leaves = {name: torch.nn.Parameter(torch.tensor(values[name])) for name in found}
    for name, gradient in found.items():
        leaves[name].grad = torch.tensor(values[gradient].reshape(values[name].shape))
    if kind == "value":
        torch.nn.utils.clip_grad_value_(list(leaves.values()), limit)
        slack = FLOAT64
    else:
        norm = torch.nn.utils.clip_grad_norm_(list(leaves.values()), limit)
        slack = FLOAT64 + (1e-6 / float(norm) if float(norm) > limit else 0.0)
    limit = float(np.float32(limit))
    for name, leaf in leaves.items():
        assert leaf.grad is not None
        wanted = values[name] - float(np.float32(LR)) * leaf.grad.numpy()
        moved = np.abs(wanted - values[name]).max()
        error = np.abs(values[f"{name}.new"] - wanted).max()
        assert error <= 2 * slack * max(moved, 1.0) + 2.0**-24 * moved, name  # the limit is one of float32


def test_a_gradient_of_zero_is_left_alone_by_the_norm() -> None:
    """The reciprocal root of zero is finite on the chip, and the factor 1."""
    graph = build_training_graph("cct_tiny", "lp", clipping=Clipping(norm=0.5))
    factor = next(node for node in graph.nodes if node.op == "ScaleBy").inputs[1]
    root = next(node for node in graph.nodes if node.op == "Rsqrt").inputs[0]
    after = [node for node in graph.nodes if node.op in ("Rsqrt", "Scale", "Clip") and node.phase == "update"]
    assert [node.op for node in after] == ["Rsqrt", "Scale", "Clip"]
    from golden import machine

    value = np.zeros(graph.tensors[root].shape, np.float32)
    for node in after:
        (value,) = machine.OPS[node.op](node, [value], node.attrs)
    assert value.reshape(-1)[0] == 1.0
    assert graph.tensors[factor].size == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"clip_value": -1.0}, "CLIP_VALUE=-1.0: expected a positive number"),
        ({"clip_norm": float("nan")}, "CLIP_NORM=nan: expected a positive number"),
        ({"clip_norm": 1e-60}, "CLIP_NORM=1e-60: expected a positive number that float32 holds"),
        ({"clip_norm": 1.0, "clip_value": 1.0}, "expected one of them"),
    ],
)
def test_what_cannot_be_a_limit_is_told(given: dict[str, float], said: str) -> None:
    with pytest.raises(UserError, match=said):
        _ = Options(model="cct_tiny", strategy="lp", **given).training  # type: ignore[arg-type]
