# SPDX-License-Identifier: Apache-2.0
"""Transpose as a copy (only where no view expresses the layout): the last two axes swapped, matrix by matrix."""

from traindeploy.errors import UserError
from traindeploy.ir import Node
from traindeploy.schedule import costs
from traindeploy.schedule.matrix import Matrix
from traindeploy.schedule.task import PANEL, Argument, Operand, Task, Tiling, split


def tile_transpose(tiling: Tiling, node: Node) -> list[Task]:
    """Tasks over blocks of input rows; UserError for a permutation that moves other axes than the last two."""
    x_tensor, x_base, x_offset = tiling.stored(node.inputs[0])
    shape = tiling.graph.tensors[node.inputs[0]].shape
    y_tensor, y_base, y_offset = tiling.stored(node.outputs[0])
    rank, perm = len(shape), list(node.attrs["perm"])
    if rank < 2 or perm != [*range(rank - 2), rank - 1, rank - 2]:
        raise UserError(
            f"node {node.name!r}: transposition {perm} of shape {shape}: only the last two axes can be swapped"
        )
    rows, cols = shape[-2:]
    size = rows * cols
    tile_rows = max(1, min(rows, PANEL // cols))
    tasks = []
    for i in range(tiling.graph.tensors[node.inputs[0]].size // size):
        x = Matrix(x_base, x_offset + i * size, rows, cols, cols, 1, x_tensor.itemsize)
        y = Matrix(y_base, y_offset + i * size, cols, rows, rows, 1, y_tensor.itemsize)
        for row, count in split(rows, tile_rows):
            x_box, y_box = x.tile(row, count, 0, cols), y.tile(0, cols, row, count)
            args: dict[str, Argument] = {
                "x": Operand(x_box, tiling.container(x_box), "x_pitch"),
                "out": Operand(y_box, tiling.target(y_box), "out_pitch", read=False, write=True),
                "rows": count, "cols": cols, "x_pitch": 0, "out_pitch": 0,
            }  # fmt: skip
            cycles = costs.kernel("td_transpose", count * cols)
            tasks.append(
                Task(node, f"{node.name}[{i}] rows {row}:{row + count}", "cores", "td_transpose", args, cycles)
            )
    return tasks
