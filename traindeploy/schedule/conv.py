# SPDX-License-Identifier: Apache-2.0
"""Conv: td_im2col on the cores makes a chunk of the im2col matrix in L1, RedMule multiplies it, tile by tile.

A tile is a block of output rows; if its im2col rows are too long for L1 they are made in chunks, one kernel row each,
whose products accumulate in Z. The next chunk's im2col needs nothing of the running job, so the two overlap.
"""

from dataclasses import dataclass
from math import ceil

from traindeploy.errors import UserError
from traindeploy.ir import Node
from traindeploy.ir.program import Engine
from traindeploy.schedule import costs
from traindeploy.schedule.gemm import Matrix, gemm_task
from traindeploy.schedule.task import WHOLE_BYTES, Operand, Task, Tiling, split


@dataclass(frozen=True)
class ConvTile:
    rows: int  # output rows
    kernel_rows: int  # of a chunk: all or 1
    columns: int  # output channels of a job


def input_rows(begin: int, count: int, kernel: int, stride: int, pad: int, height: int) -> tuple[int, int]:
    """(first, count) of the input rows that output rows [begin, begin + count) read; at least one."""
    first = min(max(begin * stride - pad, 0), height - 1)
    last = min(max((begin + count - 1) * stride - pad + kernel, first + 1), height)
    return first, last - first


def tile_conv(tiling: Tiling, node: Node) -> list[Task]:
    """Tasks of a Conv node: im2col chunks on the cores, each followed by its Gemm tasks."""
    graph = tiling.graph
    _, height, width, channels = graph.tensors[node.inputs[0]].shape
    kernel_h, kernel_w, _, features = graph.tensors[node.inputs[1]].shape
    _, out_height, out_width, _ = graph.tensors[node.outputs[0]].shape
    (stride_h, stride_w), (pad_top, pad_left, _, _) = node.attrs["strides"], node.attrs["pads"]
    engine: Engine = tiling.engine
    tile = _choose(tiling, node, engine)
    x_itemsize = graph.tensors[node.inputs[0]].itemsize
    w_tensor, w_base, w_offset = tiling.dense(node.inputs[1])
    z_tensor, z_base, z_offset = tiling.dense(node.outputs[0])
    row_values = kernel_w * channels
    z_matrix = Matrix(z_base, z_offset, out_height * out_width, features, features, 1, z_tensor.itemsize)
    tasks = []
    for row, rows in split(out_height, tile.rows):
        pixels = rows * out_width
        z_container = tiling.target(z_matrix.tile(row * out_width, pixels, 0, features))
        for kh, khs in split(kernel_h, tile.kernel_rows):
            # A chunk is an im2col with a kernel of khs rows on the image shifted by kh rows: what the padding does not
            # absorb of the shift is cut off the image's top.
            cut = max(kh - pad_top, 0)
            pad = max(pad_top - kh, 0)
            first, count = input_rows(row, rows, khs, stride_h, pad, height - cut)
            length = khs * row_values
            name = f"{node.name}.im2col.{row}.{kh}"
            out = tiling.new_scratch(name, pixels * length, x_itemsize)
            x = tiling.slice(node.inputs[0], (first + cut) * width * channels, count * width * channels)
            args: dict[str, Operand | int | float | None] = {
                "x": x, "out": Operand(out, out, read=False, write=True),
                "height": height - cut, "width": width, "channels": channels, "kernel_h": khs, "kernel_w": kernel_w,
                "stride_h": stride_h, "stride_w": stride_w, "pad_top": pad, "pad_left": pad_left,
                "out_width": out_width,
                "row_begin": row, "row_end": row + rows, "x_row_begin": first,
            }  # fmt: skip
            label = f"{node.name} im2col rows {row}:{row + rows} kernel rows {kh}:{kh + khs}"
            tasks.append(Task(node, label, "cores", "td_im2col", args, costs.kernel("td_im2col", pixels * length)))
            x_matrix = Matrix(name, 0, pixels, length, length, 1, x_itemsize)
            w_chunk = Matrix(
                w_base, w_offset + kh * row_values * features, length, features, features, 1, w_tensor.itemsize
            )
            z_rows = Matrix(
                z_base, z_offset + row * out_width * features, pixels, features, features, 1, z_tensor.itemsize
            )
            for k0, k in split(features, tile.columns):
                tasks.append(
                    gemm_task(tiling, node, f"{node.name} rows {row}:{row + rows} kernel rows {kh}:{kh + khs}", engine,
                              x_matrix, w_chunk, None, z_rows, (0, pixels), (0, length), (k0, k),
                              z_container=z_container, accumulate=kh > 0)
                )  # fmt: skip
    return tasks


def _choose(tiling: Tiling, node: Node, engine: Engine) -> ConvTile:
    graph, config = tiling.graph, tiling.config
    x, w, z = (graph.tensors[name] for name in (*node.inputs[:2], node.outputs[0]))
    _, _, width, channels = x.shape
    kernel_h, kernel_w, _, features = w.shape
    _, out_height, out_width, _ = z.shape
    stride_h = node.attrs["strides"][0]
    best: tuple[float, ConvTile] | None = None
    columns = sorted({features, *range(config.tile_columns, features, config.tile_columns)})
    for rows in range(1, out_height + 1):
        pixels = rows * out_width
        for khs in {kernel_h, 1}:
            length = khs * kernel_w * channels
            x_bytes = x.nbytes if x.nbytes <= WHOLE_BYTES else 4 * ((rows - 1) * stride_h + khs) * width * channels
            z_bytes = z.nbytes if z.nbytes <= WHOLE_BYTES else 4 * pixels * features
            for k in columns:
                w_all = w.nbytes <= WHOLE_BYTES
                w_bytes = w.nbytes if w_all else 2 * 4 * length * k
                chunk_bytes = 4 * pixels * length
                if x_bytes + chunk_bytes + w_bytes + z_bytes > tiling.l1_bytes:
                    continue
                overlapped = x_bytes + 2 * chunk_bytes + w_bytes + z_bytes <= tiling.l1_bytes
                chunks, tiles = ceil(kernel_h / khs), ceil(out_height / rows)
                one = (
                    costs.redmule(config, pixels, length, k)
                    if engine == "redmule"
                    else costs.gemm_on_cores(pixels, length, k)
                )
                jobs = tiles * chunks * ceil(features / k)
                moved = (x.nbytes + (w.nbytes if w_all else tiles * w.nbytes)) / 6
                cost = max(jobs * (one + costs.SLOT), moved) + 0.1 * moved + tiles * chunks * costs.SLOT
                if not overlapped:
                    cost += tiles * chunks * costs.kernel("td_im2col", pixels * length)
                if best is None or cost < best[0]:
                    best = (cost, ConvTile(rows, khs, k))
    if best is None:
        raise UserError(
            f"node {node.name!r}: one output row of its convolution (input {x.shape}, weights {w.shape}) needs more L1 "
            f"than the {tiling.l1_bytes} bytes that a tile may use"
        )
    return best[1]
