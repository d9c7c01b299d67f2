# SPDX-License-Identifier: Apache-2.0
"""Conv: td_im2col on the cores makes a chunk of the im2col matrix in L1, RedMule multiplies it, tile by tile.

A tile is a block of output rows; if its im2col rows are too long for L1 they are made in chunks, of one kernel row or
one element of the kernel each, whose products accumulate in Z. The next chunk's im2col needs nothing of the running
job, so the two overlap.
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


@dataclass(frozen=True)
class Part:
    """Of a convolution: output rows, and the rows and columns of the kernel that are summed up for them."""

    rows: Span
    kernel_rows: Span
    kernel_cols: Span

    @property
    def first(self) -> bool:
        """Whether the sums begin here."""
        return self.kernel_rows[0] == self.kernel_cols[0] == 0

    @property
    def label(self) -> str:
        spans = (("rows", self.rows), ("kernel rows", self.kernel_rows), ("columns", self.kernel_cols))
        return " ".join(f"{name} {begin}:{begin + count}" for name, (begin, count) in spans)


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
    kernel_h, kernel_w, _, _ = tiling.graph.tensors[node.inputs[1]].shape
    tile = _choose(tiling, node)
    out_width = tiling.graph.tensors[node.outputs[0]].shape[2]
    windows = Windows(node.inputs[0], (kernel_h, kernel_w), node.attrs["strides"], node.attrs["pads"], out_width)
    tasks: list[Task] = []
    for rows, kernel_rows in _order(split(out_height, tile.rows), split(kernel_h, tile.kernel_rows), tile.kernel_outer):
        for kernel_cols in split(kernel_w, tile.kernel_cols):
            part = Part(rows, kernel_rows, kernel_cols)
            chunk, im2col = im2col_task(tiling, node, windows, part)
            tasks += [im2col, *_products(tiling, node, part, tile.columns, chunk)]
    return tasks


def _order(rows: list[Span], kernel_rows: list[Span], kernel_outer: bool) -> list[tuple[Span, Span]]:
    """The pairs of output rows and kernel rows, one after the other."""
    if kernel_outer:  # by the time that all rows have seen the first kernel row, the other weights are there
        return [(r, kernel_rows[0]) for r in rows] + [(r, k) for r in rows for k in kernel_rows[1:]]
    return [(r, k) for r in rows for k in kernel_rows]


def im2col_task(tiling: Tiling, node: Node, windows: Windows, part: Part, copy: str = "") -> tuple[Box, Task]:
    """The task that writes the im2col rows of ``part`` to a scratch buffer.

    ``copy`` tells buffers apart where a chunk is made several times.
    """
    x = tiling.graph.tensors[windows.name]
    _, height, width, channels = x.shape
    out_width = windows.out_width
    (stride_h, stride_w), (pad_top, pad_left, _, _) = windows.strides, windows.pads
    window = chunk_window(part.rows, part.kernel_rows, stride_h, pad_top, height)
    (row, count), (kernel_row, kernel_h), (kernel_col, kernel_w) = part.rows, part.kernel_rows, part.kernel_cols
    elements = count * out_width * kernel_h * kernel_w * channels
    out = tiling.new_scratch(f"{node.name}.im2col.{row}.{kernel_row}.{kernel_col}{copy}", elements, x.itemsize)
    begin, length = (window.first + window.cut) * width * channels, window.count * width * channels
    args: dict[str, Argument] = {
        "x": tiling.slice(windows.name, begin, length), "out": Operand(out, out, read=False, write=True),
        "height": height - window.cut, "width": width, "channels": channels,
        "kernel_h": kernel_h, "kernel_w": kernel_w, "stride_h": stride_h, "stride_w": stride_w,
        "pad_top": window.pad, "pad_left": pad_left - kernel_col, "out_width": out_width,
        "row_begin": row, "row_end": row + count, "x_row_begin": window.first,
    }  # fmt: skip
    label = f"{node.name} im2col {part.label}"
    return out, Task(node, label, "cores", "td_im2col", args, costs.kernel("td_im2col", elements))


def _products(tiling: Tiling, node: Node, part: Part, columns: int, chunk: Box) -> list[Task]:
    """The products of im2col rows ``chunk`` by the weights of ``part``, ``columns`` output channels each."""
    w, w_base, w_offset = tiling.stored(node.inputs[1])
    z, z_base, z_offset = tiling.stored(node.outputs[0])
    _, kernel_w, channels, features = w.shape
    out_width = z.shape[2]
    (row, count), (kernel_row, kernel_rows), (kernel_col, kernel_cols) = part.rows, part.kernel_rows, part.kernel_cols
    pixels, length = count * out_width, kernel_rows * kernel_cols * channels
    weights = w_offset + (kernel_row * kernel_w + kernel_col) * channels * features
    operands = Operands(
        Matrix(chunk.base, 0, pixels, length, length, 1, chunk.itemsize),
        Matrix(w_base, weights, length, features, features, 1, w.itemsize),
        Matrix(z_base, z_offset + row * out_width * features, pixels, features, features, 1, z.itemsize),
    )
    container = tiling.target(operands.z.tile(0, pixels, 0, features))
    return [
        gemm_task(tiling, node, f"{node.name} {part.label}", tiling.engine, operands, (0, pixels), (0, length), ks,
                  z_container=container, accumulate=not part.first)
        for ks in split(features, columns)
    ]  # fmt: skip


def _choose(tiling: Tiling, node: Node) -> ConvTile:
    x, w, z = (tiling.graph.tensors[name] for name in (*node.inputs[:2], node.outputs[0]))
    _, _, width, channels = x.shape
    kernel_h, kernel_w, _, features = w.shape
    _, out_height, out_width, _ = z.shape
    conv = Convolution(
        width, channels, kernel_h, kernel_w, features, node.attrs["strides"][0], out_height, out_width,
        x.nbytes, w.nbytes, z.nbytes, *(tiling.operand_size(tensor.name) for tensor in (x, w, z)),
    )  # fmt: skip
    tile = choose_conv_tile(conv, tiling.engine, tiling.config, tiling.l1_bytes)
    if tile is None:
        raise UserError(
            f"node {node.name!r}: one output row of its convolution (input {x.shape}, weights {w.shape}) needs more L1 "
            f"than the {tiling.l1_bytes} bytes that a tile may use"
        )
    return tile
