# SPDX-License-Identifier: Apache-2.0
"""MaxPool: tiles are blocks of output rows with the input rows that they read."""

from traindeploy.ir import Node
from traindeploy.schedule import costs
from traindeploy.schedule.conv import input_rows
from traindeploy.schedule.task import WHOLE_BYTES, Argument, Task, Tiling, split

TILE_BYTES = 40 * 1024  # of the input rows


def tile_maxpool(tiling: Tiling, node: Node) -> list[Task]:
    """Tasks over consecutive output rows."""
    x, y = tiling.graph.tensors[node.inputs[0]], tiling.graph.tensors[node.outputs[0]]
    _, height, width, channels = x.shape
    _, out_height, out_width, _ = y.shape
    (kernel_h, kernel_w), (stride_h, stride_w) = node.attrs["kernel"], node.attrs["strides"]
    pad_top, pad_left = node.attrs["pads"][:2]
    row_bytes = x.itemsize * width * channels
    tile_rows = out_height if x.nbytes <= WHOLE_BYTES else max(1, (TILE_BYTES // row_bytes - kernel_h) // stride_h + 1)
    tasks = []
    for row, rows in split(out_height, tile_rows):
        first, count = input_rows(row, rows, kernel_h, stride_h, pad_top, height)
        args: dict[str, Argument] = {
            "x": tiling.slice(node.inputs[0], first * width * channels, count * width * channels),
            "y": tiling.slice(node.outputs[0], row * out_width * channels, rows * out_width * channels, write=True),
            "height": height, "width": width, "channels": channels, "kernel_h": kernel_h, "kernel_w": kernel_w,
            "stride_h": stride_h, "stride_w": stride_w, "pad_top": pad_top, "pad_left": pad_left,
            "out_width": out_width,
            "row_begin": row, "row_end": row + rows, "x_row_begin": first,
        }  # fmt: skip
        cycles = costs.kernel("td_maxpool", rows * out_width * channels)
        tasks.append(Task(node, f"{node.name} rows {row}:{row + rows}", "cores", "td_maxpool", args, cycles))
    return tasks
