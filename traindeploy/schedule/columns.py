# SPDX-License-Identifier: Apache-2.0
"""Col2im, the end of a strided convolution's gradient: tiles are blocks of rows of the image."""

from math import ceil

from traindeploy.ir import Node
from traindeploy.ir.region import Box
from traindeploy.schedule import costs
from traindeploy.schedule.task import Argument, Operand, Task, Tiling, split

TILE_BYTES = 32 * 1024  # of the columns of a tile


def window_rows(begin: int, count: int, tap: int, stride: int, pad: int, out_height: int) -> tuple[int, int]:
    """(first, count) of the output rows whose windows have image rows [begin, begin + count) as their row ``tap``.

    At least one, that of the nearest window, though it may have none of them.

    >>> window_rows(0, 4, tap=0, stride=1, pad=1, out_height=16)  # window 1 begins at row 0
    (1, 4)
    >>> window_rows(0, 1, tap=2, stride=1, pad=1, out_height=16)  # that of row -1: there is none
    (0, 1)
    >>> window_rows(3, 4, tap=0, stride=2, pad=0, out_height=16)  # rows 4 and 6
    (2, 2)
    """
    first = min(max(ceil((begin + pad - tap) / stride), 0), out_height - 1)
    last = min(max((begin + count - 1 + pad - tap) // stride, first), out_height - 1)
    return first, last - first + 1


def tile_col2im(tiling: Tiling, node: Node) -> list[Task]:
    """Rows of the image in L1 add up what each kernel row holds of them, task by task."""
    x, base, offset = tiling.stored(node.inputs[0])
    _, height, width, channels = tiling.graph.tensors[node.outputs[0]].shape
    (kernel_h, kernel_w), (stride_h, stride_w) = node.attrs["kernel"], node.attrs["strides"]
    pad_top, pad_left, _, pad_right = node.attrs["pads"]
    out_width = (width + pad_left + pad_right - kernel_w) // stride_w + 1
    out_height, pitch, tap_size = x.shape[0] // out_width, x.shape[1], kernel_w * channels
    row_bytes = x.itemsize * max(width * channels, out_width * tap_size)
    tasks = []
    for row, rows in split(height, max(1, TILE_BYTES // row_bytes)):
        out = tiling.slice(node.outputs[0], row * width * channels, rows * width * channels, write=True)
        for tap in range(kernel_h):
            first, count = window_rows(row, rows, tap, stride_h, pad_top, out_height)
            begin = offset + first * out_width * pitch + tap * tap_size
            box = Box(base, begin, ((count * out_width, pitch), (tap_size, 1)), x.itemsize)
            args: dict[str, Argument] = {
                "x": Operand(box, tiling.container(box), "x_pitch"),
                "out": Operand(out.box, out.container, read=tap > 0, write=True),
                "out_height": out_height, "out_width": out_width, "channels": channels, "kernel_row": tap,
                "kernel_w": kernel_w, "stride_h": stride_h, "stride_w": stride_w, "pad_top": pad_top,
                "pad_left": pad_left, "width": width, "row_begin": row, "row_end": row + rows,
                "x_row_begin": first, "x_pitch": 0, "accumulate": int(tap > 0),
            }  # fmt: skip
            cycles = costs.kernel("td_col2im", count * out_width * tap_size)
            label = f"{node.name} rows {row}:{row + rows} kernel row {tap}"
            tasks.append(Task(node, label, "cores", "td_col2im", args, cycles))
    return tasks
