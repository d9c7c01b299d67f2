# SPDX-License-Identifier: Apache-2.0
"""Gemm: one RedMule job (or td_gemm call) per tile of Z, or a chain of them over n that accumulates in L1.

Operands are strided views; their tiles are loaded row by row in stored order and read transposed where necessary
(flags).
"""

from dataclasses import dataclass
from math import prod

from traindeploy.errors import UserError
from traindeploy.ir import Node
from traindeploy.ir.program import Engine
from traindeploy.ir.region import Box
from traindeploy.platform import register_map
from traindeploy.schedule.gemm_tile import Product, Span, choose_tile, tiles
from traindeploy.schedule.matrix import Matrix, matrices, row_matrix
from traindeploy.schedule.task import PANEL, Argument, Operand, Task, Tiling
from traindeploy.schedule.tile_choice import product_cycles

FLAGS = register_map("redmule").FLAGS
MAX_SHARED_BYTES = 48 * 1024  # of panels of Z that several matrices of a batch fill together
TINY_MACS = 2048  # below this an offload costs more than the cores need
MIN_PANEL_ROWS = 16  # with fewer, tiles that keep to panels would leave RedMule's rows idle


@dataclass(frozen=True)
class Operands:
    """The matrices of one product Z = Y + X.W; ``y_broadcast``: Y is one row, added to every row of Z."""

    x: Matrix
    w: Matrix
    z: Matrix
    y: Matrix | None = None
    y_broadcast: bool = False


@dataclass(frozen=True)
class PanelTile:
    """What panels prescribe of a tile: its rows and columns (None: nothing), and whether it is part of Z's panels."""

    rows: int | None = None
    columns: int | None = None
    z: bool = False


def tile_gemm(tiling: Tiling, node: Node) -> list[Task]:
    """Tasks of a Gemm node, batch by batch. UserError if not even its smallest tile fits L1."""
    batch = _operands(tiling, node)
    one = batch[0]
    m, n, k = one.z.rows, one.x.cols, one.z.cols
    engine: Engine = "redmule" if tiling.engine == "redmule" and m * n * k >= TINY_MACS else "cores"
    size = tiling.operand_size
    for panels in (_panel_tile(tiling, batch), PanelTile()):  # tiles that need not keep to panels may be smaller
        problem = Product(
            m, n, k, size(one.x.base), size(one.w.base), size(one.z.base),
            None if one.y is None or one.y_broadcast else size(one.y.base), panels.rows, panels.columns, panels.z,
        )  # fmt: skip
        shape = choose_tile(problem, engine, tiling.config, tiling.l1_bytes)
        if shape is not None:
            break
    if shape is None:
        raise UserError(f"node {node.name!r}: no tile of its Gemm {m}x{n}x{k} fits {tiling.l1_bytes} bytes of L1")
    tasks = []
    for i, operands in enumerate(batch):
        label = node.name if len(batch) == 1 else f"{node.name}[{i}]"
        for ms, ns, ks in tiles(problem, shape):
            z_box = operands.z.tile(*ms, *ks)
            container = tiling.panel(z_box) if panels.z else tiling.target(z_box)
            tasks.append(gemm_task(tiling, node, label, engine, operands, ms, ns, ks, z_container=container))
    return tasks


def gemm_task(
    tiling: Tiling, node: Node, label: str, engine: Engine, operands: Operands, ms: Span, ns: Span, ks: Span, *,
    z_container: Box, accumulate: bool = False,
) -> Task:  # fmt: skip
    """The task of one tile: rows ``ms``, reduction ``ns`` and columns ``ks``.

    It adds to Z what it computes if ``accumulate`` or if it is not the first tile of the reduction.
    """
    accumulate = accumulate or ns[0] > 0
    x_box, w_box, z_box = operands.x.tile(*ms, *ns), operands.w.tile(*ns, *ks), operands.z.tile(*ms, *ks)
    z = Operand(z_box, z_container, "z_pitch", read=accumulate, write=True)
    y = Operand(z_box, z_container, "y_pitch") if accumulate else _addend(tiling, operands, ms, ks)
    flags = FLAGS.word(
        x_transposed=operands.x.transposed, w_transposed=operands.w.transposed,
        y_broadcast=operands.y_broadcast and not accumulate,
    )  # fmt: skip
    span = "".join(f" {axis}{begin}:{begin + count}" for axis, (begin, count) in zip("mnk", (ms, ns, ks), strict=True))
    m, n, k = ms[1], ns[1], ks[1]
    args: dict[str, Argument] = {
        "x": Operand(x_box, tiling.container(x_box), "x_pitch"),
        "w": Operand(w_box, tiling.container(w_box), "w_pitch"),
        "y": y,
        "z": z,
        "m": m, "n": n, "k": k, "x_pitch": 0, "w_pitch": 0, "y_pitch": 0, "z_pitch": 0, "flags": flags,
    }  # fmt: skip
    return Task(node, label + span, engine, "td_gemm", args, product_cycles(tiling.config, engine, m, n, k))


def _addend(tiling: Tiling, operands: Operands, ms: Span, ks: Span) -> Operand | None:
    """The tile of Y that the first product of a reduction starts from."""
    if operands.y is None:
        return None
    box = operands.y.tile(0, 1, *ks) if operands.y_broadcast else operands.y.tile(*ms, *ks)
    return Operand(box, tiling.container(box), "y_pitch")


def _operands(tiling: Tiling, node: Node) -> list[Operands]:
    """The node's products, one per batch element."""
    batch = prod(tiling.graph.tensors[node.outputs[0]].shape[:-2])
    xs, ws, zs = (matrices(tiling, name, batch) for name in (*node.inputs[:2], node.outputs[0]))
    if zs[0].transposed:
        raise RuntimeError(f"node {node.name!r}: the rows of its result {node.outputs[0]!r} do not lie densely")
    if len(node.inputs) == 2:
        return [Operands(x, w, z) for x, w, z in zip(xs, ws, zs, strict=True)]
    name = node.inputs[2]
    is_row = len(tiling.graph.tensors[name].shape) == 1
    ys = [row_matrix(tiling, name)] * batch if is_row else matrices(tiling, name, batch)
    return [Operands(x, w, z, y, is_row) for x, w, z, y in zip(xs, ws, zs, ys, strict=True)]


def _panel_tile(tiling: Tiling, batch: list[Operands]) -> PanelTile:
    """The tile whose operands lie in panels of X and Z, and of a transposed activation W."""
    x, w, z = batch[0].x, batch[0].w, batch[0].z
    if not _fills_panels(tiling, [operands.z for operands in batch]):
        return PanelTile()
    z_rows = _rows_of_panel(tiling, z.base, z.row_stride)
    x_rows = None if x.transposed else _rows_of_panel(tiling, x.base, x.row_stride)
    activation = tiling.graph.tensors[w.base].kind != "parameter"
    columns = _rows_of_panel(tiling, w.base, w.col_stride) if w.transposed and activation else None
    return PanelTile(_smallest(z_rows, x_rows, z.rows), _smallest(columns, None, z.cols), z_rows is not None)


def _smallest(one: int | None, other: int | None, limit: int) -> int | None:
    """What two operands prescribe together, at most ``limit``; None if neither prescribes anything."""
    wanted = [count for count in (one, other) if count is not None]
    return min([*wanted, limit]) if wanted else None


def _fills_panels(tiling: Tiling, zs: list[Matrix]) -> bool:
    """Whether the products' results fill one storage, and panels that several of them share may wait in L1."""
    z = zs[0]
    same = all(other.base == z.base for other in zs)
    if not same or tiling.graph.tensors[z.base].size != len(zs) * z.rows * z.cols:
        return False
    shared = len(zs) > 1 and z.row_stride > z.cols
    return not shared or z.itemsize * z.rows * z.row_stride <= MAX_SHARED_BYTES


def _rows_of_panel(tiling: Tiling, base: str, pitch: int) -> int | None:
    """Rows of ``pitch`` elements in a panel of ``base``; None if it lies whole, or its rows do not divide a panel."""
    if tiling.operand_size(base).whole is not None or PANEL % pitch or PANEL // pitch < MIN_PANEL_ROWS:
        return None
    return PANEL // pitch
