# SPDX-License-Identifier: Apache-2.0
"""Let matrix products add: a sum with a product becomes the product's Y, for which neither engine takes extra time."""

from traindeploy.ir import Graph, Node


def fuse_sums(graph: Graph) -> None:
    """Replace Add(a, X.W) by Gemm(X, W, Y=a), in place, where nothing else reads the product and it has no Y yet.

    These are LoRA's contributions, residual sums of layers without bias, and the accumulations of gradients. The
    product moves to the sum's place, since ``a`` may be computed after it was; it bears the sum's tensor and keeps its
    own name. Rounding changes as Gemm defines it: the accumulator starts from ``a``.
    """
    readers: dict[str, int] = dict.fromkeys(graph.outputs, 1)
    for node in graph.nodes:
        for name in node.inputs:
            readers[name] = readers.get(name, 0) + 1
    producers = {o: n for n in graph.nodes for o in n.outputs}
    fused: list[Node] = []
    for node in graph.nodes:
        product = _product(graph, node, producers, readers) if node.op == "Add" else None
        if product is None:
            fused.append(node)
            continue
        (old,) = product.outputs
        other = node.inputs[0] if node.inputs[1] == old else node.inputs[1]
        product.inputs.append(other)
        product.outputs = list(node.outputs)
        product.origin = f"{product.origin}, {node.origin}"
        fused = [n for n in fused if n is not product]
        fused.append(product)
        del graph.tensors[old]
    graph.nodes = fused


def _product(graph: Graph, add: Node, producers: dict[str, Node], readers: dict[str, int]) -> Node | None:
    """The operand of ``add``, the second first, that can take the sum over."""
    shape = graph.tensors[add.outputs[0]].shape
    for name in reversed(add.inputs):
        node = producers.get(name)
        if node is None or node.op != "Gemm" or len(node.inputs) != 2 or node.phase != add.phase:
            continue
        if readers[name] == 1 and graph.tensors[name].shape == shape:
            return node
    return None
