# SPDX-License-Identifier: Apache-2.0
"""ReduceSum over rows: tiles are blocks of rows whose sums accumulate in one buffer."""

from dataclasses import replace

from traindeploy.ir import Node
from traindeploy.schedule import costs
from traindeploy.schedule.task import PANEL, WHOLE_BYTES, Argument, Task, Tiling, split


def tile_reduce_sum(tiling: Tiling, node: Node) -> list[Task]:
    """A chain of tasks, rows ascending."""
    x = tiling.graph.tensors[node.inputs[0]]
    cols = tiling.graph.tensors[node.outputs[0]].size
    rows = x.size // cols
    tile_rows = rows if x.nbytes <= WHOLE_BYTES else max(1, PANEL // cols)
    tasks = []
    for row, count in split(rows, tile_rows):
        out = tiling.slice(node.outputs[0], 0, cols, write=True)
        args: dict[str, Argument] = {
            "x": tiling.slice(node.inputs[0], row * cols, count * cols),
            "out": replace(out, read=row > 0),
            "rows": count, "cols": cols, "accumulate": int(row > 0),
        }  # fmt: skip
        cycles = costs.kernel("td_reduce_sum", count * cols)
        tasks.append(Task(node, f"{node.name} rows {row}:{row + count}", "cores", "td_reduce_sum", args, cycles))
    return tasks
