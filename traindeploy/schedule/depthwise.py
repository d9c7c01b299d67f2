# SPDX-License-Identifier: Apache-2.0
"""Depthwise convolutions: tiles are blocks of output rows with the input rows that they read, or of rows of dX."""

from dataclasses import replace

from traindeploy.ir import Node
from traindeploy.schedule import costs
from traindeploy.schedule.conv import input_rows
from traindeploy.schedule.pool import GRADIENT_BYTES, TILE_BYTES, reaching
from traindeploy.schedule.task import WHOLE_BYTES, Argument, Task, Tiling, split


def _window(tiling: Tiling, node: Node, x: str, w: str) -> dict[str, Argument]:
    """Sizes of image ``x`` and weights ``w``, or of what is as large."""
    _, height, width, channels = tiling.graph.tensors[x].shape
    kernel_h, kernel_w, _ = tiling.graph.tensors[w].shape
    (stride_h, stride_w), (pad_top, pad_left, _, _) = node.attrs["strides"], node.attrs["pads"]
    return {
        "height": height, "width": width, "channels": channels, "kernel_h": kernel_h, "kernel_w": kernel_w,
        "stride_h": stride_h, "stride_w": stride_w, "pad_top": pad_top, "pad_left": pad_left,
    }  # fmt: skip


def _rows_of_output(tiling: Tiling, node: Node, x: str, w: str, z: str) -> list[tuple[int, int, int, int]]:
    """(first, count) of output rows, and of the rows of the image that they read."""
    image, out_height = tiling.graph.tensors[x], tiling.graph.tensors[z].shape[1]
    _, height, width, channels = image.shape
    kernel_h, stride_h = tiling.graph.tensors[w].shape[0], node.attrs["strides"][0]
    row_bytes = image.itemsize * width * channels
    whole = image.nbytes <= WHOLE_BYTES
    tile_rows = out_height if whole else max(1, (TILE_BYTES // row_bytes - kernel_h) // stride_h + 1)
    return [
        (row, rows, *input_rows(row, rows, kernel_h, stride_h, node.attrs["pads"][0], height))
        for row, rows in split(out_height, tile_rows)
    ]


def _task(tiling: Tiling, node: Node, kernel: str, rows: tuple[int, int], args: dict[str, Argument], work: int) -> Task:
    begin, count = rows
    label = f"{node.name} rows {begin}:{begin + count}"
    return Task(node, label, "cores", kernel, args, costs.kernel(kernel, work))


def tile_depthwise(tiling: Tiling, node: Node) -> list[Task]:
    """Tasks over consecutive output rows."""
    x, w = node.inputs
    z = node.outputs[0]
    sizes = _window(tiling, node, x, w)
    _, _, width, channels = tiling.graph.tensors[x].shape
    out_width, weights = tiling.graph.tensors[z].shape[2], tiling.graph.tensors[w].size
    tasks = []
    for row, rows, first, count in _rows_of_output(tiling, node, x, w, z):
        args: dict[str, Argument] = {
            "x": tiling.slice(x, first * width * channels, count * width * channels),
            "w": tiling.slice(w, 0, weights),
            "z": tiling.slice(z, row * out_width * channels, rows * out_width * channels, write=True),
            **sizes, "out_width": out_width, "row_begin": row, "row_end": row + rows, "x_row_begin": first,
        }  # fmt: skip
        tasks.append(_task(tiling, node, "td_depthwise", (row, rows), args, rows * out_width * weights))
    return tasks


def tile_depthwise_weights(tiling: Tiling, node: Node) -> list[Task]:
    """A chain of tasks over consecutive output rows, whose sums accumulate in one buffer."""
    x, dz = node.inputs
    dw = node.outputs[0]
    sizes = _window(tiling, node, x, dw)
    _, _, width, channels = tiling.graph.tensors[x].shape
    out_width, weights = tiling.graph.tensors[dz].shape[2], tiling.graph.tensors[dw].size
    tasks = []
    for row, rows, first, count in _rows_of_output(tiling, node, x, dw, dz):
        out = tiling.slice(dw, 0, weights, write=True)
        args: dict[str, Argument] = {
            "x": tiling.slice(x, first * width * channels, count * width * channels),
            "dz": tiling.slice(dz, row * out_width * channels, rows * out_width * channels),
            "dw": replace(out, read=row > 0),
            **sizes, "out_width": out_width, "row_begin": row, "row_end": row + rows, "x_row_begin": first,
            "accumulate": int(row > 0),
        }  # fmt: skip
        tasks.append(_task(tiling, node, "td_depthwise_weights", (row, rows), args, rows * out_width * weights))
    return tasks


def tile_depthwise_image(tiling: Tiling, node: Node) -> list[Task]:
    """Tasks over consecutive rows of dX, each with the windows that reach them."""
    dz, w = node.inputs
    dx = node.outputs[0]
    image = tiling.graph.tensors[dx]
    _, height, width, channels = image.shape
    _, out_height, out_width, _ = tiling.graph.tensors[dz].shape
    sizes = {name: size for name, size in _window(tiling, node, dx, w).items() if name != "height"}
    kernel_h, weights = tiling.graph.tensors[w].shape[0], tiling.graph.tensors[w].size
    row_bytes = image.itemsize * width * channels
    tile_rows = height if image.nbytes <= WHOLE_BYTES else max(1, GRADIENT_BYTES // row_bytes)
    tasks = []
    for row, rows in split(height, tile_rows):
        window, windows = reaching(row, rows, kernel_h, node.attrs["strides"][0], node.attrs["pads"][0], out_height)
        held = min(window, out_height - 1)  # where no window reaches these rows, one is there all the same
        begin, size = held * out_width * channels, max(windows, 1) * out_width * channels
        args: dict[str, Argument] = {
            "dz": tiling.slice(dz, begin, size),
            "w": tiling.slice(w, 0, weights),
            "dx": tiling.slice(dx, row * width * channels, rows * width * channels, write=True),
            **sizes, "out_width": out_width, "row_begin": row, "row_end": row + rows,
            "window_begin": held, "window_end": held + windows,
        }  # fmt: skip
        tasks.append(_task(tiling, node, "td_depthwise_grad", (row, rows), args, max(windows, 1) * out_width * weights))
    return tasks
