# SPDX-License-Identifier: Apache-2.0
"""Runs a graph on the golden models."""

from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np

from traindeploy.ir import Graph, strided


def execute(
    graph: Graph, feeds: Mapping[str, np.ndarray], model: Literal["machine", "math"] = "machine"
) -> dict[str, np.ndarray]:
    """Values of all tensors of ``graph`` after one step, by name, each a dense copy of its tensor's logical shape.

    ``feeds`` holds inputs and labels, and may replace parameters' and constants' own ``data`` (weights of a later
    step). A tensor's value is the one it had when its producer ended (or was fed); storage that only output views
    write has its last. "machine" is the exact FP32 model (float32), "math" the float64 definition.

    ValueError if a feed is missing, unknown or of the wrong shape, or if an operator has no model or returns the wrong
    shapes.
    """
    if model == "machine":
        from golden import machine

        operators = machine.OPS
    else:
        from golden import math

        operators = math.OPS
    floating = np.float32 if model == "machine" else np.float64
    storage: dict[str, np.ndarray] = {}
    values: dict[str, np.ndarray] = {}

    def array(name: str) -> np.ndarray:
        """The tensor's window on its storage, which is allocated at first use."""
        owner = graph.storage(name)
        if owner.name not in storage:
            dtype = floating if owner.dtype == "float32" else np.dtype(owner.dtype)
            storage[owner.name] = np.zeros(owner.shape, dtype)
        return strided(storage[owner.name], graph.tensors[name])

    for name, value in _given(graph, feeds):
        array(name)[...] = value
        values[name] = array(name).copy()
    for node in graph.nodes:
        if node.op not in operators:
            raise ValueError(f"node {node.name!r}: operator {node.op!r} has no {model} model")
        outputs = operators[node.op](node, [array(name) for name in node.inputs], node.attrs)
        if len(outputs) != len(node.outputs):
            raise ValueError(f"node {node.name!r}: {len(outputs)} outputs from the {model} model of {node.op}")
        for name, value in zip(node.outputs, outputs, strict=True):
            if value.shape != graph.tensors[name].shape:
                raise ValueError(f"node {node.name!r}: {name!r} is {value.shape}, expected {graph.tensors[name].shape}")
            array(name)[...] = value
            values[name] = array(name).copy()
    for name, tensor in graph.tensors.items():  # views that nothing writes, and storage that only views write
        if name not in values and (tensor.view is None or tensor.view.base in storage):
            values[name] = array(name).copy()
    return values


def _given(graph: Graph, feeds: Mapping[str, np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    """What is there before the first node runs: feeds, else a tensor's own data. ValueError as ``execute``."""
    unknown = [name for name in feeds if name not in graph.tensors]
    if unknown:
        raise ValueError(f"feed {unknown[0]!r} is not a tensor of graph {graph.name!r}")
    for name, tensor in graph.tensors.items():
        if tensor.view is not None or tensor.kind not in ("input", "label", "parameter", "constant"):
            continue
        value = feeds.get(name, tensor.data)
        if value is None:
            raise ValueError(f"no feed for {tensor.kind} {name!r}")
        if np.shape(value) != tensor.shape:
            raise ValueError(f"feed {name!r} has shape {np.shape(value)}, expected {tensor.shape}")
        yield name, value
