# SPDX-License-Identifier: Apache-2.0
"""The forward part of a training step in float64: evaluated once, then again with some of its tensors changed."""

from collections.abc import Callable, Mapping

import numpy as np

from golden.executor import execute
from golden.math import OPS
from golden.model import Arrays
from traindeploy.ir import Graph, Node, strided

# node, its inputs as they first were, its inputs now -> its outputs now
Rule = Callable[[Node, Arrays, Arrays], Arrays]


def loss_node(graph: Graph) -> Node:
    """The node that computes the loss. ValueError if there is none."""
    for node in graph.nodes:
        if any(graph.tensors[name].kind == "loss" for name in node.outputs):
            return node
    raise ValueError(f"graph {graph.name!r} has no loss")


def definition(node: Node, before: Arrays, inputs: Arrays) -> Arrays:
    """The rule of ``Forward.again`` that evaluates each operator as it is defined."""
    return OPS[node.op](node, inputs, node.attrs)


class Forward:
    """``values`` holds all tensors of the forward part; ``feeds`` are those of ``execute``."""

    def __init__(self, graph: Graph, feeds: Mapping[str, np.ndarray]) -> None:
        last = graph.nodes.index(loss_node(graph)) + 1
        self.graph = Graph(graph.name, graph.tensors, graph.nodes[:last])
        self.values = execute(self.graph, feeds, "math")

    def again(
        self, changed: Mapping[str, np.ndarray], rule: Rule = definition, *, everything: bool = False
    ) -> dict[str, np.ndarray]:
        """Values by name once ``changed`` replaces some of them, of tensors that differ; a view's base is not listed.

        Each operator that reads what differs (``everything``: each) is evaluated by ``rule``.
        """
        graph = self.graph
        storage: dict[str, np.ndarray] = {}

        def window(name: str, write: bool = False) -> np.ndarray:
            owner = graph.storage(name)
            if owner.name not in storage:
                if not write:
                    return self.values[name]
                first = self.values.get(owner.name)
                storage[owner.name] = np.zeros(owner.shape) if first is None else first.copy()
            return strided(storage[owner.name], graph.tensors[name])

        found = {}
        for name, value in changed.items():
            window(name, write=True)[...] = value
        for node in graph.nodes:
            if not everything and not any(graph.storage(name).name in storage for name in node.inputs):
                continue
            outputs = rule(node, [self.values[name] for name in node.inputs], [window(name) for name in node.inputs])
            for name, value in zip(node.outputs, outputs, strict=True):
                window(name, write=True)[...] = value
                found[name] = window(name).copy()
        for name in loss_node(graph).inputs:  # the logits may be a view of what a copy left
            if name not in found and graph.storage(name).name in storage:
                found[name] = window(name).copy()
        return found
