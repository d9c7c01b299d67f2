# SPDX-License-Identifier: Apache-2.0
"""Operators of single elements change places with layout nodes where that spares copies, and change no value."""

import numpy as np
import pytest
from hypothesis import given, settings

from golden.executor import execute
from tests.ir.test_views import graph_with, layout_chains, legal, reference
from traindeploy.ir import Graph
from traindeploy.ir.emit import Emitter
from traindeploy.training.commute import _moves, fold_layouts

UNARY = ("Relu", "Gelu", "Scale", "Tanh", "Sigmoid")


def copies(graph: Graph) -> int:
    return sum(node.op == "Transpose" for node in graph.nodes)


def unary(emit: Emitter, op: str, x: str) -> str:
    return emit.one(op, op.lower(), [x], emit.shape(x), **({"alpha": 0.5} if op == "Scale" else {}))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(layout_chains())
def test_moving_past_layouts_changes_no_value(graph: Graph) -> None:
    x = np.random.default_rng(1).standard_normal(graph.tensors["x"].shape)
    expected = reference(graph, {"x": x})
    fold_layouts(graph)
    legal(graph)
    values = execute(graph, {"x": x}, "math") | {"x": x}
    for name, value in zip(graph.outputs, expected, strict=True):
        np.testing.assert_allclose(values[name], value, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("op", UNARY)
def test_heads_are_scaled_before_they_are_split(op: str) -> None:
    """As F.scaled_dot_product_attention is exported: both operands of the scores are scaled behind their layouts."""
    graph, emit, x = graph_with((4, 6))
    q = unary(emit, op, emit.transpose(emit.reshape(x, (4, 2, 3)), (1, 0, 2)))
    k = emit.transpose(emit.reshape(x, (4, 2, 3)), (1, 2, 0))
    graph.outputs = [emit.gemm("scores", q, k)]
    values = {"x": np.random.default_rng(0).standard_normal((4, 6))}
    fold_layouts(graph)
    assert [node.op for node in graph.nodes] == [op, "Gemm"]
    legal(graph)
    read = [graph.tensors[name] for name in graph.nodes[1].inputs]
    assert [t.shape for t in read] == [(2, 4, 3), (2, 3, 4)]
    assert execute(graph, values, "math")[graph.outputs[0]].shape == (2, 4, 4)


@pytest.mark.parametrize("op", UNARY)
def test_a_result_wanted_in_another_order_is_computed_in_it(op: str) -> None:
    """Gemm writes transposed at no cost; what lies between it and the transposition follows."""
    graph, emit, x = graph_with((4, 6))
    z = emit.gemm("z", x, emit.parameter("w", np.ones((6, 5))))
    turned = emit.transpose(unary(emit, op, z))
    graph.outputs = [emit.one("Softmax", "rows", [turned], (5, 4))]
    fold_layouts(graph)
    assert [node.op for node in graph.nodes] == ["Gemm", op, "Softmax"]
    legal(graph)


def test_two_operands_of_like_layouts_are_added_as_they_are_stored() -> None:
    graph, emit, x = graph_with((4, 6))
    first, second = (emit.transpose(unary(emit, op, x)) for op in ("Relu", "Tanh"))
    total = emit.one("Add", "sum", [first, second], (6, 4))
    graph.outputs = [emit.gemm("z", x, total)]
    values = {"x": np.random.default_rng(0).standard_normal((4, 6))}
    fold_layouts(graph)
    assert copies(graph) == 0
    total_value = np.maximum(values["x"], 0) + np.tanh(values["x"])
    np.testing.assert_allclose(execute(graph, values, "math")[graph.outputs[0]], values["x"] @ total_value.T)


def test_operands_of_unlike_layouts_are_copied() -> None:
    graph, emit, x = graph_with((4, 4))
    graph.outputs = [emit.one("Add", "sum", [x, emit.transpose(x)], (4, 4))]
    fold_layouts(graph)
    assert [node.op for node in graph.nodes] == ["Transpose", "Add"]


def test_what_costs_nothing_stays_where_it_is() -> None:
    graph, emit, x = graph_with((4, 6))
    graph.outputs = [unary(emit, "Scale", emit.reshape(x, (3, 8)))]
    fold_layouts(graph)
    assert graph.tensors[graph.outputs[0]].shape == (3, 8)


def test_no_layout_node_that_is_made_bears_a_name_of_the_file() -> None:
    graph, emit, x = graph_with((4, 6))
    q = unary(emit, "Scale", emit.transpose(emit.reshape(x, (4, 2, 3)), (1, 0, 2)))
    graph.outputs = [emit.gemm("scores", q, emit.transpose(emit.reshape(x, (4, 2, 3)), (1, 2, 0)))]
    (free,) = _moves(graph, "scale")
    made = set(free.tensors) - set(graph.tensors)
    assert made
    graph.reserved = frozenset(made)
    (trial,) = _moves(graph, "scale")
    assert set(trial.tensors) & made == set()
