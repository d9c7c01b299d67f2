# SPDX-License-Identifier: Apache-2.0
"""Folding layout nodes into views changes no value, copies only where it must, and leaves what the operators accept."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golden.executor import execute
from traindeploy.app.pipeline import build_training_graph
from traindeploy.ir import Graph, Tensor
from traindeploy.ir.emit import Emitter
from traindeploy.ir.graph import dense_strides
from traindeploy.ir.layout import layout_of
from traindeploy.ir.views import fold_views
from traindeploy.training.strategies import STRATEGIES


def reference(graph: Graph, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
    """The graph's outputs with every Reshape and Transpose carried out by NumPy."""
    values = {n: t.data for n, t in graph.tensors.items() if t.data is not None} | dict(feeds)
    for node in graph.nodes:
        first, *rest = (np.asarray(values[i], np.float64) for i in node.inputs)
        result = {
            "Reshape": lambda: first.reshape(graph.tensors[node.outputs[0]].shape),  # noqa: B023
            "Transpose": lambda: first.transpose(node.attrs["perm"]),  # noqa: B023
            "Gemm": lambda: first @ rest[0] + (rest[1] if len(rest) > 1 else 0),  # noqa: B023
            "Relu": lambda: np.maximum(first, 0),  # noqa: B023
        }[node.op]()
        values[node.outputs[0]] = result
    return [np.asarray(values[o], np.float64) for o in graph.outputs]


def legal(graph: Graph) -> None:
    """What docs/design/architecture.md promises of a folded graph."""
    graph.check()

    def strides(name: str) -> tuple[int, ...]:
        t = graph.tensors[name]
        return t.view.strides if t.view else dense_strides(t.shape)

    for node in graph.nodes:
        assert node.op != "Reshape"
        for i, name in enumerate([*node.inputs, *node.outputs]):
            t = graph.tensors[name]
            if node.op == "Gemm" and (i < 2 or i == len(node.inputs)):
                assert len(t.shape) in (2, 3)
                assert 1 in strides(name)[-2:], name
                if i == len(node.inputs):
                    assert strides(name)[-1] == 1, name
            else:
                assert strides(name) == dense_strides(t.shape), f"{node.name}: {name}"


def graph_with(shape: tuple[int, ...]) -> tuple[Graph, Emitter, str]:
    graph = Graph("g")
    graph.add(Tensor("x", shape, kind="input"))
    graph.inputs = ["x"]
    return graph, Emitter(graph), "x"


@st.composite
def layout_chains(draw):
    """A graph: input -> some layout nodes -> Relu or Gemm -> layout nodes -> ..., some intermediates read elsewhere."""
    sizes = draw(st.sampled_from([(4, 6), (2, 3, 4), (1, 8, 3), (2, 2, 2, 3), (6,)]))
    graph, emit, name = graph_with(sizes)
    for step in range(draw(st.integers(1, 6))):
        shape = emit.shape(name)
        choice = draw(st.integers(0, 3))
        if choice == 0 and len(shape) > 1:
            name = emit.transpose(name, tuple(draw(st.permutations(range(len(shape))))))
        elif choice == 1:
            total = math.prod(shape)
            rows = draw(st.sampled_from([d for d in range(1, total + 1) if total % d == 0]))
            rest = total // rows
            split = draw(st.sampled_from([d for d in range(1, rest + 1) if rest % d == 0]))
            name = emit.reshape(
                name, draw(st.sampled_from([(rows, rest), (rows, split, rest // split), (1, rows, rest)]))
            )
        elif choice == 2 and len(shape) == 2:
            columns = draw(st.integers(1, 4))
            weight = np.random.default_rng(step).standard_normal((shape[1], columns)).astype(np.float32)
            name = emit.gemm(f"gemm{step}", name, emit.parameter(f"w{step}", weight))
        else:
            name = emit.one("Relu", f"relu{step}", [name], shape)
        if draw(st.booleans()):
            graph.outputs.append(emit.one("Relu", f"out{step}", [name], emit.shape(name)))
    graph.outputs.append(name)
    return graph


@settings(max_examples=200, deadline=None, derandomize=True)
@given(layout_chains())
def test_folding_changes_no_value(graph):
    x = np.random.default_rng(1).standard_normal(graph.tensors["x"].shape)
    expected = reference(graph, {"x": x})
    fold_views(graph)
    legal(graph)
    values = execute(graph, {"x": x}, "math") | {"x": x}
    for name, value in zip(graph.outputs, expected, strict=True):
        np.testing.assert_allclose(values[name], value, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("model", ["cct_tiny", "cct2"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_training_graphs_are_legal_and_copy_nothing(model, strategy):
    graph = build_training_graph(model, strategy)
    legal(graph)
    assert not any(n.op == "Transpose" for n in graph.nodes)


def test_attention_reads_heads_and_writes_the_context_through_views():
    graph = build_training_graph("cct2", "ft1")
    scores = next(n for n in graph.nodes if n.name == "blocks.0.attn.scores")
    context = next(n for n in graph.nodes if n.name == "blocks.0.attn.context")
    views = [graph.tensors[t].view for t in (*scores.inputs, context.outputs[0])]
    assert [v.strides for v in views] == [(64, 128, 1), (64, 1, 128), (64, 128, 1)]
    assert [v.base for v in views] == ["blocks.0.attn.q", "blocks.0.attn.k", "blocks.0.attn.context"]
    assert graph.tensors["blocks.0.attn.context"].shape == (64, 128)


def test_a_result_wanted_transposed_is_computed_transposed():
    graph, emit, x = graph_with((4, 6))
    weight = emit.parameter("w", np.ones((6, 5)))
    graph.outputs = [emit.one("Relu", "relu", [emit.transpose(emit.gemm("gemm", x, weight))], (5, 4))]
    fold_views(graph)
    gemm, _ = graph.nodes
    assert graph.tensors[gemm.outputs[0]].shape == (5, 4)
    assert [graph.tensors[i].view.base for i in gemm.inputs] == ["w", "x"]


def test_a_row_bias_forbids_computing_transposed_and_costs_a_copy():
    graph, emit, x = graph_with((4, 6))
    weight, bias = emit.parameter("w", np.ones((6, 5))), emit.parameter("b", np.ones(5))
    graph.outputs = [emit.one("Relu", "relu", [emit.transpose(emit.gemm("gemm", x, weight, bias))], (5, 4))]
    fold_views(graph)
    assert [n.op for n in graph.nodes] == ["Gemm", "Transpose", "Relu"]
    legal(graph)


def test_a_chain_that_no_stride_describes_is_copied_in_steps():
    """Transposed, cut into other rows, transposed again: two copies, since one permutation cannot do it."""
    graph, emit, x = graph_with((4, 6))
    twice = emit.transpose(emit.reshape(emit.transpose(x), (4, 6)))
    graph.outputs = [emit.one("Relu", "relu", [twice], (6, 4))]
    values = np.random.default_rng(0).standard_normal((4, 6))
    (expected,) = reference(graph, {"x": values})
    fold_views(graph)
    legal(graph)
    assert [n.op for n in graph.nodes] == ["Transpose", "Transpose", "Relu"]
    assert np.array_equal(execute(graph, {"x": values}, "math")[graph.outputs[0]], expected)


def test_layout_of_gives_strides_or_none():
    positions = np.arange(24).reshape(4, 6)
    assert layout_of(positions).dense
    assert layout_of(positions.T).strides == (1, 6)
    assert layout_of(positions.reshape(2, 2, 6).transpose(1, 0, 2)).strides == (6, 12, 1)
    assert layout_of(positions.T.reshape(4, 6)) is None
    assert layout_of(np.arange(5).reshape(1, 5, 1)).dense
