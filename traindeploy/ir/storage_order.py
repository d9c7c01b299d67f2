# SPDX-License-Identifier: Apache-2.0
"""The order in which a group is stored, where a Gemm that writes it has the choice.

Gemm may write through a view. Its group may therefore be stored in another member's order than the root's, chosen so
that the fewest members need a copy. If that order has the result's columns scattered and its rows contiguous, the
product is computed transposed, Z^T = W^T.X^T: the same fused multiply-adds in the same order.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from traindeploy.ir.emit import Emitter
from traindeploy.ir.graph import Graph, Node
from traindeploy.ir.layout import Group, Layout, Layouts, Use, find_groups, find_uses, layout_of, satisfies

ROUNDS = 4  # of transposing products: each may change what the others' operands cost


class Cost(NamedTuple):
    """Of an order: fewer ``copies`` win; then fewer ``transposed`` operands, of the Gemms that read the group and of
    the one that writes it; then the root's own order.
    """

    copies: int
    transposed: int
    other_than_root: bool


@dataclass(frozen=True)
class Order:
    """A way to store a group: as its member ``owner``; ``root`` is then the layout of the group's root."""

    owner: str
    layouts: Layouts
    root: Layout


def storage_order(
    graph: Graph, groups: dict[str, Group], group: Group, uses: dict[str, list[Use]], *, final: bool = False
) -> str:
    """The member whose order ``group`` is stored in: the root, unless a Gemm spares copies by writing through a view.

    ``final``: no product will be transposed any more, so that each must write rows.

    x.W wanted only transposed is stored transposed, and nothing is copied:

    >>> import numpy as np
    >>> from traindeploy.ir import Tensor
    >>> graph = Graph("g")
    >>> emit, x = Emitter(graph), graph.add(Tensor("x", (4, 6), kind="input")).name
    >>> z = emit.gemm("z", x, emit.parameter("w", np.ones((6, 5))))
    >>> graph.outputs = [emit.one("Relu", "relu", [emit.transpose(z)], (5, 4))]
    >>> groups = find_groups(graph)
    >>> storage_order(graph, groups, groups["z"], find_uses(graph))
    'z.T'
    """
    producer = graph.producer(group.root)
    if producer is None or producer.op != "Gemm":
        return group.root
    orders = (o for o in _orders(group, producer, uses) if not (final and o.root.transposed))
    return min(orders, key=lambda order: _cost(group, order, groups, producer, uses)).owner


def transpose_products(graph: Graph) -> None:
    """Replace Z = X.W by Z^T = W^T.X^T where the order chosen for Z has its last dimension scattered."""
    for _ in range(ROUNDS):
        uses, groups = find_uses(graph), find_groups(graph)
        chosen = []
        for group in groups.values():
            root = group.stored_as(storage_order(graph, groups, group, uses))[group.root]
            producer = graph.producer(group.root)
            if root is not None and root.transposed and producer is not None:
                chosen.append(producer)
        for producer in chosen:
            _transpose_product(graph, producer)
        if not chosen:
            return


def _orders(group: Group, producer: Node, uses: dict[str, list[Use]]) -> Iterator[Order]:
    """The root's order, then those of members, the most read first, that ``producer`` can write and its readers read.

    A row added to the product forbids computing it transposed.
    """
    yield Order(group.root, layouts := group.stored_as(group.root), _known(layouts[group.root]))
    for member in sorted(group.positions, key=lambda m: -len(uses.get(m, []))):
        layouts = group.stored_as(member)
        root = layouts[group.root]
        if root is None or not root.gemm_operand or (root.transposed and len(producer.inputs) > 2):
            continue
        if satisfies(root, uses.get(group.root, [])):
            yield Order(member, layouts, root)


def _known(layout: Layout | None) -> Layout:
    assert layout is not None
    return layout


def _cost(group: Group, order: Order, groups: dict[str, Group], producer: Node, uses: dict[str, list[Use]]) -> Cost:
    read = [(layout, uses[member]) for member, layout in order.layouts.items() if member in uses]
    copies = sum(not satisfies(layout, how) for layout, how in read)
    readers = sum(len(how) for layout, how in read if layout and layout.transposed and satisfies(layout, how))
    operands = sum(_is_transposed(groups, name) for name in producer.inputs[:2])
    if order.root.transposed:  # then both operands of the product change places and sides
        operands = 2 - operands
    return Cost(copies, operands + readers, order.owner != group.root)


def _is_transposed(groups: dict[str, Group], name: str) -> bool:
    for group in groups.values():
        if name in group.positions:
            layout = layout_of(group.positions[name])
            return layout is not None and layout.transposed
    return False


def _transpose_product(graph: Graph, product: Node) -> None:
    """Let ``product`` compute its result transposed, and its readers read it transposed back."""
    (name,) = product.outputs
    result = graph.tensors[name]
    before = _emitter(graph, product)
    x, w = product.inputs
    product.inputs = [before.transpose(w), before.transpose(x)]
    result.shape = (*result.shape[:-2], result.shape[-1], result.shape[-2])
    behind = _emitter(graph, product)
    untransposed = behind.transpose(name)
    for node in graph.nodes:
        node.inputs = [untransposed if i == name else i for i in node.inputs]
    position = graph.nodes.index(product)
    graph.nodes[position : position + 1] = [*before.nodes, product, *behind.nodes]


def _emitter(graph: Graph, product: Node) -> Emitter:
    """Collects nodes that stand beside ``product``."""
    emit = Emitter(graph, product.phase, graph.tensors[product.outputs[0]].kind)
    emit.nodes, emit.origin = [], product.origin
    return emit
