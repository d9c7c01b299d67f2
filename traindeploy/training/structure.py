# SPDX-License-Identifier: Apache-2.0
"""What a strategy selects from, found by structure: linear layers with their LoRA adapters, encoder blocks, head.

Names play no part. A linear layer is a Gemm by a parameter. An encoder block is found around the softmax of its
attention:

    x -> q --> scores -> Softmax -> context -> proj -> ... -> fc1 -> activation -> fc2
      -> k --/                   /
      -> v ---------------------/

``scores`` multiplies two activations and ``context`` the softmax by a third; the activation function is the first
operator of one input between two layers behind ``proj``. Operators in ``TRANSPARENT`` may stand between any of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from traindeploy.ir import Graph, Node

TRANSPARENT = {"Reshape", "Transpose", "Scale", "AddRow"}  # between a layer and what uses its result
SCALED = {"Reshape", "Scale"}  # between the products of an adapter


@dataclass(frozen=True)
class Adapter:
    """y = x.W + scale * (x.A).B: ``a`` [N,r] and ``b`` [r,K] are parameters."""

    a: str
    b: str


@dataclass(frozen=True)
class Layer:
    """A Gemm by a parameter. ``output`` is its result, an adapter's contribution included."""

    node: Node
    weight: str
    bias: str | None
    adapter: Adapter | None
    output: str


@dataclass(frozen=True)
class Block:
    """A transformer encoder block: the matrices q, k, v, proj, fc1, fc2, in this order."""

    matrices: tuple[Layer, ...]


def stored_behind(graph: Graph, tensor: str) -> str:
    """The tensor that ``tensor`` is a reshape or transposition of."""
    producer = graph.producer(tensor)
    while producer is not None and producer.op in ("Reshape", "Transpose"):
        tensor = producer.inputs[0]
        producer = graph.producer(tensor)
    return tensor


def parameter_behind(graph: Graph, tensor: str) -> str | None:
    """The parameter that ``tensor`` is, or is a reshape or transposition of."""
    name = stored_behind(graph, tensor)
    return name if graph.tensors[name].kind == "parameter" else None


def find_layers(graph: Graph) -> list[Layer]:
    """All linear layers in graph order; the two products of an adapter belong to the layer that they adapt.

    >>> import numpy as np
    >>> from traindeploy.ir import Tensor
    >>> from traindeploy.ir.emit import Emitter
    >>> graph = Graph("g")
    >>> emit, x = Emitter(graph), graph.add(Tensor("x", (4, 6), kind="input")).name
    >>> w, a, b = (emit.parameter(n, np.ones(s)) for n, s in (("W", (6, 5)), ("A", (6, 2)), ("B", (2, 5))))
    >>> up = emit.gemm("up", emit.gemm("down", x, a), b)
    >>> _ = emit.one("Add", "sum", [emit.gemm("fc", x, w), up], (4, 5))
    >>> [(layer.node.name, layer.weight, layer.adapter, layer.output) for layer in find_layers(graph)]
    [('fc', 'W', Adapter(a='A', b='B'), 'sum')]
    """
    products = {n.name: n for n in graph.nodes if n.op == "Gemm" and parameter_behind(graph, n.inputs[1])}
    adapted: dict[str, _Adaptation] = {}
    for add in (n for n in graph.nodes if n.op == "Add"):
        found = _adapted(graph, add, products)
        if found is not None:
            adapted[found.base] = found
            del products[found.up], products[found.down]
    return [_layer(graph, node, adapted.get(node.name)) for node in products.values()]


@dataclass(frozen=True)
class _Adaptation:
    """An Add of the product ``base`` and of an adapter's, by the names of their nodes."""

    base: str
    down: str
    up: str
    adapter: Adapter
    output: str


def _adapted(graph: Graph, add: Node, products: dict[str, Node]) -> _Adaptation | None:
    """What ``add`` adapts, if it adds x.W and (x.A).B, in either order; ``products`` are those by parameters."""
    for result, extra in (add.inputs, add.inputs[::-1]):
        base, up = graph.producer(result), _producer_behind(graph, extra, SCALED)
        if base is None or up is None or base.name not in products or up.name not in products:
            continue
        down = _producer_behind(graph, up.inputs[0], SCALED)
        if down is not None and down.name in products and base.inputs[0] == down.inputs[0]:
            adapter = Adapter(*(stored_behind(graph, product.inputs[1]) for product in (down, up)))
            return _Adaptation(base.name, down.name, up.name, adapter, add.outputs[0])
    return None


def _layer(graph: Graph, node: Node, adapted: _Adaptation | None) -> Layer:
    bias = parameter_behind(graph, node.inputs[2]) if len(node.inputs) > 2 else None
    adapter, output = (adapted.adapter, adapted.output) if adapted else (None, node.outputs[0])
    return Layer(node, stored_behind(graph, node.inputs[1]), bias, adapter, output)


def find_blocks(graph: Graph, layers: list[Layer]) -> list[Block]:
    """Encoder blocks in graph order: attention is a softmax of a product of two activations, times an activation.

    The model's last layer, its classifier, is part of none, nor is a layer part of two.
    """
    neighbours = _Neighbours(graph, layers[:-1])
    blocks: list[Block] = []
    taken: set[str] = set()
    for node in reversed(graph.nodes):
        block = _block_around(graph, node, neighbours) if node.op == "Softmax" else None
        if block is not None and not taken.intersection(layer.node.name for layer in block.matrices):
            blocks.insert(0, block)
            taken.update(layer.node.name for layer in block.matrices)
    return blocks


def find_head(graph: Graph, layers: list[Layer], blocks: list[Block]) -> list[Layer]:
    """The layers after the last block, all of them if there is none."""
    if not blocks:
        return layers
    position = {n.name: i for i, n in enumerate(graph.nodes)}
    end = max(position[layer.node.name] for layer in blocks[-1].matrices)
    return [layer for layer in layers if position[layer.node.name] > end]


def _block_around(graph: Graph, softmax: Node, neighbours: "_Neighbours") -> Block | None:
    """The block whose attention ``softmax`` is; None if it is something else."""
    scores = _scores_behind(graph, softmax.inputs[0])
    context = next((n for n in _users(graph, softmax.outputs[0]) if n.op == "Gemm"), None)
    if scores is None or scores.op != "Gemm" or context is None:
        return None
    q, k, v = (neighbours.layer_behind(tensor) for tensor in (*scores.inputs[:2], context.inputs[1]))
    proj = neighbours.layer_after(context.outputs[0])
    mlp = _mlp_after(graph, proj, neighbours) if proj else None
    return Block((q, k, v, proj, *mlp)) if q and k and v and proj and mlp else None


def _scores_behind(graph: Graph, tensor: str) -> Node | None:
    """The product that ``tensor`` is made of; a mask of the file may have been added to it."""
    node = _producer_behind(graph, tensor, TRANSPARENT)
    while node is not None and node.op == "Add":
        given = [graph.tensors[stored_behind(graph, i)].kind in ("parameter", "constant") for i in node.inputs]
        if not any(given):
            return None
        node = _producer_behind(graph, node.inputs[0 if given[1] else 1], TRANSPARENT)
    return node


def _mlp_after(graph: Graph, proj: Layer, neighbours: "_Neighbours") -> tuple[Layer, Layer] | None:
    """The layers before and after the first activation function behind ``proj``: the first operator of one input that
    lies between two layers of the tokens that ``proj`` has. What they lead to is of the width that they began with, as
    it is added to that; so a classifier of several layers behind an attention is none.
    """
    start = graph.nodes.index(proj.node)
    tokens = graph.tensors[proj.output].shape[0]
    for node in graph.nodes[start:]:
        if len(node.inputs) == 1 and node.op not in TRANSPARENT:
            before, after = neighbours.layer_behind(node.inputs[0]), neighbours.layer_after(node.outputs[0])
            if before and after and _is_mlp(graph, before, after, tokens):
                return before, after
    return None


def _is_mlp(graph: Graph, before: Layer, after: Layer, tokens: int) -> bool:
    came, went = graph.tensors[before.node.inputs[0]].shape, graph.tensors[after.output].shape
    return came == went and came[0] == tokens


class _Neighbours:
    """The layers before and behind a tensor, with nothing but ``TRANSPARENT`` operators in between."""

    def __init__(self, graph: Graph, layers: list[Layer]) -> None:
        self.graph = graph
        self.by_output = {layer.output: layer for layer in layers}
        self.by_node = {layer.node.name: layer for layer in layers}

    def layer_behind(self, tensor: str) -> Layer | None:
        """The layer that ``tensor`` comes from."""
        while tensor not in self.by_output:
            node = self.graph.producer(tensor)
            if node is None or node.op not in TRANSPARENT:
                return None
            tensor = node.inputs[0]
        return self.by_output[tensor]

    def layer_after(self, tensor: str) -> Layer | None:
        """The first layer that reads ``tensor``."""
        users = (node.name for node in _users(self.graph, tensor))
        return next((self.by_node[name] for name in users if name in self.by_node), None)


def _producer_behind(graph: Graph, tensor: str, ops: set[str]) -> Node | None:
    """The first producer of ``tensor``, going back, that is not one of ``ops``."""
    node = graph.producer(tensor)
    while node is not None and node.op in ops:
        node = graph.producer(node.inputs[0])
    return node


def _users(graph: Graph, tensor: str) -> Iterator[Node]:
    """What reads ``tensor``, directly or through ``TRANSPARENT`` operators."""
    for node in graph.consumers(tensor):
        if node.op in TRANSPARENT:
            yield from _users(graph, node.outputs[0])
        else:
            yield node
