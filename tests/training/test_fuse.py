# SPDX-License-Identifier: Apache-2.0
"""Sums move into products where that is legal, and change nothing but the rounding."""

import numpy as np
import pytest

import traindeploy.training as training
from golden.executor import execute
from traindeploy.app.pipeline import build_training_graph
from traindeploy.frontend.data import load_samples
from traindeploy.ir import Graph, Tensor
from traindeploy.ir.emit import Emitter
from traindeploy.training.fuse import fuse_sums


def small() -> tuple[Graph, Emitter]:
    graph = Graph("g")
    for name in ("x", "a"):
        graph.add(Tensor(name, (4, 4), kind="input"))
    graph.inputs = ["x", "a"]
    emit = Emitter(graph)
    emit.parameter("w", np.eye(4))
    return graph, emit


def ops(graph: Graph) -> list[str]:
    return [n.op for n in graph.nodes]


@pytest.mark.parametrize("product_first", [True, False])
def test_a_sum_with_a_product_becomes_its_y(product_first):
    graph, emit = small()
    product = emit.gemm("gemm", "x", "w")
    operands = [product, "a"] if product_first else ["a", product]
    graph.outputs = [emit.one("Add", "sum", operands, (4, 4))]
    fuse_sums(graph)
    graph.check()
    (node,) = graph.nodes
    assert (node.name, node.inputs, node.outputs) == ("gemm", ["x", "w", "a"], ["sum"])


def test_the_product_moves_behind_what_it_is_added_to():
    graph, emit = small()
    product = emit.gemm("gemm", "x", "w")
    late = emit.one("Relu", "relu", ["a"], (4, 4))
    graph.outputs = [emit.one("Add", "sum", [product, late], (4, 4))]
    fuse_sums(graph)
    graph.check()
    assert ops(graph) == ["Relu", "Gemm"]


def test_a_chain_of_products_is_one_accumulation():
    graph, emit = small()
    total = emit.gemm("first", "x", "w")
    for i in range(3):
        total = emit.one("Add", f"sum{i}", [total, emit.gemm(f"gemm{i}", "a", "w")], (4, 4))
    graph.outputs = [total]
    fuse_sums(graph)
    graph.check()
    assert ops(graph) == ["Gemm"] * 4


def test_a_product_that_others_read_or_that_has_a_bias_keeps_its_sum():
    graph, emit = small()
    shared = emit.gemm("shared", "x", "w")
    biased = emit.gemm("biased", "x", "w", emit.parameter("b", np.ones(4)))
    first = emit.one("Add", "first", [shared, biased], (4, 4))
    graph.outputs = [emit.one("Mul", "product", [first, shared], (4, 4))]
    fuse_sums(graph)
    assert ops(graph) == ["Gemm", "Gemm", "Add", "Mul"]


def test_a_graph_output_stays():
    graph, emit = small()
    product = emit.gemm("gemm", "x", "w")
    graph.outputs = [product, emit.one("Add", "sum", [product, "a"], (4, 4))]
    fuse_sums(graph)
    assert ops(graph) == ["Gemm", "Add"]


@pytest.mark.parametrize("strategy", ["ft2", "lora2"])
def test_the_step_computes_the_same(strategy, monkeypatch):
    fused = build_training_graph("cct_tiny", strategy)
    monkeypatch.setattr(training, "fuse_sums", lambda graph: None)
    plain = build_training_graph("cct_tiny", strategy)
    assert len(fused.nodes) < len(plain.nodes)
    feeds = load_samples("", plain, 1, 0)[0]
    a, b = execute(fused, feeds, "math"), execute(plain, feeds, "math")
    assert fused.outputs == plain.outputs
    for name in fused.outputs:
        np.testing.assert_allclose(a[name], b[name], rtol=1e-12, atol=1e-14)


def test_lora_adds_nothing_but_products_and_scales():
    """Every sum that an adapter brings is some product's Y."""
    adapted, plain = (build_training_graph("cct2", s) for s in ("lora2", "ft2"))
    assert ops(adapted).count("Add") == ops(plain).count("Add")
