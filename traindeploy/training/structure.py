# SPDX-License-Identifier: Apache-2.0
"""What a strategy selects from, found by structure: linear layers with their LoRA adapters, encoder blocks, head."""

from collections.abc import Iterator
from dataclasses import dataclass

from traindeploy.ir import Graph, Node

TRANSPARENT = {"Reshape", "Transpose", "Scale", "AddRow"}  # between a layer and what uses its result


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
    """All linear layers in graph order; the two products of an adapter belong to the layer that they adapt."""
    gemms = {n.name: n for n in graph.nodes if n.op == "Gemm" and parameter_behind(graph, n.inputs[1])}
    layers: list[Layer] = []
    adapted: dict[str, tuple[Adapter, str]] = {}
    for add in (n for n in graph.nodes if n.op == "Add"):
        for base_tensor, extra in (add.inputs, add.inputs[::-1]):
            base = graph.producer(base_tensor)
            up = _skip(graph, extra, {"Reshape", "Scale"})
            down = _skip(graph, up.inputs[0], {"Reshape", "Scale"}) if up and up.name in gemms else None
            if base and down and base.name in gemms and down.name in gemms and base.inputs[0] == down.inputs[0]:
                a, b = (parameter_behind(graph, n.inputs[1]) for n in (down, up))
                adapted[base.name] = (Adapter(a, b), add.outputs[0])
                del gemms[up.name], gemms[down.name]
                break
    for node in gemms.values():
        adapter, output = adapted.get(node.name, (None, node.outputs[0]))
        bias = parameter_behind(graph, node.inputs[2]) if len(node.inputs) > 2 else None
        layers.append(Layer(node, parameter_behind(graph, node.inputs[1]), bias, adapter, output))
    return layers


def find_blocks(graph: Graph, layers: list[Layer]) -> list[Block]:
    """Encoder blocks in graph order: attention is a softmax of a product of two activations, times an activation."""
    by_output = {layer.output: layer for layer in layers}
    by_input = {layer.node.inputs[0]: layer for layer in layers}
    blocks = []
    for softmax in (n for n in graph.nodes if n.op == "Softmax"):
        scores = _skip(graph, softmax.inputs[0], TRANSPARENT)
        context = next((n for n in _users(graph, softmax.outputs[0]) if n.op == "Gemm"), None)
        if scores is None or scores.op != "Gemm" or context is None:
            continue
        q, k = (_layer_behind(graph, i, by_output) for i in scores.inputs[:2])
        v = _layer_behind(graph, context.inputs[1], by_output)
        proj = _layer_after(graph, context.outputs[0], by_input)
        mlp = _mlp_after(graph, proj, by_output, by_input) if proj else None
        if q and k and v and mlp:
            blocks.append(Block((q, k, v, proj, *mlp)))
    return blocks


def find_head(graph: Graph, layers: list[Layer], blocks: list[Block]) -> list[Layer]:
    """The layers after the last block."""
    if not blocks:
        return layers
    position = {n.name: i for i, n in enumerate(graph.nodes)}
    end = max(position[layer.node.name] for layer in blocks[-1].matrices)
    return [layer for layer in layers if position[layer.node.name] > end]


def _skip(graph: Graph, tensor: str, ops: set[str]) -> Node | None:
    """The first producer of ``tensor``, going back, that is not one of ``ops``."""
    node = graph.producer(tensor)
    while node is not None and node.op in ops:
        node = graph.producer(node.inputs[0])
    return node


def _layer_behind(graph: Graph, tensor: str, by_output: dict[str, Layer]) -> Layer | None:
    while tensor not in by_output:
        node = graph.producer(tensor)
        if node is None or node.op not in TRANSPARENT:
            return None
        tensor = node.inputs[0]
    return by_output[tensor]


def _users(graph: Graph, tensor: str) -> Iterator[Node]:
    """What reads ``tensor``, directly or through ``TRANSPARENT`` operators."""
    for node in graph.consumers(tensor):
        if node.op in TRANSPARENT:
            yield from _users(graph, node.outputs[0])
        else:
            yield node


def _layer_after(graph: Graph, tensor: str, by_input: dict[str, Layer]) -> Layer | None:
    nodes = {layer.node.name: layer for layer in by_input.values()}
    return next((nodes[n.name] for n in _users(graph, tensor) if n.name in nodes), None)


def _mlp_after(
    graph: Graph, proj: Layer, by_output: dict[str, Layer], by_input: dict[str, Layer]
) -> tuple[Layer, Layer] | None:
    """The layers before and after the first activation function behind ``proj``: the first operator of one input that
    lies between two layers.
    """
    start = graph.nodes.index(proj.node)
    for node in graph.nodes[start:]:
        if len(node.inputs) == 1 and node.op not in TRANSPARENT:
            before, after = (
                _layer_behind(graph, node.inputs[0], by_output),
                _layer_after(graph, node.outputs[0], by_input),
            )
            if before and after:
                return before, after
    return None
