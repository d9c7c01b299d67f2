# SPDX-License-Identifier: Apache-2.0
"""LoRA: y = x.W + ((alpha/r) x.A).B beside frozen linear layers (Hu et al., "LoRA", 2021)."""

import numpy as np

from traindeploy.ir import Graph, Node
from traindeploy.ir.emit import Emitter
from traindeploy.training.structure import Adapter, Layer


def inject_adapter(
    graph: Graph, layer: Layer, rank: int, alpha: float, random: np.random.Generator, zero_b: bool
) -> Adapter:
    """Insert the adapter's four nodes behind ``layer`` and lead its readers to the sum.

    A [N,r] is Kaiming-uniform with a = sqrt(5), that is U(-1/sqrt(N), 1/sqrt(N)); B [r,K] is zero, or
    for verification, where a zero B would hide the gradient of A, of the same distribution as A. The scale acts on
    [M,r], the smallest of the tensors it could.
    """
    x, weight = layer.node.inputs[:2]
    rows, columns = graph.tensors[weight].shape
    name = layer.node.name
    limit = rows**-0.5
    emit = Emitter(graph)
    emit.nodes = []
    emit.origin = name
    a = emit.parameter(emit.fresh(f"{name}.lora_A.weight"), random.uniform(-limit, limit, (rows, rank)))
    start = random.uniform(-limit, limit, (rank, columns))
    b = emit.parameter(emit.fresh(f"{name}.lora_B.weight"), np.zeros_like(start) if zero_b else start)
    down = emit.gemm(f"{name}.lora_A", x, a)
    scaled = emit.one("Scale", f"{name}.lora_scale", [down], emit.shape(down), alpha=float(np.float32(alpha / rank)))
    up = emit.gemm(f"{name}.lora_B", scaled, b)
    total = emit.one("Add", f"{name}.lora", [layer.output, up], emit.shape(up))
    _redirect(graph.nodes, layer.output, total)
    position = graph.nodes.index(layer.node)
    graph.nodes[position + 1 : position + 1] = emit.nodes
    graph.outputs = [total if o == layer.output else o for o in graph.outputs]
    return Adapter(a, b)


def _redirect(nodes: list[Node], old: str, new: str) -> None:
    for node in nodes:
        node.inputs = [new if i == old else i for i in node.inputs]
