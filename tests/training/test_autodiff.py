# SPDX-License-Identifier: Apache-2.0
"""Differentiation: each rule against finite differences of the graph, and only the gradients that are asked for."""

import numpy as np
import pytest

from golden.executor import execute
from traindeploy.errors import UserError
from traindeploy.ir import Graph, Tensor
from traindeploy.ir.emit import Emitter
from traindeploy.ir.views import fold_views
from traindeploy.training.autodiff import differentiate
from traindeploy.training.rules import RULES
from traindeploy.training.step import append_loss

LABEL = np.array([1], np.int32)


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(np.float32)


def network(op: str) -> Graph:
    """Logits that depend on the trainable parameter ``p`` [4,6] through ``op``."""
    graph = Graph(op)
    emit = Emitter(graph)
    graph.add(Tensor("x", (4, 6), kind="input"))
    graph.inputs = ["x"]
    p = emit.parameter("p", normal(4, 6), trainable=True)
    row = emit.parameter("row", normal(6, seed=1), trainable=op in ("AddRow", "Gemm"))
    shape = (4, 6)
    if op in ("Relu", "Gelu", "Softmax"):
        y = emit.one(op, "op", [p], shape)
    elif op == "Scale":
        y = emit.one(op, "op", [p], shape, alpha=0.3)
    elif op in ("Add", "Mul"):
        y = emit.one(op, "op", [emit.one(op, "first", ["x", p], shape), p], shape)  # two contributions to p
    elif op == "AddRow":
        y = emit.one(op, "op", [p, row], shape)
    elif op == "LayerNorm":
        gamma, beta = emit.parameter("gamma", normal(6, seed=2)), emit.parameter("beta", normal(6, seed=3))
        y = emit.op(op, "op", [p, gamma, beta], [shape, (4,), (4,)], {"epsilon": 1e-5})[0]
    elif op == "Gemm":
        y = emit.gemm("op", emit.transpose(p), "x", row)
        y = emit.reshape(emit.gemm("again", y, emit.transpose(p)), shape)
    elif op == "Transpose":
        y = emit.reshape(emit.one("Gelu", "gelu", [emit.transpose(p)], (6, 4)), shape)
    elif op == "Reshape":
        y = emit.reshape(emit.one("Softmax", "rows", [emit.reshape(p, (8, 3))], (8, 3)), shape)
    else:  # the loss itself
        y = emit.one("Add", "op", [p, "x"], shape)
    pooled = emit.gemm("pool", emit.parameter("ones", normal(1, 4, seed=4)), y)
    emit.gemm("logits", pooled, emit.parameter("head", normal(6, 3, seed=5)))
    graph.outputs = ["logits"]
    append_loss(graph)
    return graph


@pytest.mark.parametrize("op", sorted(RULES))
def test_rule_matches_finite_differences(op):
    graph = network(op)
    gradients = differentiate(graph)
    graph.check()
    graph.outputs += gradients.values()
    fold_views(graph)
    feeds = {"x": normal(4, 6, seed=7), "label": LABEL}
    assert any(n.op == op for n in graph.nodes) or op in ("Reshape", "Transpose")
    for position, parameter in enumerate(gradients, 1):
        data = graph.tensors[parameter].data.astype(np.float64)
        gradient = execute(graph, feeds, "math")[graph.outputs[position]]
        assert gradient.shape == data.shape
        direction = normal(*data.shape, seed=8)
        losses = [
            execute(graph, feeds | {parameter: data + step * direction}, "math")["loss"][0] for step in (1e-5, -1e-5)
        ]
        expected = (losses[0] - losses[1]) / 2e-5
        # Central difference: truncation 1e-10 times the third derivative, rounding 1e-11 times the loss.
        assert abs((gradient * direction).sum() - expected) <= 1e-7 * max(1.0, abs(expected)), parameter


def test_only_what_leads_to_a_trainable_parameter_is_differentiated():
    graph = network("Mul")
    graph.tensors["p"].trainable = False
    graph.tensors["head"].trainable = True
    gradients = differentiate(graph)
    assert set(gradients) == {"head"}
    backward = [n.name for n in graph.nodes if n.phase == "backward" and n.op not in ("Reshape", "Transpose")]
    assert backward == ["loss.dlogits", "logits.dW"]


def test_an_operator_without_rule_is_named():
    graph = Graph("g")
    emit = Emitter(graph)
    graph.add(Tensor("x", (1, 4, 4, 2), kind="input"))
    weight = emit.parameter("w", normal(3, 3, 2, 3), trainable=True)
    image = emit.one("Conv", "conv", ["x", weight], (1, 1, 1, 3), strides=(4, 4), pads=(1, 1, 1, 1))
    graph.outputs = [emit.reshape(image, (1, 3))]
    append_loss(graph)
    with pytest.raises(UserError, match=r"node 'conv' \(Conv\): has no gradient rule"):
        differentiate(graph)


def test_a_parameter_that_the_loss_does_not_see_is_named():
    graph = network("Mul")
    Emitter(graph).parameter("idle", normal(3), trainable=True)
    with pytest.raises(UserError, match="does not depend on the trainable parameters idle"):
        differentiate(graph)
