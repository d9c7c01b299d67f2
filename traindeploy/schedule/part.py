# SPDX-License-Identifier: Apache-2.0
"""Slice and Concat: copies between a tensor [O,A,I] and a part of another along its middle dimension."""

from traindeploy.ir import Node
from traindeploy.ir.emit import Shape
from traindeploy.schedule.task import Task, Tiling
from traindeploy.schedule.transpose import Axis, copy_tasks


def tile_part(tiling: Tiling, node: Node) -> list[Task]:
    """Tasks that copy the part that is cut out, or one part behind the other."""
    shapes = [tiling.graph.tensors[name].shape for name in (*node.inputs, *node.outputs)]
    if node.op == "Slice":
        x, y = shapes
        start, step = node.attrs["start"], node.attrs["step"]
        return copy_tasks(tiling, node, node.inputs[0], part_axes(y, x[1], y[1], step), x_begin=start * x[2])
    tasks, begin = [], 0
    for name, shape in zip(node.inputs, shapes, strict=False):
        axes = part_axes(shape, shape[1], shapes[-1][1])
        tasks += copy_tasks(tiling, node, name, axes, y_begin=begin * shape[2])
        begin += shape[1]
    return tasks


def part_axes(part: Shape, x_count: int, y_count: int, x_step: int = 1) -> list[Axis]:
    """The axes of a copy of ``part`` [O,B,I] out of [O,x_count,I], every ``x_step``-th, into [O,y_count,I].

    >>> part_axes((4, 3, 5), 8, 3)  # rows 0 to 2 of each of 4 matrices 8x5
    [Axis(extent=4, x_stride=40, y_stride=15), Axis(extent=15, x_stride=1, y_stride=1)]
    >>> part_axes((1, 3, 1), 8, 3, 2)
    [Axis(extent=3, x_stride=2, y_stride=1)]
    """
    outer, count, inner = part
    axes: list[Axis] = []
    for axis in (
        Axis(outer, x_count * inner, y_count * inner),
        Axis(count, x_step * inner, inner),
        Axis(inner, 1, 1),
    ):
        if axis.extent == 1:
            continue
        before = axes[-1] if axes else None
        if before and all(before[side] == axis.extent * axis[side] for side in (1, 2)):
            axes[-1] = axis._replace(extent=before.extent * axis.extent)
        else:
            axes.append(axis)
    return axes or [Axis(1, 1, 1)]
