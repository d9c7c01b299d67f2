# SPDX-License-Identifier: Apache-2.0
"""Layouts: in which order a tensor's elements lie in a storage, and which tensors hold the same elements.

A *group* is a stored tensor (a graph input, a parameter, what an operator computes) and everything that layout nodes
derive from it. All its members hold the same elements in other orders, so each is described by the position of its
elements in the root's dense storage, as an index array; a member is a view if these positions are affine in its
indices.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from traindeploy.ir.graph import Graph, Node, dense_strides

LAYOUT_OPS = ("Reshape", "Transpose")

Positions = npt.NDArray[np.int64]
Use = Literal["gemm", "dense"]  # an operand of a Gemm may be strided; everything else reads dense data


@dataclass(frozen=True)
class Layout:
    """Element strides of a tensor on its storage; ``dense``: they are those of a tensor of its own."""

    strides: tuple[int, ...]
    dense: bool

    @property
    def gemm_operand(self) -> bool:
        """One unit stride among the last two dimensions."""
        return 1 in self.strides[-2:]

    @property
    def transposed(self) -> bool:
        """Whether neighbours in the last dimension are not neighbours in storage."""
        return self.strides[-1] != 1


Layouts = dict[str, Layout | None]  # of every member, None if no strides express it


def layout_of(positions: Positions) -> Layout | None:
    """The strides, in elements, of an array of storage positions; None if they are not affine in the indices.

    A dimension of size 1 gets the stride that a dense layout would give it.

    >>> stored = np.arange(24).reshape(4, 6)
    >>> layout_of(stored.T)
    Layout(strides=(1, 6), dense=False)
    >>> layout_of(stored.T.reshape(4, 6)) is None  # cut into other rows: no strides express that
    True
    """
    shape = positions.shape
    if positions.reshape(-1)[0] != 0:
        return None
    strides = [0] * len(shape)
    affine: Positions = np.zeros((), dtype=np.int64)
    inner = 1
    for axis in reversed(range(len(shape))):
        next_index = tuple(int(i == axis) for i in range(len(shape)))
        strides[axis] = int(positions[next_index]) if shape[axis] > 1 else inner
        inner = strides[axis] * shape[axis]
        affine = affine + (np.arange(shape[axis]) * strides[axis]).reshape(-1, *[1] * (len(shape) - 1 - axis))
    if not np.array_equal(affine, positions):
        return None
    return Layout(tuple(strides), tuple(strides) == dense_strides(shape))


@dataclass
class Group:
    """``positions[m]``: for each element of member ``m`` where it lies in the root's dense storage.

    ``makers[m]``: the layout node that makes ``m``; members are in graph order, the root first.
    """

    root: str
    positions: dict[str, Positions]
    makers: dict[str, Node] = field(default_factory=dict)

    def stored_as(self, owner: str) -> Layouts:
        """The layout of every member when the group is stored in the order of ``owner``.

        >>> stored = np.arange(24).reshape(4, 6)
        >>> Group("x", {"x": stored, "x.T": stored.T}).stored_as("x.T")
        {'x': Layout(strides=(1, 4), dense=False), 'x.T': Layout(strides=(4, 1), dense=True)}
        """
        place = np.empty(self.positions[owner].size, dtype=np.int64)
        place[self.positions[owner].reshape(-1)] = np.arange(place.size)
        return {member: layout_of(place[positions]) for member, positions in self.positions.items()}


def find_groups(graph: Graph) -> dict[str, Group]:
    """The groups with more than one member, by root."""
    owner: dict[str, Group] = {}
    groups: dict[str, Group] = {}
    for node in (n for n in graph.nodes if n.op in LAYOUT_OPS):
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


def find_uses(graph: Graph) -> dict[str, list[Use]]:
    """How each tensor is read, but for layout nodes; graph outputs are read as dense data."""
    uses: dict[str, list[Use]] = defaultdict(list)
    for node in graph.nodes:
        if node.op not in LAYOUT_OPS:
            for i, name in enumerate(node.inputs):
                uses[name].append("gemm" if node.op == "Gemm" and i < 2 else "dense")
    for name in graph.outputs:
        uses[name].append("dense")
    return dict(uses)


def satisfies(layout: Layout | None, uses: Sequence[Use]) -> bool:
    """Whether a tensor that lies as ``layout`` says can be read in all these ways, without a copy.

    >>> satisfies(Layout((1, 6), dense=False), ["gemm", "gemm"]), satisfies(Layout((1, 6), dense=False), ["dense"])
    (True, False)
    """
    return layout is not None and (layout.dense or (layout.gemm_operand and "dense" not in uses))
