# SPDX-License-Identifier: Apache-2.0
"""MaxPool: tiles are blocks of output rows with the input rows that they read; its gradient: blocks of input rows."""

from math import ceil

from traindeploy.ir import Node
from traindeploy.schedule import costs
from traindeploy.schedule.conv import input_rows
from traindeploy.schedule.task import PANEL, WHOLE_BYTES, Argument, Task, Tiling, split

TILE_BYTES = 24 * 1024  # of the input rows
GRADIENT_BYTES = 20 * 1024  # of the rows of dX


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
    line = out_width * channels
    together = tile_rows * max(1, PANEL // (tile_rows * line))  # output rows of one L1 buffer: about a panel
    for row, rows in split(out_height, tile_rows):
        begin = row // together * together
        buffer = begin * line, min(together, out_height - begin) * line
        first, count = input_rows(row, rows, kernel_h, stride_h, pad_top, height)
        args: dict[str, Argument] = {
            "x": tiling.slice(node.inputs[0], first * width * channels, count * width * channels),
            "y": tiling.slice(node.outputs[0], row * line, rows * line, write=True, within=buffer),
            "height": height, "width": width, "channels": channels, "kernel_h": kernel_h, "kernel_w": kernel_w,
            "stride_h": stride_h, "stride_w": stride_w, "pad_top": pad_top, "pad_left": pad_left,
            "out_width": out_width,
            "row_begin": row, "row_end": row + rows, "x_row_begin": first,
        }  # fmt: skip
        cycles = costs.kernel("td_maxpool", rows * line)
        tasks.append(Task(node, f"{node.name} rows {row}:{row + rows}", "cores", "td_maxpool", args, cycles))
    return tasks


def reaching(begin: int, count: int, kernel: int, stride: int, pad: int, out_height: int) -> tuple[int, int]:
    """(first, count) of the output rows whose windows reach image rows [begin, begin + count); there may be none.

    >>> reaching(0, 4, kernel=3, stride=2, pad=1, out_height=8)  # windows from rows -1, 1 and 3 on
    (0, 3)
    >>> reaching(6, 1, kernel=2, stride=2, pad=0, out_height=3)  # a remainder that no window reaches
    (3, 0)
    """
    first = min(max(ceil((begin + pad - kernel + 1) / stride), 0), out_height)
    last = min((begin + count - 1 + pad) // stride + 1, out_height)
    return first, max(last - first, 0)


def tile_maxpool_grad(tiling: Tiling, node: Node) -> list[Task]:
    """Tasks over consecutive rows of dX, each with the windows that reach them and the rows that those read."""
    dy, x, y = node.inputs
    _, height, width, channels = tiling.graph.tensors[x].shape
    _, out_height, out_width, _ = tiling.graph.tensors[y].shape
    (kernel_h, kernel_w), (stride_h, stride_w) = node.attrs["kernel"], node.attrs["strides"]
    pad_top, pad_left = node.attrs["pads"][:2]
    row_bytes = tiling.graph.tensors[x].itemsize * width * channels
    tile_rows = height if row_bytes * height <= WHOLE_BYTES else max(1, GRADIENT_BYTES // row_bytes)
    tasks = []
    for row, rows in split(height, tile_rows):
        window, windows = reaching(row, rows, kernel_h, stride_h, pad_top, out_height)
        held = min(window, out_height - 1)  # where no window reaches these rows, one is there all the same
        first, count = input_rows(held, max(windows, 1), kernel_h, stride_h, pad_top, height)
        begin, size = held * out_width * channels, max(windows, 1) * out_width * channels
        args: dict[str, Argument] = {
            "dy": tiling.slice(dy, begin, size),
            "x": tiling.slice(x, first * width * channels, count * width * channels),
            "y": tiling.slice(y, begin, size),
            "dx": tiling.slice(node.outputs[0], row * width * channels, rows * width * channels, write=True),
            "height": height, "width": width, "channels": channels, "kernel_h": kernel_h, "kernel_w": kernel_w,
            "stride_h": stride_h, "stride_w": stride_w, "pad_top": pad_top, "pad_left": pad_left,
            "out_width": out_width, "row_begin": row, "row_end": row + rows, "x_row_begin": first,
            "window_begin": held, "window_end": held + windows,
        }  # fmt: skip
        cycles = costs.kernel("td_maxpool_grad", max(windows, 1) * out_width * channels * kernel_h * kernel_w)
        tasks.append(Task(node, f"{node.name} rows {row}:{row + rows}", "cores", "td_maxpool_grad", args, cycles))
    return tasks
