# SPDX-License-Identifier: Apache-2.0
"""Rewrites keep every value."""

from typing import Any

from onnx import helper

from tests.frontend.onnx_models import compare, model

node = helper.make_node
POOL: dict[str, Any] = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}


def order(graph) -> list[str]:
    return [n.op for n in graph.nodes if n.op in ("Relu", "MaxPool", "Add")]


def test_relu_moves_behind_the_pooling(tmp_path):
    nodes = [node("Relu", ["x"], ["r"], "relu"), node("MaxPool", ["r"], ["p"], "pool", **POOL)]
    nodes.append(node("Flatten", ["p"], ["y"], "flat"))
    graph = compare(model(nodes, {}, [1, 2, 5, 6]), tmp_path)
    assert order(graph) == ["MaxPool", "Relu"]
    assert [graph.tensors[n.outputs[0]].shape for n in graph.nodes[:2]] == [(1, 3, 3, 2)] * 2


def test_relu_at_the_end_of_the_graph(tmp_path):
    nodes = [node("Relu", ["x"], ["r"], "relu"), node("MaxPool", ["r"], ["y"], "pool", **POOL)]
    graph = compare(model(nodes, {}, [1, 1, 4, 4]), tmp_path)
    assert order(graph) == ["MaxPool", "Relu"]


def test_a_relu_that_others_read_stays(tmp_path):
    keep: dict[str, Any] = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    nodes = [node("Relu", ["x"], ["r"], "relu"), node("MaxPool", ["r"], ["p"], "pool", **keep)]
    nodes += [node("Add", ["r", "p"], ["s"], "sum"), node("Flatten", ["s"], ["y"], "flat")]
    assert order(compare(model(nodes, {}, [1, 2, 4, 4]), tmp_path)) == ["Relu", "MaxPool", "Add"]
