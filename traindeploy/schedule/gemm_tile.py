# SPDX-License-Identifier: Apache-2.0
"""The tile of a matrix product: how much of Z one job computes, of how much of the reduction, and in which order."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import ceil

from traindeploy.ir.program import Engine
from traindeploy.platform import HardwareConfig
from traindeploy.schedule import costs
from traindeploy.schedule.task import PANEL, split
from traindeploy.schedule.tile_choice import OperandSize, duration, product_cycles

Span = tuple[int, int]  # (begin, count)
N_QUANTUM = 64  # tiles of the reduction are multiples of it
FOOTPRINT_WEIGHT = 1 / 64  # cycles a byte of L1: what one operator leaves free lets the next one begin


@dataclass(frozen=True)
class Product:
    """Z[m,k] = Y[m,k] + X[m,n].W[n,k] as the choice of its tile sees it.

    ``y`` is None without Y, and if it is a row, which is too small to count. ``rows`` and ``columns`` prescribe those
    of a tile of Z, so that tiles lie in panels. ``z_panels``: tiles are parts of Z's panels, which stay in L1 until
    they are whole.
    """

    m: int
    n: int
    k: int
    x: OperandSize
    w: OperandSize
    z: OperandSize
    y: OperandSize | None = None
    rows: int | None = None
    columns: int | None = None
    z_panels: bool = False


@dataclass(frozen=True)
class TileShape:
    """Sizes of a tile along m, n and k. Tiles follow each other along m, and for each along k; ``k_outer``: along k,
    and for each along m. The reduction n is innermost: its tiles accumulate in L1.
    """

    m: int
    n: int
    k: int
    k_outer: bool

    def counts(self, problem: Product) -> tuple[int, int, int]:
        """Number of tiles along m, n, k."""
        return ceil(problem.m / self.m), ceil(problem.n / self.n), ceil(problem.k / self.k)


def tiles(problem: Product, shape: TileShape) -> Iterator[tuple[Span, Span, Span]]:
    """The tiles in their order, as spans of m, n, k.

    >>> size = OperandSize(None, 4)
    >>> list(tiles(Product(24, 64, 32, size, size, size), TileShape(12, 64, 16, k_outer=True)))
    ... # doctest: +NORMALIZE_WHITESPACE
    [((0, 12), (0, 64), (0, 16)), ((12, 12), (0, 64), (0, 16)),
     ((0, 12), (0, 64), (16, 16)), ((12, 12), (0, 64), (16, 16))]
    """
    ms, ns, ks = split(problem.m, shape.m), split(problem.n, shape.n), split(problem.k, shape.k)
    pairs = ((m, k) for k in ks for m in ms) if shape.k_outer else ((m, k) for m in ms for k in ks)
    return ((m, n, k) for m, k in pairs for n in ns)


def choose_tile(problem: Product, engine: Engine, config: HardwareConfig, l1_bytes: int) -> TileShape | None:
    """The tile with the smallest estimated time whose buffers fit ``l1_bytes``; None if nothing fits.

    A layer of CCT-2, X[64,128].W[128,512], its 32 rows a tile prescribed: a job computes 48 columns over the whole
    reduction, and W is loaded for either half of the rows, which computation hides.

    >>> from traindeploy.platform import CONFIGS
    >>> size = OperandSize(None, itemsize=4)
    >>> layer = Product(64, 128, 512, x=size, w=size, z=size, rows=32)
    >>> choose_tile(layer, "redmule", CONFIGS["paper"], 118_000)
    TileShape(m=32, n=128, k=48, k_outer=False)
    >>> choose_tile(layer, "redmule", CONFIGS["paper"], 1_000) is None
    True
    """
    fitting = (shape for shape in candidates(problem, config) if footprint(problem, shape) <= l1_bytes)
    return min(fitting, key=lambda shape: cost(problem, shape, engine, config), default=None)


def candidates(problem: Product, config: HardwareConfig) -> Iterator[TileShape]:
    """Every shape to be considered, in a fixed order: along m and k in multiples of RedMule's array, both loop orders.

    >>> from traindeploy.platform import CONFIGS
    >>> size = OperandSize(None, itemsize=4)
    >>> for shape in candidates(Product(24, 64, 16, size, size, size), CONFIGS["paper"]):
    ...     print(shape)
    TileShape(m=12, n=64, k=16, k_outer=False)
    TileShape(m=12, n=64, k=16, k_outer=True)
    TileShape(m=24, n=64, k=16, k_outer=False)
    TileShape(m=24, n=64, k=16, k_outer=True)
    """
    rows = _sizes(problem.m, config.rows) if problem.rows is None else [problem.rows]
    columns = _sizes(problem.k, config.tile_columns) if problem.columns is None else [problem.columns]
    for m, n, k, k_outer in product(rows, _sizes(problem.n, N_QUANTUM), columns, (False, True)):
        yield TileShape(m, n, k, k_outer)


def footprint(problem: Product, shape: TileShape) -> int:
    """Bytes of L1 that the product occupies, double buffers included.

    >>> size = OperandSize(None, itemsize=4)
    >>> problem = Product(64, 128, 512, x=size, w=size, z=size)
    >>> footprint(problem, TileShape(32, 128, 64, False))  # two tiles each of X [32,128], W [128,64] and Z [32,64]
    114688
    >>> footprint(problem, TileShape(64, 128, 64, False))  # X whole, two tiles of W [128,64] and Z [64,64]
    131072
    """
    y = 0 if problem.y is None else problem.y.footprint(shape.m * shape.k, tiles=2)
    return _footprint_without_y(problem, shape) + y


def _footprint_without_y(problem: Product, shape: TileShape) -> int:
    m_tiles, n_tiles, k_tiles = shape.counts(problem)
    x = problem.x.footprint(shape.m * shape.n, m_tiles * n_tiles)
    w = problem.w.footprint(shape.n * shape.k, k_tiles * n_tiles)
    if problem.z_panels:  # a panel stays until all its columns are there
        z = problem.z.itemsize * PANEL * (m_tiles if shape.k_outer and k_tiles > 1 else 2)
    else:
        z = problem.z.footprint(shape.m * shape.k, m_tiles * k_tiles)
    return x + w + z


def traffic(problem: Product, shape: TileShape) -> int:
    """Bytes of X and W from L2: once, or again for every tile of the other operand that does not find it in L1.

    >>> size = OperandSize(None, itemsize=4)
    >>> problem = Product(64, 128, 512, x=size, w=size, z=size)
    >>> traffic(problem, TileShape(32, 128, 64, k_outer=False))  # X once, W for both tiles of rows
    557056
    >>> traffic(problem, TileShape(32, 128, 64, k_outer=True))  # X for all eight tiles of columns, W once
    524288
    """
    m_tiles, n_tiles, k_tiles = shape.counts(problem)
    keeps_x, keeps_w = n_tiles == 1 and not shape.k_outer, n_tiles == 1 and shape.k_outer
    x = problem.x.traffic(problem.m * problem.n, 1 if keeps_x else k_tiles)
    return x + problem.w.traffic(problem.n * problem.k, 1 if keeps_w else m_tiles)


def compute_cycles(problem: Product, shape: TileShape, engine: Engine, config: HardwareConfig) -> int:
    """Estimated cycles of all tiles, a slot of the schedule for each included."""
    spans = (_tile_sizes(problem.m, shape.m), _tile_sizes(problem.n, shape.n), _tile_sizes(problem.k, shape.k))
    return sum(
        many_m * many_n * many_k * (product_cycles(config, engine, m, n, k) + costs.SLOT)
        for (m, many_m), (n, many_n), (k, many_k) in product(*spans)
    )


def cost(problem: Product, shape: TileShape, engine: Engine, config: HardwareConfig) -> float:
    """Estimated cycles, plus a preference for shapes that leave room in L1."""
    cycles = duration(compute_cycles(problem, shape, engine, config), traffic(problem, shape))
    return cycles + _footprint_without_y(problem, shape) * FOOTPRINT_WEIGHT


def _sizes(total: int, quantum: int) -> list[int]:
    """At most 17 or so multiples of ``quantum``, and ``total`` itself.

    >>> _sizes(64, 12)
    [12, 24, 36, 48, 60, 64]
    >>> len(_sizes(512, 16)), _sizes(512, 16)[:3]
    (17, [16, 48, 80])
    """
    stride = quantum * max(1, total // quantum // 16)
    return sorted({total, *range(quantum, total, stride)})


def _tile_sizes(total: int, size: int) -> list[tuple[int, int]]:
    """(size, how many) of the tiles of ``total``: whole ones, and the rest.

    >>> _tile_sizes(64, 12)
    [(12, 5), (4, 1)]
    """
    whole, rest = divmod(total, size)
    return [(length, many) for length, many in ((size, whole), (rest, 1)) if length and many]
