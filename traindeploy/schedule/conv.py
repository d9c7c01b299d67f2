# SPDX-License-Identifier: Apache-2.0
"""Conv: td_im2col on the cores makes a chunk of the im2col matrix in L1, RedMule multiplies it, tile by tile.

A tile is a block of output rows; if its im2col rows are too long for L1 they are made in chunks, one kernel row each,
whose products accumulate in Z. The next chunk's im2col needs nothing of the running job, so the two overlap.
"""

from dataclasses import dataclass

from traindeploy.errors import UserError
from traindeploy.ir import Node
from traindeploy.ir.region import Box
from traindeploy.schedule import costs
from traindeploy.schedule.conv_tile import Convolution, ConvTile, choose_conv_tile
from traindeploy.schedule.gemm import Operands, gemm_task
from traindeploy.schedule.gemm_tile import Span
from traindeploy.schedule.matrix import Matrix
from traindeploy.schedule.task import Argument, Operand, Task, Tiling, split


@dataclass(frozen=True)
class Window:
    """Input rows that a chunk reads, and the padding above them; ``cut`` rows of the image are above its kernel."""

    cut: int
    pad: int
    first: int
    count: int


@dataclass(frozen=True)
class Windows:
    """The windows of the image ``name`` [1,H,W,C]: ``out_width`` in a row of the output."""

    name: str
    kernel: tuple[int, int]
    strides: tuple[int, int]
    pads: tuple[int, int, int, int]
    out_width: int


def input_rows(begin: int, count: int, kernel: int, stride: int, pad: int, height: int) -> tuple[int, int]:
    """(first, count) of the input rows that output rows [begin, begin + count) read; at least one.

    >>> input_rows(0, 4, kernel=3, stride=1, pad=1, height=16)  # rows -1 to 4, of which -1 is padding
    (0, 5)
    >>> input_rows(4, 4, kernel=3, stride=2, pad=1, height=16)  # rows 7 to 15
    (7, 9)
    """
    first = min(max(begin * stride - pad, 0), height - 1)
    last = min(max((begin + count - 1) * stride - pad + kernel, first + 1), height)
    return first, last - first


def chunk_window(rows: Span, kernel_rows: Span, stride: int, pad_top: int, height: int) -> Window:
    """What output rows ``rows`` read through kernel rows ``kernel_rows``.

    A chunk is an im2col with a kernel of fewer rows on the image shifted by the first of them: what the padding does
    not absorb of the shift is cut off the image's top.

    >>> chunk_window((0, 2), (0, 1), stride=1, pad_top=1, height=16)  # rows -1 and 0: the first is padding
    Window(cut=0, pad=1, first=0, count=1)
    >>> chunk_window((0, 2), (2, 1), stride=1, pad_top=1, height=16)  # rows 1 and 2, the image without its row 0
    Window(cut=1, pad=0, first=0, count=2)
    """
    cut, pad = max(kernel_rows[0] - pad_top, 0), max(pad_top - kernel_rows[0], 0)
    return Window(cut, pad, *input_rows(*rows, kernel_rows[1], stride, pad, height - cut))


def tile_conv(tiling: Tiling, node: Node) -> list[Task]:
    """Tasks of a Conv node: im2col chunks on the cores, each followed by its Gemm tasks.

    UserError if not even one output row fits L1.
    """
    _, out_height, _, _ = tiling.graph.tensors[node.outputs[0]].shape
    kernel_h = tiling.graph.tensors[node.inputs[1]].shape[0]
    tile = _choose(tiling, node)
    kernel_w = tiling.graph.tensors[node.inputs[1]].shape[1]
    out_width = tiling.graph.tensors[node.outputs[0]].shape[2]
    windows = Windows(node.inputs[0], (kernel_h, kernel_w), node.attrs["strides"], node.attrs["pads"], out_width)
    tasks: list[Task] = []
    for rows in split(out_height, tile.rows):
        for kernel_rows in split(kernel_h, tile.kernel_rows):
            chunk, im2col = im2col_task(tiling, node, windows, rows, kernel_rows)
            tasks += [im2col, *_products(tiling, node, rows, kernel_rows, tile.columns, chunk)]
    return tasks


def im2col_task(
    tiling: Tiling, node: Node, windows: Windows, rows: Span, kernel_rows: Span, part: str = ""
) -> tuple[Box, Task]:
    """The task that writes the im2col rows of output rows ``rows``, of ``kernel_rows`` alone, to a scratch buffer.

    ``part`` tells buffers apart where a chunk is made several times.
    """
    x = tiling.graph.tensors[windows.name]
    _, height, width, channels = x.shape
    kernel_w, out_width = windows.kernel[1], windows.out_width
    (stride_h, stride_w), (pad_top, pad_left, _, _) = windows.strides, windows.pads
    window = chunk_window(rows, kernel_rows, stride_h, pad_top, height)
    (row, count), (kernel_row, kernel_count) = rows, kernel_rows
    elements = count * out_width * kernel_count * kernel_w * channels
    out = tiling.new_scratch(f"{node.name}.im2col.{row}.{kernel_row}{part}", elements, x.itemsize)
    begin, length = (window.first + window.cut) * width * channels, window.count * width * channels
    args: dict[str, Argument] = {
        "x": tiling.slice(windows.name, begin, length), "out": Operand(out, out, read=False, write=True),
        "height": height - window.cut, "width": width, "channels": channels,
        "kernel_h": kernel_count, "kernel_w": kernel_w, "stride_h": stride_h, "stride_w": stride_w,
        "pad_top": window.pad, "pad_left": pad_left, "out_width": out_width,
        "row_begin": row, "row_end": row + count, "x_row_begin": window.first,
    }  # fmt: skip
    label = f"{node.name} im2col {rows_label(rows, kernel_rows)}"
    return out, Task(node, label, "cores", "td_im2col", args, costs.kernel("td_im2col", elements))


def _products(tiling: Tiling, node: Node, rows: Span, kernel_rows: Span, columns: int, chunk: Box) -> list[Task]:
    """The products of im2col rows ``chunk`` by the weights of ``kernel_rows``, ``columns`` output channels each."""
    w, w_base, w_offset = tiling.stored(node.inputs[1])
    z, z_base, z_offset = tiling.stored(node.outputs[0])
    _, kernel_w, channels, features = w.shape
    out_width = z.shape[2]
    (row, count), (kernel_row, kernel_count) = rows, kernel_rows
    pixels, row_values = count * out_width, kernel_w * channels
    length = kernel_count * row_values
    operands = Operands(
        Matrix(chunk.base, 0, pixels, length, length, 1, chunk.itemsize),
        Matrix(w_base, w_offset + kernel_row * row_values * features, length, features, features, 1, w.itemsize),
        Matrix(z_base, z_offset + row * out_width * features, pixels, features, features, 1, z.itemsize),
    )
    container = tiling.target(operands.z.tile(0, pixels, 0, features))
    label = f"{node.name} {rows_label(rows, kernel_rows)}"
    return [
        gemm_task(tiling, node, label, tiling.engine, operands, (0, pixels), (0, length), ks,
                  z_container=container, accumulate=kernel_row > 0)
        for ks in split(features, columns)
    ]  # fmt: skip


def rows_label(rows: Span, kernel_rows: Span) -> str:
    """What a task says of the output and kernel rows that it works on."""
    return f"rows {rows[0]}:{sum(rows)} kernel rows {kernel_rows[0]}:{sum(kernel_rows)}"


def _choose(tiling: Tiling, node: Node) -> ConvTile:
    x, w, z = (tiling.graph.tensors[name] for name in (*node.inputs[:2], node.outputs[0]))
    _, _, width, channels = x.shape
    kernel_h, kernel_w, _, features = w.shape
    _, out_height, out_width, _ = z.shape
    conv = Convolution(
        width, channels, kernel_h, kernel_w, features, node.attrs["strides"][0], out_height, out_width,
        x.nbytes, w.nbytes, *(tiling.operand_size(tensor.name) for tensor in (x, w, z)),
    )  # fmt: skip
    tile = choose_conv_tile(conv, tiling.engine, tiling.config, tiling.l1_bytes)
    if tile is None:
        raise UserError(
            f"node {node.name!r}: one output row of its convolution (input {x.shape}, weights {w.shape}) needs more L1 "
            f"than the {tiling.l1_bytes} bytes that a tile may use"
        )
    return tile
