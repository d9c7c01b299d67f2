# SPDX-License-Identifier: Apache-2.0
"""Gemm: one RedMule job (or td_gemm call) per tile of Z, or a chain of them over n that accumulates in L1.

Operands are strided views; their tiles are loaded row by row in stored order and read transposed where necessary
(FLAGS).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import ceil

from traindeploy.errors import UserError
from traindeploy.ir import Node
from traindeploy.ir.program import Engine
from traindeploy.ir.region import Box, flat
from traindeploy.platform import register_map
from traindeploy.schedule import costs
from traindeploy.schedule.task import PANEL, WHOLE_BYTES, Operand, Task, Tiling, split

FLAGS = register_map("redmule").FLAGS
MAX_SHARED_BYTES = 48 * 1024  # of panels of Z that several matrices of a batch fill together
TINY_MACS = 2048  # below this an offload costs more than the cores need


@dataclass(frozen=True)
class Matrix:
    """``rows`` x ``cols`` elements of a storage tensor; one of the strides is 1 (or its dimension is)."""

    base: str
    offset: int
    rows: int
    cols: int
    row_stride: int
    col_stride: int
    itemsize: int

    @property
    def transposed(self) -> bool:
        return not (self.col_stride == 1 or self.cols == 1)

    def tile(self, row: int, rows: int, col: int, cols: int) -> Box:
        """Two-dimensional box in stored order: (cols, rows) if transposed."""
        offset = self.offset + row * self.row_stride + col * self.col_stride
        if self.transposed:
            return Box(self.base, offset, ((cols, self.col_stride), (rows, 1)), self.itemsize)
        return Box(self.base, offset, ((rows, self.row_stride), (cols, 1)), self.itemsize)


def matrices(tiling: Tiling, name: str, batch: int) -> list[Matrix]:
    """A [*B, R, C] operand as one matrix per batch element; a 2-D operand serves every one."""
    tensor = tiling.graph.tensors[name]
    shape = tensor.shape
    strides = tensor.view.strides if tensor.view else tuple(_dense_strides(shape))
    base, start = (tensor.view.base, tensor.view.offset) if tensor.view else (name, 0)
    rows, cols = shape[-2:]
    row_stride, col_stride = strides[-2:]
    if cols > 1 and rows > 1 and 1 not in (row_stride, col_stride):
        raise UserError(f"tensor {name!r}: strides {strides} leave no dimension of a Gemm operand with unit stride")
    if cols == 1 and rows > 1 and row_stride == 1:
        col_stride = 1  # a column that lies densely
    if rows == 1 and col_stride != 1:
        row_stride = 1  # a row with gaps: read it as a stored column
    offsets = [start]
    for count, stride in zip(shape[:-2], strides[:-2], strict=True):
        offsets = [o + i * stride for o in offsets for i in range(count)]
    if len(offsets) == 1:
        offsets = offsets * batch
    return [Matrix(base, o, rows, cols, row_stride, col_stride, tensor.itemsize) for o in offsets]


def _dense_strides(shape: tuple[int, ...]) -> list[int]:
    strides, step = [], 1
    for count in reversed(shape):
        strides.append(step)
        step *= count
    return strides[::-1]


def tile_gemm(tiling: Tiling, node: Node) -> list[Task]:
    """Tasks of a Gemm node, batch by batch."""
    graph = tiling.graph
    z_shape = graph.tensors[node.outputs[0]].shape
    batch = 1
    for count in z_shape[:-2]:
        batch *= count
    xs, ws, zs = (matrices(tiling, name, batch) for name in (node.inputs[0], node.inputs[1], node.outputs[0]))
    ys: list[Matrix | None] = [None] * batch
    y_broadcast = False
    if len(node.inputs) > 2:
        y_shape = graph.tensors[node.inputs[2]].shape
        y_broadcast = len(y_shape) == 1
        if y_broadcast:
            y_tensor, base, offset = tiling.dense(node.inputs[2])
            ys = [Matrix(base, offset, 1, y_shape[0], y_shape[0], 1, y_tensor.itemsize)] * batch
        else:
            ys = list(matrices(tiling, node.inputs[2], batch))
    m, n, k = zs[0].rows, xs[0].cols, zs[0].cols
    engine: Engine = "redmule" if tiling.engine == "redmule" and m * n * k >= TINY_MACS else "cores"
    y_whole = None if y_broadcast or ys[0] is None else _bytes(tiling, ys[0])
    x_whole, w_whole, z_whole = (_bytes(tiling, matrix[0]) for matrix in (xs, ws, zs))
    rows, columns = _panel_tile(tiling, xs[0], ws[0], zs, m, k)
    z_panels = rows > 0 and _panel_rows(tiling, zs[0]) > 0
    shape = choose_tile(tiling, engine, m, n, k, x_whole, w_whole, z_whole, y_whole, rows, columns, z_panels)
    if shape is None:
        raise UserError(f"node {node.name!r}: no tile of its Gemm {m}x{n}x{k} fits {tiling.l1_bytes} bytes of L1")
    tasks = []
    for b, (x, w, y, z) in enumerate(zip(xs, ws, ys, zs, strict=True)):
        label = node.name if batch == 1 else f"{node.name}[{b}]"
        for m0, mc, k0, kc, n0, nc in _tiles(m, n, k, shape):
            z_box = z.tile(m0, mc, k0, kc)
            container = tiling.target(z_box)
            if z_panels:
                first = z_box.offset // PANEL * PANEL
                container = flat(z.base, first, min(PANEL, tiling.graph.tensors[z.base].size - first), z.itemsize)
            tasks.append(
                gemm_task(tiling, node, label, engine, x, w, y, z, (m0, mc), (n0, nc), (k0, kc),
                          y_broadcast=y_broadcast, z_container=container)
            )  # fmt: skip
    return tasks


def _panel_tile(tiling: Tiling, x: Matrix, w: Matrix, zs: list[Matrix], m: int, k: int) -> tuple[int, int]:
    """(rows, columns) of tiles that lie in panels of X and Z, and of a transposed activation W; 0: any.

    Z's panels are used only if the node's matrices fill them.
    """
    z = zs[0]
    filled = len({other.base for other in zs}) == 1 and tiling.graph.tensors[z.base].size == len(zs) * m * k
    if not filled or (len(zs) > 1 and z.row_stride > k and z.itemsize * m * z.row_stride > MAX_SHARED_BYTES):
        return 0, 0
    found = [_panel_rows(tiling, z), 0 if x.transposed else _panel_rows(tiling, x)]
    rows = min((r for r in found if r), default=0)
    parameter = tiling.graph.tensors[w.base].kind == "parameter"
    return min(rows, m), 0 if parameter or not w.transposed else min(_panel_rows(tiling, w, w.col_stride), k)


def _panel_rows(tiling: Tiling, matrix: Matrix, pitch: int = 0) -> int:
    """Rows of a panel of the matrix's storage, or 0 if it is small or its rows do not divide a panel."""
    pitch = pitch or matrix.row_stride
    whole = tiling.graph.tensors[matrix.base].nbytes <= WHOLE_BYTES
    return 0 if whole or PANEL % pitch or PANEL // pitch < 16 else PANEL // pitch


def _bytes(tiling: Tiling, matrix: Matrix) -> int:
    """Bytes that the operand occupies in L1 as a whole, or 0 if it is loaded tile by tile."""
    nbytes = tiling.graph.tensors[matrix.base].nbytes
    return nbytes if nbytes <= WHOLE_BYTES else 0


def gemm_task(
    tiling: Tiling, node: Node, label: str, engine: Engine, x: Matrix, w: Matrix, y: Matrix | None, z: Matrix,
    ms: tuple[int, int], ns: tuple[int, int], ks: tuple[int, int], *, y_broadcast: bool = False,
    z_container: Box | None = None, accumulate: bool = False,
) -> Task:  # fmt: skip
    """The task of one tile: rows ``ms``, reduction ``ns`` and columns ``ks``, each (begin, count).

    It adds to Z what it computes if ``accumulate`` or if it is not the first tile of the reduction.
    """
    (m0, m), (n0, n), (k0, k) = ms, ns, ks
    flags = FLAGS.word(x_transposed=x.transposed, w_transposed=w.transposed)
    z_box = z.tile(m0, m, k0, k)
    accumulate = accumulate or n0 > 0
    z_operand = Operand(z_box, z_container or tiling.target(z_box), "z_pitch", read=accumulate, write=True)
    y_operand: Operand | None = None
    if accumulate:
        y_operand = Operand(z_box, z_operand.container, "y_pitch")
    elif y is not None:
        y_box = y.tile(0, 1, k0, k) if y_broadcast else y.tile(m0, m, k0, k)
        y_operand = Operand(y_box, tiling.container(y_box), "y_pitch")
        flags |= FLAGS.word(y_broadcast=y_broadcast)
    x_box, w_box = x.tile(m0, m, n0, n), w.tile(n0, n, k0, k)
    cycles = costs.redmule(tiling.config, m, n, k) if engine == "redmule" else costs.gemm_on_cores(m, n, k)
    span = "".join(f" {axis}{begin}:{begin + count}" for axis, (begin, count) in zip("mnk", (ms, ns, ks), strict=True))
    args: dict[str, Operand | int | float | None] = {
        "x": Operand(x_box, tiling.container(x_box), "x_pitch"),
        "w": Operand(w_box, tiling.container(w_box), "w_pitch"),
        "y": y_operand,
        "z": z_operand,
        "m": m, "n": n, "k": k, "x_pitch": 0, "w_pitch": 0, "y_pitch": 0, "z_pitch": 0, "flags": flags,
    }  # fmt: skip
    return Task(node, label + span, engine, "td_gemm", args, cycles)


@dataclass(frozen=True)
class TileShape:
    m: int
    n: int
    k: int
    k_outer: bool


def _tiles(m: int, n: int, k: int, shape: TileShape) -> Iterator[tuple[int, int, int, int, int, int]]:
    for a, b in (
        product(split(k, shape.k), split(m, shape.m))
        if shape.k_outer
        else product(split(m, shape.m), split(k, shape.k))
    ):
        (k0, kc), (m0, mc) = (a, b) if shape.k_outer else (b, a)
        for n0, nc in split(n, shape.n):
            yield m0, mc, k0, kc, n0, nc


def choose_tile(
    tiling: Tiling,
    engine: Engine,
    m: int,
    n: int,
    k: int,
    x_whole: int,
    w_whole: int,
    z_whole: int,
    y_whole: int | None,
    rows: int = 0,
    columns: int = 0,
    z_panels: bool = False,
) -> TileShape | None:
    """The tile with the smallest estimated time whose double-buffered set fits ``tiling.l1_bytes``.

    ``*_whole`` are the bytes of operands that lie in L1 as a whole (0: tile by tile; ``y_whole`` None: no Y, or a row
    of it). ``rows`` and ``columns`` prescribe the tile's if not 0. None if nothing fits.
    """
    config = tiling.config
    best: tuple[float, TileShape] | None = None
    row_sizes = [rows] if rows else _sizes(m, config.rows)
    column_sizes = [columns] if columns else _sizes(k, config.tile_columns)
    for tm, tn, tk in product(row_sizes, _sizes(n, 64), column_sizes):
        m_tiles, n_tiles, k_tiles = ceil(m / tm), ceil(n / tn), ceil(k / tk)
        x_bytes, w_bytes, z_bytes = 4 * tm * tn, 4 * tn * tk, 4 * tm * tk
        for k_outer in (False, True):
            # An operand changes from task to task unless the loops keep it; what changes is double-buffered.
            x_moves = n_tiles > 1 or (m_tiles > 1 and (k_outer or k_tiles == 1))
            w_moves = n_tiles > 1 or (k_tiles > 1 and (not k_outer or m_tiles == 1))
            x_need = x_whole or x_bytes * (2 if x_moves or m_tiles * n_tiles > 1 else 1)
            w_need = w_whole or w_bytes * (2 if w_moves or k_tiles * n_tiles > 1 else 1)
            z_need = z_whole or z_bytes * (2 if m_tiles * k_tiles > 1 else 1)
            if z_panels:  # a panel stays until all its columns are there
                z_need = WHOLE_BYTES * (m_tiles if k_outer and k_tiles > 1 else 2)
            y_need = 0 if y_whole is None else y_whole or 2 * z_bytes
            if x_need + w_need + z_need + y_need > tiling.l1_bytes:
                continue
            x_loads = 0 if x_whole else m * n * 4 * (k_tiles if k_outer or n_tiles > 1 else 1)
            w_loads = 0 if w_whole else n * k * 4 * (m_tiles if not k_outer or n_tiles > 1 else 1)
            compute = 0.0
            for a, b, c in product(_counts(m, tm), _counts(n, tn), _counts(k, tk)):
                one = (
                    costs.redmule(config, a[0], b[0], c[0])
                    if engine == "redmule"
                    else costs.gemm_on_cores(a[0], b[0], c[0])
                )
                compute += a[1] * b[1] * c[1] * (one + costs.SLOT)
            moved = (x_loads + w_loads) / 6
            cost = max(compute, moved) + 0.1 * moved + (x_need + w_need + z_need) / 64
            if best is None or cost < best[0]:
                best = (cost, TileShape(tm, tn, tk, k_outer))
    return None if best is None else best[1]


def _sizes(total: int, quantum: int) -> list[int]:
    sizes = {total}
    size = quantum
    while size < total:
        sizes.add(size)
        size += quantum * max(1, total // quantum // 16)
    return sorted(sizes)


def _counts(total: int, step: int) -> list[tuple[int, int]]:
    """(size, how many) of the tiles of ``total``."""
    whole, rest = divmod(total, step)
    return [(step, whole)] * (whole > 0) + [(rest, 1)] * (rest > 0)
