# SPDX-License-Identifier: Apache-2.0
"""Boxes of a tensor's storage: what a tile touches, what an L1 buffer holds, what a transfer moves.

A box is an element offset into a dense row-major storage tensor and up to three (count, stride) dimensions in elements,
the last with stride 1. In L1 a box lies densely packed in the order of its dimensions.
"""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from traindeploy.ir.graph import dense_strides

Dims = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Box:
    """``base`` is the storage tensor's name (or a scratch buffer's); ``dims`` are (count, stride), outermost first.

    ``itemsize`` is the number of bytes of an element, from the dtype of the tensor.
    """

    base: str
    offset: int
    dims: Dims
    itemsize: int

    @property
    def size(self) -> int:
        """Number of elements."""
        total = 1
        for count, _ in self.dims:
            total *= count
        return total

    @property
    def nbytes(self) -> int:
        return self.itemsize * self.size

    @property
    def end(self) -> int:
        """One past the last element touched."""
        return self.offset + sum((count - 1) * stride for count, stride in self.dims) + 1

    @property
    def contiguous(self) -> bool:
        return len(self.canonical.dims) == 1

    @property
    def canonical(self) -> "Box":
        """The same elements in the same order with as few dimensions as possible."""
        return Box(self.base, self.offset, _merge(self.dims), self.itemsize)

    def overlaps(self, other: "Box") -> bool:
        """Whether any element is in both (exact).

        >>> left, right = Box("q", 0, ((64, 128), (64, 1)), 4), Box("q", 64, ((64, 128), (64, 1)), 4)
        >>> left.overlaps(right), left.overlaps(flat("q", 60, 8, 4))  # neighbouring heads; a piece of both
        (False, True)
        """
        if self.base != other.base or self.offset >= other.end or other.offset >= self.end:
            return False
        return _overlaps(self, other)


@cache
def _merge(dims: Dims) -> Dims:
    """Dimensions that continue each other become one; those of count 1 go. The last has stride 1.

    >>> _merge(((4, 32), (32, 1)))  # four rows without gaps
    ((128, 1),)
    >>> _merge(((1, 128), (2, 64), (16, 1)))
    ((2, 64), (16, 1))
    """
    merged: list[tuple[int, int]] = []
    for count, stride in dims:
        if count == 1 and stride != 1:
            continue
        if merged and merged[-1][1] == count * stride:
            merged[-1] = (merged[-1][0] * count, stride)
        else:
            merged.append((count, stride))
    if not merged or merged[-1][1] != 1:
        merged.append((1, 1))
    return tuple(merged)


@cache
def _starts(offset: int, dims: Dims) -> npt.NDArray[np.int64]:
    """The first elements of the box's rows, ascending."""
    starts = np.array([offset], np.int64)
    for count, stride in dims[:-1]:
        starts = (starts[:, None] + np.arange(count, dtype=np.int64)[None, :] * stride).reshape(-1)
    return np.sort(starts)


@cache
def _overlaps(a: Box, b: Box) -> bool:
    a, b = a.canonical, b.canonical
    length_a, length_b = a.dims[-1][0], b.dims[-1][0]
    starts_a, starts_b = _starts(a.offset, a.dims), _starts(b.offset, b.dims)
    # Rows [s, s + length): each row of b against the row of a that begins last before its end.
    last = np.searchsorted(starts_a, starts_b + length_b, side="left") - 1
    found = last >= 0
    return bool(np.any(starts_a[last[found]] + length_a > starts_b[found]))


def flat(base: str, offset: int, count: int, itemsize: int) -> Box:
    """``count`` neighbouring elements of ``itemsize`` bytes."""
    return Box(base, offset, ((count, 1),), itemsize)


class Location(NamedTuple):
    """Where a box lies in a buffer: the element offset of its first element, and the stride of each dimension there."""

    offset: int
    strides: tuple[int, ...]


@cache
def locate(container: Box, box: Box) -> Location | None:
    """Where ``box`` lies in an L1 buffer that holds ``container`` densely packed.

    None if the buffer does not hold all of the box in a regular arrangement. The stride of a dimension of count 1 is 0.

    A matrix [64,128] as a whole, and 64 of its columns (an attention head):

    >>> whole, head = flat("q", 0, 64 * 128, 4), Box("q", 64, ((64, 128), (64, 1)), 4)
    >>> locate(whole, head)  # every row of the head is 128 elements behind the one before it
    Location(offset=64, strides=(128, 1))

    A buffer that holds only the head has packed its rows; rows 8 to 15 of the head begin 8 x 64 elements in:

    >>> rows = Box("q", 8 * 128 + 64, ((8, 128), (64, 1)), 4)
    >>> locate(head, rows)
    Location(offset=512, strides=(64, 1))

    Whole rows of the matrix are not in a buffer of the head:

    >>> locate(head, Box("q", 8 * 128, ((8, 128), (128, 1)), 4)) is None
    True
    """
    if container.base != box.base or box.offset < container.offset or box.end > container.end:
        return None
    dims = container.canonical.dims
    packed = dense_strides(tuple(count for count, _ in dims))
    first = _indices(dims, box.offset - container.offset)
    if first is None:
        return None
    room = [count - index for (count, _), index in zip(dims, first, strict=True)]
    strides = []
    for count, stride in box.dims:
        advance = _advance(dims, stride) if count > 1 else (0, 0)
        if advance is None:
            return None
        axis, times = advance
        room[axis] -= (count - 1) * times
        if room[axis] < 1:
            return None
        strides.append(times * packed[axis])
    return Location(sum(index * stride for index, stride in zip(first, packed, strict=True)), tuple(strides))


def _indices(dims: Dims, offset: int) -> list[int] | None:
    """The indices at which an element ``offset`` behind the box's first one stands; None if it is not in the box.

    >>> _indices(((64, 128), (64, 1)), 8 * 128 + 3), _indices(((64, 128), (64, 1)), 70)
    ([8, 3], None)
    """
    indices = []
    for count, stride in dims:
        index, offset = divmod(offset, stride)
        if index >= count:
            return None
        indices.append(index)
    return indices


def _advance(dims: Dims, stride: int) -> tuple[int, int] | None:
    """(axis, how many indices) by which one goes ``stride`` elements ahead; None if no axis does it alone.

    >>> _advance(((64, 128), (64, 1)), 256), _advance(((64, 128), (64, 1)), 2)
    ((0, 2), (1, 2))
    """
    return next(((axis, stride // own) for axis, (_, own) in enumerate(dims) if stride % own == 0), None)


def dense_in(container: Box, box: Box) -> int | None:
    """Element offset of ``box`` in the buffer of ``container`` if it lies there densely packed, else None.

    >>> head, row = Box("q", 64, ((64, 128), (64, 1)), 4), flat("q", 128 + 64, 64, 4)
    >>> dense_in(head, row), dense_in(flat("q", 0, 8192, 4), head) is None
    (64, True)
    """
    canonical = box.canonical
    found = locate(container, canonical)
    if found is None:
        return None
    dense = dense_strides(tuple(count for count, _ in canonical.dims))
    for (count, _), stride, expected in zip(canonical.dims, found.strides, dense, strict=True):
        if count > 1 and stride != expected:
            return None
    return found.offset
