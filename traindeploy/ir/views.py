# SPDX-License-Identifier: Apache-2.0
"""Turn reshapes and transpositions into strided views of stored tensors, and into a copy only where nothing else works.

A *group* is a stored tensor (a graph input, a parameter, what an operator computes) and everything that layout nodes
derive from it. All its members hold the same elements in other orders, so each is described by the position of its
elements in the root's dense storage, as an index array; a member is a view if these positions are affine in its
indices.

Gemm may write through a view. Its group may therefore be stored in another member's order than the root's, chosen so
that the fewest members need a copy; if that order has the result's columns scattered and its rows contiguous, the
product is computed transposed, Z^T = W^T.X^T (the same fused multiply-adds in the same order).
"""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from traindeploy.ir.emit import Emitter, Shape, fresh
from traindeploy.ir.graph import Graph, Node, Tensor, View, dense_strides

LAYOUT_OPS = ("Reshape", "Transpose")


@dataclass
class Group:
    """``positions[m]``: for each element of member ``m`` where it lies in the root's dense storage.

    ``makers[m]``: the layout node that makes ``m``; members are in graph order, the root first.
    """

    root: str
    positions: dict[str, np.ndarray]
    makers: dict[str, Node] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """Element strides of a tensor on its storage; ``dense``: they are those of a tensor of its own."""

    strides: tuple[int, ...]
    dense: bool

    @property
    def gemm_operand(self) -> bool:
        """One unit stride among the last two dimensions."""
        return 1 in self.strides[-2:]


def fold_views(graph: Graph) -> None:
    """Remove all layout nodes, in place; ``Transpose`` nodes that remain are copies, dense to dense."""
    _transpose_products(graph)
    groups = _groups(graph)
    readers = _readers(graph)
    for group in groups.values():
        for member in group.positions:
            if member != group.root:
                del graph.tensors[member]  # its name is free for a view
    rewritten: dict[str, str] = {}  # member -> the tensor that replaces it
    copies: dict[str, Node] = {}  # member -> the node that makes it, standing in its layout node's place
    for group in groups.values():
        _store(graph, groups, group, readers, rewritten, copies)
    nodes = []
    for node in graph.nodes:
        if node.op in LAYOUT_OPS:
            nodes += [copies[o] for o in node.outputs if o in copies]
            continue
        node.inputs = [rewritten.get(i, i) for i in node.inputs]
        node.outputs = [rewritten.get(o, o) for o in node.outputs]
        nodes.append(node)
    graph.nodes = nodes
    graph.outputs = [rewritten.get(o, o) for o in graph.outputs]
    used = {t for n in nodes for t in (*n.inputs, *n.outputs)} | {*graph.inputs, *graph.outputs}
    used |= {graph.storage(t).name for t in used}
    graph.tensors = {n: t for n, t in graph.tensors.items() if n in used}


def layout_of(positions: np.ndarray) -> Layout | None:
    """The strides, in elements, of an array of storage positions; None if they are not affine in the indices.

    A dimension of size 1 gets the stride that a dense layout would give it.
    """
    shape = positions.shape
    if positions.reshape(-1)[0] != 0:
        return None
    strides = [0] * len(shape)
    affine = np.zeros((), dtype=np.int64)
    inner = 1
    for axis in range(len(shape) - 1, -1, -1):
        index = tuple(1 if i == axis else 0 for i in range(len(shape)))
        strides[axis] = int(positions[index]) if shape[axis] > 1 else inner
        inner = strides[axis] * shape[axis]
        affine = affine + (np.arange(shape[axis]) * strides[axis]).reshape(-1, *[1] * (len(shape) - 1 - axis))
    if not np.array_equal(affine, positions):
        return None
    return Layout(tuple(strides), tuple(strides) == dense_strides(shape))


def _groups(graph: Graph) -> dict[str, Group]:
    """The groups with more than one member, by root."""
    owner: dict[str, Group] = {}
    groups: dict[str, Group] = {}
    for node in graph.nodes:
        if node.op not in LAYOUT_OPS:
            continue
        source, target = node.inputs[0], node.outputs[0]
        if source not in owner:
            tensor = graph.tensors[source]
            owner[source] = groups[source] = Group(source, {source: np.arange(tensor.size).reshape(tensor.shape)})
        group = owner[target] = owner[source]
        positions = group.positions[source]
        group.makers[target] = node
        group.positions[target] = (
            positions.transpose(node.attrs["perm"])
            if node.op == "Transpose"
            else positions.reshape(graph.tensors[target].shape)
        )
    return groups


def _readers(graph: Graph) -> dict[str, list[str]]:
    """For each tensor, how it is read: as a ``gemm`` operand, as ``dense`` data (also graph outputs)."""
    readers: dict[str, list[str]] = defaultdict(list)
    for node in graph.nodes:
        if node.op not in LAYOUT_OPS:
            for i, name in enumerate(node.inputs):
                readers[name].append("gemm" if node.op == "Gemm" and i < 2 else "dense")
    for name in graph.outputs:
        readers[name].append("dense")
    return readers


def _satisfies(layout: Layout | None, how: list[str]) -> bool:
    return layout is not None and (layout.dense or (layout.gemm_operand and "dense" not in how))


def _relative(group: Group, owner: str) -> dict[str, Layout | None]:
    """The layout of every member when the group is stored in the order of ``owner``."""
    place = np.empty(group.positions[owner].size, dtype=np.int64)
    place[group.positions[owner].reshape(-1)] = np.arange(place.size)
    return {member: layout_of(place[positions]) for member, positions in group.positions.items()}


def _storage_order(graph: Graph, groups: dict[str, Group], group: Group, readers: dict[str, list[str]]) -> str:
    """The member whose order the group is stored in: the root, unless a Gemm spares copies by writing through a view.

    Among orders that need the same number of copies, the one with the fewest transposed operands, of the Gemms that
    read the group and of the one that writes it, then the root's.
    """
    producer = graph.producer(group.root)
    if producer is None or producer.op != "Gemm":
        return group.root
    operands = sum(_is_transposed(groups, i) for i in producer.inputs[:2])
    best, lowest = group.root, (*_cost(_relative(group, group.root), readers, operands), 0)
    for member in sorted(group.positions, key=lambda m: -len(readers.get(m, []))):
        layouts = _relative(group, member)
        root = layouts[group.root]
        if root is None or not root.gemm_operand or (root.strides[-1] != 1 and len(producer.inputs) > 2):
            continue
        if readers.get(group.root) and not _satisfies(root, readers[group.root]):
            continue
        cost = (*_cost(layouts, readers, operands if root.strides[-1] == 1 else 2 - operands), 1)
        if cost < lowest:
            best, lowest = member, cost
    return best


def _cost(layouts: dict[str, Layout | None], readers: dict[str, list[str]], operands: int) -> tuple[int, int]:
    """The number of copies, and of transposed operands, ``operands`` of the producer included."""
    read = [(layout, readers[m]) for m, layout in layouts.items() if readers.get(m)]
    copies = sum(1 for layout, how in read if not _satisfies(layout, how))
    transposed = sum(len(how) for layout, how in read if _satisfies(layout, how) and layout.strides[-1] != 1)
    return copies, operands + transposed


def _is_transposed(groups: dict[str, Group], name: str) -> bool:
    for group in groups.values():
        if name in group.positions:
            layout = layout_of(group.positions[name])
            return layout is not None and layout.strides[-1] != 1
    return False


def _transpose_products(graph: Graph) -> None:
    """Replace Z = X.W by Z^T = W^T.X^T where the storage order chosen for Z has its last dimension scattered."""
    readers = _readers(graph)
    groups = _groups(graph)
    for group in groups.values():
        root = _relative(group, _storage_order(graph, groups, group, readers))[group.root]
        if root is None or root.strides[-1] == 1:
            continue
        producer = graph.producer(group.root)
        emit = Emitter(graph, producer.phase, graph.tensors[group.root].kind)
        emit.nodes, emit.origin = [], producer.origin
        x, w = producer.inputs
        producer.inputs = [emit.transpose(w), emit.transpose(x)]
        position = graph.nodes.index(producer)
        result = graph.tensors[group.root]
        result.shape = (*result.shape[:-2], result.shape[-1], result.shape[-2])
        before = len(emit.nodes)
        untransposed = emit.transpose(group.root)
        for node in graph.nodes:
            node.inputs = [untransposed if i == group.root else i for i in node.inputs]
        emit.nodes[-1].inputs = [group.root]
        graph.nodes[position : position + 1] = [*emit.nodes[:before], producer, *emit.nodes[before:]]


def _store(
    graph: Graph,
    groups: dict[str, Group],
    group: Group,
    readers: dict[str, list[str]],
    rewritten: dict[str, str],
    copies: dict[str, Node],
) -> None:
    """Give the group its storage, the views of it that are read or written, and the copies that cannot be helped."""
    owner = _storage_order(graph, groups, group, readers)
    layouts = _relative(group, owner)
    root = graph.tensors[group.root]
    root.shape = group.positions[owner].shape  # the storage keeps the root's name
    written = layouts[group.root]
    if written is not None:
        rewritten[group.root] = _view(graph, group.root, group.positions[group.root].shape, written)
    stored = {group.root: layouts}
    for member, how in ((m, readers[m]) for m in group.positions if readers.get(m)):
        base = next((name for name, lay in stored.items() if _satisfies(lay[member], how)), None)
        if base is None:
            _copy(graph, group, member, stored, copies)
        elif member != group.root:
            rewritten[member] = _view(graph, base, group.positions[member].shape, stored[base][member])


def _view(graph: Graph, base: str, shape: Shape, layout: Layout) -> str:
    """The tensor that shows ``base`` with ``shape`` and ``layout``: ``base`` itself, or a view, shared if it exists."""
    stored = graph.tensors[base]
    if layout.dense and shape == stored.shape:
        return base
    view = View(base, layout.strides)
    for tensor in graph.tensors.values():
        if tensor.view == view and tensor.shape == shape:
            return tensor.name
    transposed = not layout.dense and layout.strides[-1] != 1
    plain = transposed and shape == stored.shape[::-1] and len(shape) == 2
    name = f"{base}.T" if plain else f"{base}.{'x'.join(map(str, shape))}{'.T' if transposed else ''}"
    if name in graph.tensors:
        name = fresh(graph, f"{name}.view")
    return graph.add(Tensor(name, shape, stored.dtype, stored.kind, view=view)).name


def _copy(
    graph: Graph, group: Group, member: str, stored: dict[str, dict[str, Layout | None]], copies: dict[str, Node]
) -> None:
    """Give ``member`` dense storage by a Transpose of storage that exists, seen with its dimensions in storage order.

    If no storage shows the member's elements in order, its predecessor is copied first: one layout node away, it does.
    """
    order = group.positions[member].reshape(-1)
    found = next(
        (
            (base, group.positions[m].shape, layout.strides)
            for base, layouts in stored.items()
            for m, layout in layouts.items()
            if layout is not None and np.array_equal(group.positions[m].reshape(-1), order)
        ),
        None,
    )
    maker = group.makers[member]
    if found is None:
        _copy(graph, group, maker.inputs[0], stored, copies)
        _copy(graph, group, member, stored, copies)
        return
    base, shape, strides = found
    by_stride = sorted(range(len(shape)), key=lambda i: (-strides[i], -shape[i], i))
    source = tuple(shape[i] for i in by_stride)
    root = graph.tensors[group.root]
    kind = root.kind if root.kind in ("activation", "gradient") else "activation"
    graph.add(Tensor(member, group.positions[member].shape, root.dtype, kind))
    x = _view(graph, base, source, Layout(dense_strides(source), True))
    y = _view(graph, member, shape, Layout(dense_strides(shape), True))
    perm = tuple(by_stride.index(i) for i in range(len(shape)))
    copies[member] = Node(f"{member}.copy", "Transpose", [x], [y], {"perm": perm}, maker.phase, maker.origin)
    stored[member] = _relative(group, member)
