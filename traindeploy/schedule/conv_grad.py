# SPDX-License-Identifier: Apache-2.0
"""The gradients of a convolution: im2col chunks in L1, as the convolution's, and products that accumulate.

ConvWeightGrad multiplies the windows of X, transposed, by dZ: a tile is a block of dWt that sums over output rows.
ConvInputGrad multiplies the windows of dZ by the weights of one kernel position after the other, transposed.
"""

from dataclasses import dataclass
from itertools import product

from traindeploy.errors import UserError
from traindeploy.ir import Node
from traindeploy.schedule import costs
from traindeploy.schedule.conv import Part, Windows, im2col_task
from traindeploy.schedule.gemm import Operands, gemm_task
from traindeploy.schedule.matrix import Matrix
from traindeploy.schedule.task import Task, Tiling, split
from traindeploy.schedule.tile_choice import product_cycles


@dataclass(frozen=True)
class GradTile:
    """``rows`` of windows in a chunk, of ``kernel_rows`` kernel rows; ``columns`` of the result."""

    rows: int
    kernel_rows: int
    columns: int


def tile_weight_grad(tiling: Tiling, node: Node) -> list[Task]:
    """Tasks of dWt = M^T.dZ, M being the im2col matrix. UserError if not even one output row fits L1."""
    x, dz = node.inputs
    dw, dw_base, dw_offset = tiling.stored(node.outputs[0])
    kernel_h, kernel_w, channels, features = dw.shape
    _, dz_base, dz_offset = tiling.stored(dz)
    _, out_height, out_width, _ = tiling.graph.tensors[dz].shape
    windows = Windows(x, (kernel_h, kernel_w), node.attrs["strides"], node.attrs["pads"], out_width)
    tile = _weight_tile(tiling, node)
    tasks: list[Task] = []
    for ks, kernel_rows in product(split(features, tile.columns), split(kernel_h, tile.kernel_rows)):
        length = kernel_rows[1] * kernel_w * channels
        z = Matrix(
            dw_base,
            dw_offset + kernel_rows[0] * kernel_w * channels * features,
            length,
            features,
            features,
            1,
            dw.itemsize,
        )
        container = tiling.target(z.tile(0, length, *ks))
        for rows in split(out_height, tile.rows):
            part = Part(rows, kernel_rows, (0, kernel_w))
            chunk, im2col = im2col_task(tiling, node, windows, part, f".{ks[0]}")
            pixels = rows[1] * out_width
            operands = Operands(
                Matrix(chunk.base, 0, length, pixels, 1, length, chunk.itemsize),
                Matrix(dz_base, dz_offset + rows[0] * out_width * features, pixels, features, features, 1, dw.itemsize),
                z,
            )
            label = f"{node.name} {part.label}"
            tasks += [
                im2col,
                gemm_task(tiling, node, label, tiling.engine, operands, (0, length), (0, pixels), ks,
                          z_container=container, accumulate=rows[0] > 0),
            ]  # fmt: skip
    return tasks


def _weight_tile(tiling: Tiling, node: Node) -> GradTile:
    """The fastest that fits, two chunks and the next operands included; two chunks let the cores work ahead."""
    x, dz, dw = (tiling.graph.tensors[name] for name in (*node.inputs, node.outputs[0]))
    _, _, width, channels = x.shape
    kernel_h, kernel_w, _, features = dw.shape
    _, out_height, out_width, _ = dz.shape
    stride_h, size = node.attrs["strides"][0], x.itemsize
    found: list[tuple[float, GradTile]] = []
    step = tiling.config.tile_columns
    for columns in sorted({features, *range(step, features, step)}):
        for kernel_rows, rows in product(sorted({1, kernel_h}), range(1, out_height + 1)):
            length, pixels = kernel_rows * kernel_w * channels, rows * out_width
            image = tiling.operand_size(x.name).footprint(((rows - 1) * stride_h + kernel_rows) * width * channels, 1)
            given = tiling.operand_size(dz.name).footprint(pixels * columns, 1)
            others = tiling.operand_size(dw.name).footprint(length * columns, 1) + image + given
            chunks = 2 if others + 2 * size * length * pixels <= tiling.l1_bytes else 1
            if others + chunks * size * length * pixels > tiling.l1_bytes:
                continue
            count = -(-features // columns) * -(-kernel_h // kernel_rows) * -(-out_height // rows)
            multiply = count * (product_cycles(tiling.config, tiling.engine, length, pixels, columns) + costs.SLOT)
            copy = count * (costs.kernel("td_im2col", length * pixels) + costs.SLOT)
            cycles = max(multiply, copy) + 0.1 * copy if chunks == 2 else multiply + copy
            found.append((cycles, GradTile(rows, kernel_rows, columns)))
    return _smallest(tiling, node, found)


def tile_input_grad(tiling: Tiling, node: Node) -> list[Task]:
    """Tasks of dX, rows of it at a time. UserError if not even one fits L1.

    Window position (i, j) of dZ meets the weights of kernel position (KH-1-i, KW-1-j).
    """
    dz, weights = node.inputs
    w, w_base, w_offset = tiling.stored(weights)
    dx, dx_base, dx_offset = tiling.stored(node.outputs[0])
    kernel_h, kernel_w, channels, features = w.shape
    _, height, width, _ = dx.shape
    pads = flipped_pads(node.attrs["pads"], (kernel_h, kernel_w))
    windows = Windows(dz, (kernel_h, kernel_w), (1, 1), pads, width)
    tile = _input_tile(tiling, node)
    tasks: list[Task] = []
    for rows, kernel_rows in product(split(height, tile.rows), split(kernel_h, tile.kernel_rows)):
        part = Part(rows, kernel_rows, (0, kernel_w))
        chunk, im2col = im2col_task(tiling, node, windows, part)
        tasks.append(im2col)
        pixels, length = rows[1] * width, kernel_rows[1] * kernel_w * features
        z = Matrix(dx_base, dx_offset + rows[0] * width * channels, pixels, channels, channels, 1, dx.itemsize)
        container = tiling.target(z.tile(0, pixels, 0, channels))
        for position in range(kernel_rows[1] * kernel_w):
            seen = kernel_rows[0] * kernel_w + position
            turned = kernel_h * kernel_w - 1 - seen
            operands = Operands(
                Matrix(chunk.base, position * features, pixels, features, length, 1, chunk.itemsize),
                Matrix(w_base, w_offset + turned * channels * features, features, channels, 1, features, w.itemsize),
                z,
            )
            label = f"{node.name} {part.label} position {seen}"
            tasks += [
                gemm_task(tiling, node, label, tiling.engine, operands, (0, pixels), (0, features), ks,
                          z_container=container, accumulate=seen > 0)
                for ks in split(channels, tile.columns)
            ]  # fmt: skip
    return tasks


def flipped_pads(pads: tuple[int, ...], kernel: tuple[int, int]) -> tuple[int, int, int, int]:
    """Those of the windows of dZ that the pixels of X are in, for stride 1.

    >>> flipped_pads((1, 0, 1, 2), (3, 3))
    (1, 2, 1, 0)
    """
    top, left, bottom, right = pads
    return kernel[0] - 1 - top, kernel[1] - 1 - left, kernel[0] - 1 - bottom, kernel[1] - 1 - right


def _input_tile(tiling: Tiling, node: Node) -> GradTile:
    dz, w, dx = (tiling.graph.tensors[name] for name in (*node.inputs, node.outputs[0]))
    kernel_h, kernel_w, channels, features = w.shape
    _, height, width, _ = dx.shape
    size, out_width = dx.itemsize, dz.shape[2]
    found: list[tuple[float, GradTile]] = []
    step = tiling.config.tile_columns
    for columns in sorted({channels, *range(step, channels, step)}):
        for kernel_rows, rows in product(sorted({1, kernel_h}), range(1, height + 1)):
            length, pixels = kernel_rows * kernel_w * features, rows * width
            image = tiling.operand_size(dz.name).footprint((rows - 1 + kernel_rows) * out_width * features, 1)
            given = tiling.operand_size(w.name).footprint(features * columns, 2)
            others = tiling.operand_size(dx.name).footprint(pixels * channels, 1) + image + given
            chunks = 2 if others + 2 * size * length * pixels <= tiling.l1_bytes else 1
            if others + chunks * size * length * pixels > tiling.l1_bytes:
                continue
            count = -(-height // rows) * -(-kernel_h // kernel_rows)
            jobs = count * kernel_rows * kernel_w * -(-channels // columns)
            multiply = jobs * (product_cycles(tiling.config, tiling.engine, pixels, features, columns) + costs.SLOT)
            copy = count * (costs.kernel("td_im2col", length * pixels) + costs.SLOT)
            cycles = max(multiply, copy) + 0.1 * copy if chunks == 2 else multiply + copy
            found.append((cycles, GradTile(rows, kernel_rows, columns)))
    return _smallest(tiling, node, found)


def _smallest(tiling: Tiling, node: Node, found: list[tuple[float, GradTile]]) -> GradTile:
    if not found:
        shapes = ", ".join(str(tiling.graph.tensors[name].shape) for name in node.inputs)
        raise UserError(
            f"node {node.name!r}: one output row of a convolution's gradient ({shapes}) needs more L1 than the "
            f"{tiling.l1_bytes} bytes that a tile may use"
        )
    return min(found, key=lambda each: each[0])[1]
