# SPDX-License-Identifier: Apache-2.0
"""Transpose as a copy (only where no view expresses the layout): any permutation of any rank.

Dimensions of 1 go and neighbours that stay together become one; what is left are the *axes* of the copy. If both
tensors lie in L1 as a whole, one call does it all, or one for each index of the result's outermost axes if there are
more axes than the kernel has loops. Else tiles are at most a panel large and take as much as they can of the axes that
lie densely in either tensor, so that both their boxes are rows long enough for the DMA.
"""

from itertools import product
from math import ceil, prod
from typing import NamedTuple

from traindeploy.ir import Node
from traindeploy.ir.emit import Shape
from traindeploy.ir.graph import dense_strides
from traindeploy.ir.region import Box, flat
from traindeploy.ops.layout import COPY_LOOPS
from traindeploy.platform import NUM_CORES
from traindeploy.schedule import costs
from traindeploy.schedule.task import PANEL, WHOLE_BYTES, Argument, Operand, Task, Tiling, split

SIDE = 64  # of a square tile of PANEL elements
LINE = 3  # what the start of a line costs, in elements
TRANSFER_DIMS = 3  # of a DMA transfer


class Axis(NamedTuple):
    """``extent`` indices with their strides in elements of the dense source and result."""

    extent: int
    x_stride: int
    y_stride: int


def copy_axes(shape: Shape, perm: tuple[int, ...]) -> list[Axis]:
    """The axes of the copy, in the order of the source.

    >>> copy_axes((5, 5, 1, 16), (2, 3, 0, 1))  # a dimension of 1, and two that stay together: a matrix
    [Axis(extent=25, x_stride=16, y_stride=1), Axis(extent=16, x_stride=1, y_stride=25)]
    >>> copy_axes((2, 3, 4), (0, 1, 2))
    [Axis(extent=24, x_stride=1, y_stride=1)]
    """
    y_strides = dense_strides(tuple(shape[p] for p in perm))
    axes: list[Axis] = []
    for i, (count, x_stride) in enumerate(zip(shape, dense_strides(shape), strict=True)):
        axis = Axis(count, x_stride, y_strides[perm.index(i)])
        if axis.extent == 1:
            continue
        if axes and axes[-1].y_stride == axis.extent * axis.y_stride:
            axis = axis._replace(extent=axes.pop().extent * axis.extent)
        axes.append(axis)
    return axes or [Axis(1, 1, 1)]


def tile_transpose(tiling: Tiling, node: Node) -> list[Task]:
    """Tasks that together copy every element once."""
    axes = copy_axes(tiling.graph.tensors[node.inputs[0]].shape, tuple(node.attrs["perm"]))
    return copy_tasks(tiling, node, node.inputs[0], axes)


def copy_tasks(
    tiling: Tiling, node: Node, source: str, axes: list[Axis], x_begin: int = 0, y_begin: int = 0
) -> list[Task]:
    """Tasks that copy ``axes`` of ``source``, from its element ``x_begin`` on, to the node's output from ``y_begin``.

    Of what lies in L1 as a whole the kernel sees the strides of the tensor, of what is loaded for it those of a tile.
    """
    x_tensor, x_base, x_offset = tiling.stored(source)
    y_tensor, y_base, y_offset = tiling.stored(node.outputs[0])
    x_whole, y_whole = (tiling.graph.tensors[base].nbytes <= WHOLE_BYTES for base in (x_base, y_base))
    sizes = _few_loops(axes) if x_whole and y_whole else _tile_sizes(axes)
    tasks = []
    for tile in product(*(split(axis.extent, size) for axis, size in zip(axes, sizes, strict=True))):
        part = [axis._replace(extent=count) for axis, (_, count) in zip(axes, tile, strict=True)]
        x_first = x_begin + x_offset + sum(axis.x_stride * begin for axis, (begin, _) in zip(axes, tile, strict=True))
        y_first = y_begin + y_offset + sum(axis.y_stride * begin for axis, (begin, _) in zip(axes, tile, strict=True))
        x_box = _box(x_base, x_first, [(a.extent, a.x_stride) for a in part], x_tensor.itemsize)
        y_box = _box(y_base, y_first, [(a.extent, a.y_stride) for a in part], y_tensor.itemsize)
        if x_whole:  # it lies there with its strides; what is read is within this range
            x_box = flat(x_base, x_first, x_box.end - x_first, x_tensor.itemsize)
        packed = _packed(part)
        in_l1 = [
            Axis(own.extent, (own if x_whole else dense).x_stride, (own if y_whole else dense).y_stride)
            for own, dense in zip(part, packed, strict=True)
        ]
        among_others = y_whole and not y_box.contiguous  # lines between those that other tasks write
        loops = _lines(in_l1) if among_others else _loops(in_l1)
        args: dict[str, Argument] = {
            "x": Operand(x_box, tiling.container(x_box) if x_box.contiguous else x_box.canonical),
            "out": Operand(
                y_box.canonical if among_others else y_box,
                tiling.target(y_box),
                "out_row" if among_others else "",
                read=False,
                write=True,
            ),
            **{f"{name}s": loop.extent for name, loop in zip(COPY_LOOPS, loops, strict=True)},
            **{f"x_{name}": x_tensor.itemsize * loop.x_stride for name, loop in zip(COPY_LOOPS, loops, strict=True)},
            **{f"out_{name}": y_tensor.itemsize * loop.y_stride for name, loop in zip(COPY_LOOPS, loops, strict=True)},
        }
        label = f"{node.name} [{', '.join(f'{begin}:{begin + count}' for begin, count in tile)}]"
        tasks.append(Task(node, label, "cores", "td_transpose", args, costs.kernel("td_transpose", _work(loops))))
    return tasks


def _few_loops(axes: list[Axis]) -> list[int]:
    """All of each axis, but of the result's outermost ones a single index until the kernel has loops enough."""
    sizes = [axis.extent for axis in axes]
    for i in _inwards(axes, 2)[: max(0, len(axes) - len(COPY_LOOPS))]:
        sizes[i] = 1
    return sizes


def _tile_sizes(axes: list[Axis]) -> list[int]:
    """Indices of each axis in a tile of at most a panel; what lies densely in source and result comes first.

    >>> _tile_sizes([Axis(1000, 500, 1), Axis(500, 1, 1000)])  # both axes of a large matrix are cut, evenly
    [63, 63]
    >>> _tile_sizes([Axis(3, 50176, 1), Axis(14, 3584, 10752), Axis(16, 224, 48), Axis(14, 16, 768), Axis(16, 1, 3)])
    [3, 1, 6, 14, 16]
    """
    in_x, in_y = _inwards(axes, 1)[::-1], _inwards(axes, 2)[::-1]
    order = list(dict.fromkeys(i for pair in zip(in_x, in_y, strict=True) for i in pair))
    sizes = [1] * len(axes)
    if in_x[0] != in_y[0]:
        across = min(axes[in_y[0]].extent, max(SIDE, PANEL // axes[in_x[0]].extent))
        sizes[in_y[0]] = _even(axes[in_y[0]].extent, across)
    for i in order:
        size = _even(axes[i].extent, PANEL // (prod(sizes) // sizes[i]))
        wider = [*sizes[:i], max(size, sizes[i]), *sizes[i + 1 :]]
        if _transferable(axes, wider):
            sizes = wider
    return sizes


def _inwards(axes: list[Axis], side: int) -> list[int]:
    """The axes by their stride in the source (``side`` 1) or the result (2), outermost first."""
    return sorted(range(len(axes)), key=lambda i: -axes[i][side])


def _even(count: int, most: int) -> int:
    """The size of as few tiles as ``most`` allows, all about equally large."""
    return ceil(count / ceil(count / max(1, min(count, most))))


def _transferable(axes: list[Axis], sizes: list[int]) -> bool:
    """Whether the DMA can move such a tile in one transfer on either side, and the kernel has enough loops for it."""
    boxes = (_box("", 0, [(size, a[side]) for size, a in zip(sizes, axes, strict=True)], 4) for side in (1, 2))
    few = sum(size > 1 for size in sizes) <= len(COPY_LOOPS)
    return few and all(len(box.canonical.dims) <= TRANSFER_DIMS for box in boxes)


def _box(base: str, first: int, dims: list[tuple[int, int]], itemsize: int) -> Box:
    """``dims``: (count, stride) of the axes in any order."""
    return Box(base, first, tuple(sorted(dims, key=lambda dim: -dim[1])), itemsize)


def _packed(part: list[Axis]) -> list[Axis]:
    """The axes of a tile whose elements are packed in L1 on both sides, each in its own order."""
    packed: list[list[int]] = []
    for side in (1, 2):
        order = _inwards(part, side)
        strides = dense_strides(tuple(part[i].extent for i in order))
        packed.append([strides[order.index(i)] for i in range(len(part))])
    return [Axis(axis.extent, x, y) for axis, x, y in zip(part, *packed, strict=True)]


def _loops(part: list[Axis]) -> list[Axis]:
    """The kernel's four loops, outermost first: of all choices of the innermost, the one with the least work.

    An axis that leaves the other cores without lines is cut into two loops where there is one to spare.

    >>> _loops([Axis(2, 640, 1), Axis(640, 1, 2)])
    [Axis(extent=1, x_stride=0, y_stride=0), Axis(extent=2, x_stride=640, y_stride=1), \
Axis(extent=4, x_stride=160, y_stride=320), Axis(extent=160, x_stride=1, y_stride=2)]
    """
    axes = [axis for axis in part if axis.extent > 1]
    spare = [Axis(1, 0, 0)] * (len(COPY_LOOPS) - len(axes))
    choices = [[*spare, *axes[:i], *axes[i + 1 :], axes[i]] for i in range(len(axes))] or [spare]
    if spare:
        for i, axis in enumerate(axes):
            for lines in (n for n in (2, 4, 8) if axis.extent % n == 0):
                count = axis.extent // lines
                outer = Axis(lines, count * axis.x_stride, count * axis.y_stride)
                choices.append([*spare[1:], *axes[:i], *axes[i + 1 :], outer, axis._replace(extent=count)])
    return min(choices, key=_work)


def _lines(part: list[Axis]) -> list[Axis]:
    """The kernel's loops where the axes are lines with gaps behind them in the result, whose pitch is a row's.

    Few lines are cut, each into as many pieces, so that there is one for each core.

    >>> _lines([Axis(2, 640, 700), Axis(640, 1, 1)])[1:]
    [Axis(extent=4, x_stride=160, y_stride=160), Axis(extent=2, x_stride=640, y_stride=700), \
Axis(extent=160, x_stride=1, y_stride=1)]
    """
    outer, line = (*sorted(part, key=lambda axis: -axis.y_stride), Axis(1, 1, 1))[:2]
    wanted = ceil(NUM_CORES / outer.extent)
    pieces = max(n for n in range(1, wanted + 1) if line.extent % n == 0)
    piece = line._replace(extent=line.extent // pieces)
    return [Axis(1, 0, 0), Axis(pieces, piece.extent * line.x_stride, piece.extent * line.y_stride), outer, piece]


def _work(loops: list[Axis]) -> int:
    """What the busiest core does, times the cores, in elements."""
    lines = prod(loop.extent for loop in loops[:-1])
    return ceil(lines / NUM_CORES) * NUM_CORES * (loops[-1].extent + LINE)
