# SPDX-License-Identifier: Apache-2.0
"""Turn reshapes and transpositions into strided views of stored tensors, and into a copy only where nothing else works.

First products are transposed where that spares copies (``storage_order``). Then every group of tensors with the same
elements (``layout``) gets its storage, the views of it that are read or written, and the copies that cannot be helped.
"""

from dataclasses import dataclass, field

import numpy as np

from traindeploy.ir.emit import Shape, fresh
from traindeploy.ir.graph import Graph, Node, Tensor, View, dense_strides
from traindeploy.ir.layout import LAYOUT_OPS, Group, Layout, Layouts, Use, find_groups, find_uses, satisfies
from traindeploy.ir.storage_order import storage_order, transpose_products


@dataclass
class _Folding:
    """``rewritten``: member -> the tensor that replaces it; ``copies``: member -> the node that makes it, standing in
    its layout node's place.
    """

    graph: Graph
    groups: dict[str, Group]
    uses: dict[str, list[Use]]
    rewritten: dict[str, str] = field(default_factory=dict)
    copies: dict[str, Node] = field(default_factory=dict)


@dataclass(frozen=True)
class _Seen:
    """Storage ``base``, seen with ``shape`` and ``strides``, shows elements in the order that is wanted."""

    base: str
    shape: Shape
    strides: tuple[int, ...]


def fold_views(graph: Graph) -> None:
    """Remove all layout nodes, in place; ``Transpose`` nodes that remain are copies, dense to dense.

    >>> from traindeploy.ir.emit import Emitter
    >>> graph = Graph("g", inputs=["x"])
    >>> emit, x = Emitter(graph), graph.add(Tensor("x", (4, 6), kind="input")).name
    >>> graph.outputs = [emit.gemm("z", x, emit.transpose(x))]
    >>> fold_views(graph)
    >>> [(node.op, node.inputs) for node in graph.nodes], graph.tensors["x.T"].view
    ([('Gemm', ['x', 'x.T'])], View(base='x', strides=(1, 6), offset=0))
    """
    transpose_products(graph)
    folding = _Folding(graph, find_groups(graph), find_uses(graph))
    for group in folding.groups.values():
        for member in group.positions:
            if member != group.root:
                del graph.tensors[member]  # its name is free for a view
    for group in folding.groups.values():
        _store(folding, group)
    _rewrite(folding)
    _drop_unused(graph)


def _rewrite(folding: _Folding) -> None:
    """Let all nodes use what replaces their tensors, and put copies in the places of layout nodes."""
    graph, rewritten, nodes = folding.graph, folding.rewritten, []
    for node in graph.nodes:
        if node.op in LAYOUT_OPS:
            nodes += [folding.copies[o] for o in node.outputs if o in folding.copies]
            continue
        node.inputs = [rewritten.get(i, i) for i in node.inputs]
        node.outputs = [rewritten.get(o, o) for o in node.outputs]
        nodes.append(node)
    graph.nodes = nodes
    graph.outputs = [rewritten.get(o, o) for o in graph.outputs]


def _drop_unused(graph: Graph) -> None:
    used = {t for n in graph.nodes for t in (*n.inputs, *n.outputs)} | {*graph.inputs, *graph.outputs}
    used |= {graph.storage(t).name for t in used}
    graph.tensors = {n: t for n, t in graph.tensors.items() if n in used}


def _store(folding: _Folding, group: Group) -> None:
    """Give the group its storage, the views of it that are read or written, and the copies that cannot be helped."""
    graph, root = folding.graph, group.root
    owner = storage_order(graph, folding.groups, group, folding.uses, final=True)
    layouts = group.stored_as(owner)
    graph.tensors[root].shape = group.positions[owner].shape  # the storage keeps the root's name
    written = layouts[root]
    if written is not None:
        folding.rewritten[root] = _view(graph, root, group.positions[root].shape, written)
    stored = {root: layouts}
    for member, how in ((m, folding.uses[m]) for m in group.positions if m in folding.uses):
        found = _readable(stored, member, how)
        if found is None:
            _copy(folding, group, member, stored)
        elif member != root:
            base, layout = found
            folding.rewritten[member] = _view(graph, base, group.positions[member].shape, layout)


def _readable(stored: dict[str, Layouts], member: str, how: list[Use]) -> tuple[str, Layout] | None:
    """The first storage that shows ``member`` as it is read, and its layout there."""
    for base, layouts in stored.items():
        layout = layouts[member]
        if layout is not None and satisfies(layout, how):
            return base, layout
    return None


def _view(graph: Graph, base: str, shape: Shape, layout: Layout) -> str:
    """The tensor that shows ``base`` with ``shape`` and ``layout``: ``base`` itself, or a view, shared if it exists."""
    stored = graph.tensors[base]
    if layout.dense and shape == stored.shape:
        return base
    view = View(base, layout.strides)
    for tensor in graph.tensors.values():
        if tensor.view == view and tensor.shape == shape:
            return tensor.name
    name = _view_name(stored, shape, layout)
    if name in graph.tensors or name in graph.reserved:
        name = fresh(graph, f"{name}.view")
    return graph.add(Tensor(name, shape, stored.dtype, stored.kind, view=view)).name


def _view_name(stored: Tensor, shape: Shape, layout: Layout) -> str:
    """``x.T`` for the transpose of a matrix x, else with its shape: ``x.2x64x64``, ``x.2x64x64.T``.

    >>> x = Tensor("x", (64, 128))
    >>> _view_name(x, (128, 64), Layout((1, 128), dense=False)), _view_name(x, (64, 2, 64), Layout((128, 64, 1), True))
    ('x.T', 'x.64x2x64')
    """
    transposed = not layout.dense and layout.transposed
    if transposed and len(shape) == 2 and shape == stored.shape[::-1]:
        return f"{stored.name}.T"
    return f"{stored.name}.{'x'.join(map(str, shape))}{'.T' if transposed else ''}"


def _copy(folding: _Folding, group: Group, member: str, stored: dict[str, Layouts]) -> None:
    """Give ``member`` dense storage by a Transpose of storage that exists, seen with its dimensions in storage order.

    If no storage shows the member's elements in order, its predecessor is copied first: one layout node away, it does.
    """
    graph, maker = folding.graph, group.makers[member]
    seen = _show(group, member, stored)
    if seen is None:
        _copy(folding, group, maker.inputs[0], stored)
        _copy(folding, group, member, stored)
        return
    root = graph.tensors[group.root]
    kind = root.kind if root.kind in ("activation", "gradient") else "activation"
    graph.add(Tensor(member, group.positions[member].shape, root.dtype, kind))
    source, perm = _in_storage_order(seen.shape, seen.strides)
    x = _view(graph, seen.base, source, Layout(dense_strides(source), True))
    y = _view(graph, member, seen.shape, Layout(dense_strides(seen.shape), True))
    folding.copies[member] = Node(
        fresh(graph, f"{member}.copy"), "Transpose", [x], [y], {"perm": perm}, maker.phase, maker.origin
    )
    stored[member] = group.stored_as(member)


def _show(group: Group, member: str, stored: dict[str, Layouts]) -> _Seen | None:
    """A storage, and a shape in which it shows the elements of ``member`` in order; None if there is none.

    The shape may be another member's, which differs from ``member`` by reshapes only.
    """
    order = group.positions[member].reshape(-1)
    for base, layouts in stored.items():
        for other, layout in layouts.items():
            if layout is not None and np.array_equal(group.positions[other].reshape(-1), order):
                return _Seen(base, group.positions[other].shape, layout.strides)
    return None


def _in_storage_order(shape: Shape, strides: tuple[int, ...]) -> tuple[Shape, tuple[int, ...]]:
    """The shape in which a strided array lies densely, and the permutation that leads from there to ``shape``.

    >>> _in_storage_order((128, 64), (1, 128))  # the transpose of a stored [64,128]
    ((64, 128), (1, 0))
    >>> _in_storage_order((2, 64, 64), (64, 128, 1))  # the heads of a stored [64,2,64]
    ((64, 2, 64), (1, 0, 2))
    """
    by_stride = sorted(range(len(shape)), key=lambda i: (-strides[i], -shape[i], i))
    return tuple(shape[i] for i in by_stride), tuple(by_stride.index(i) for i in range(len(shape)))
