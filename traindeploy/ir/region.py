# SPDX-License-Identifier: Apache-2.0
"""Boxes of a tensor's storage: what a tile touches, what an L1 buffer holds, what a transfer moves.

A box is an element offset into a dense row-major storage tensor and up to three (count, stride) dimensions in elements,
the last with stride 1. In L1 a box lies densely packed in the order of its dimensions.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

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
        return replace(self, dims=_merge(self.dims))

    def overlaps(self, other: "Box") -> bool:
        """Whether any element is in both (exact)."""
        if self.base != other.base or self.offset >= other.end or other.offset >= self.end:
            return False
        return _overlaps(self, other)


@cache
def _merge(dims: Dims) -> Dims:
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
def _starts(offset: int, dims: Dims) -> np.ndarray:
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


@cache
def locate(container: Box, box: Box) -> tuple[int, tuple[int, ...]] | None:
    """Where ``box`` lies in an L1 buffer that holds ``container`` densely packed.

    Returns the element offset in the buffer and the stride of each of the box's own dimensions there, or None if the
    buffer does not hold all of the box in a regular arrangement.
    """
    if container.base != box.base or box.offset < container.offset or box.end > container.end:
        return None
    dims = container.canonical.dims
    packed = [1] * len(dims)
    for i in range(len(dims) - 2, -1, -1):
        packed[i] = packed[i + 1] * dims[i + 1][0]
    rest, offset, room = box.offset - container.offset, 0, []
    for (count, stride), step in zip(dims, packed, strict=True):
        index, rest = divmod(rest, stride)
        if index >= count:
            return None
        room.append(count - index)
        offset += index * step
    strides = []
    for count, stride in box.dims:
        if count == 1:
            strides.append(0)
            continue
        level = next((i for i, (_, s) in enumerate(dims) if stride % s == 0), None)
        if level is None:
            return None
        factor = stride // dims[level][1]
        room[level] -= (count - 1) * factor
        if room[level] < 1:
            return None
        strides.append(factor * packed[level])
    return offset, tuple(strides)


def dense_in(container: Box, box: Box) -> int | None:
    """Element offset of ``box`` in the buffer of ``container`` if it lies there densely packed, else None."""
    found = locate(container, box.canonical)
    if found is None:
        return None
    expected = 1
    for (count, _), stride in zip(reversed(box.canonical.dims), reversed(found[1]), strict=True):
        if count > 1 and stride != expected:
            return None
        expected *= count
    return found[0]
