# SPDX-License-Identifier: Apache-2.0
"""Differentiation: contributions are summed, and only what is asked for is computed. Single rules: tests/ops."""

import numpy as np
import pytest

from golden.executor import execute
from tests.ops.graphs import LABEL, with_gradients
from traindeploy.errors import UserError
from traindeploy.ir import Graph, Tensor
from traindeploy.ir.emit import Emitter
from traindeploy.training.autodiff import differentiate
from traindeploy.training.loss import append_loss
from traindeploy.training.rules import RULES

SHAPE = (4, 6)


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(np.float32)


def network(form: str) -> Graph:
    """Logits that depend on the trainable parameter ``p`` [4,6] twice or through other layouts, as ``form`` says."""
    graph = Graph(form)
    emit = Emitter(graph)
    graph.add(Tensor("x", SHAPE, kind="input"))
    graph.inputs = ["x"]
    p = emit.parameter("p", normal(*SHAPE), trainable=True)
    if form in ("Add", "Mul"):
        y = emit.one(form, "op", [emit.one(form, "first", ["x", p], SHAPE), p], SHAPE)
    elif form == "transposed products":
        row = emit.parameter("row", normal(6, seed=1), trainable=True)
        y = emit.gemm("op", emit.transpose(p), "x", row)
        y = emit.reshape(emit.gemm("again", y, emit.transpose(p)), SHAPE)
    elif form == "transposed":
        y = emit.reshape(emit.one("Gelu", "gelu", [emit.transpose(p)], (6, 4)), SHAPE)
    else:  # reshaped
        y = emit.reshape(emit.one("Softmax", "rows", [emit.reshape(p, (8, 3))], (8, 3)), SHAPE)
    pooled = emit.gemm("pool", emit.parameter("ones", normal(1, 4, seed=4)), y)
    emit.gemm("logits", pooled, emit.parameter("head", normal(6, 3, seed=5)))
    graph.outputs = ["logits"]
    append_loss(graph)
    return graph


@pytest.mark.parametrize("form", ["Add", "Mul", "transposed products", "transposed", "reshaped"])
def test_gradients_of_several_contributions_and_layouts_match_finite_differences(form: str) -> None:
    """The central difference truncates 1e-10 times a third derivative, and rounds 1e-11 times the loss."""
    graph = network(form)
    feeds = {"x": normal(*SHAPE, seed=7), "label": LABEL}
    for parameter, name in with_gradients(graph).items():
        data = np.asarray(graph.tensors[parameter].data, np.float64)
        gradient = execute(graph, feeds, "math")[name]
        direction = normal(*data.shape, seed=8)
        above, below = (
            execute(graph, feeds | {parameter: data + step * direction}, "math")["loss"][0] for step in (1e-5, -1e-5)
        )
        expected = (above - below) / 2e-5
        assert abs((gradient * direction).sum() - expected) <= 1e-7 * max(1.0, abs(expected)), parameter


def test_only_what_leads_to_a_trainable_parameter_is_differentiated() -> None:
    graph = network("Mul")
    graph.tensors["p"].trainable = False
    graph.tensors["head"].trainable = True
    gradients = differentiate(graph)
    assert set(gradients) == {"head"}
    backward = [n.name for n in graph.nodes if n.phase == "backward" and n.op not in ("Reshape", "Transpose")]
    assert backward == ["loss.dlogits", "logits.dW"]


def test_an_operator_without_rule_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(RULES, "ReduceSum")
    graph = Graph("g")
    emit = Emitter(graph)
    summed = emit.one("ReduceSum", "sum", [emit.parameter("w", normal(4, 3), trainable=True)], (3,))
    graph.outputs = [emit.reshape(summed, (1, 3))]
    append_loss(graph)
    with pytest.raises(UserError, match=r"node 'sum' \(ReduceSum\): has no gradient rule"):
        differentiate(graph)


def test_a_parameter_that_the_loss_does_not_see_is_named() -> None:
    graph = network("Mul")
    Emitter(graph).parameter("idle", normal(3), trainable=True)
    with pytest.raises(UserError, match="does not depend on the trainable parameters idle"):
        differentiate(graph)
