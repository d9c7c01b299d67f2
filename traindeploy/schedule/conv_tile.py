# SPDX-License-Identifier: Apache-2.0
"""The tile of a convolution: output rows, kernel rows of an im2col chunk, output channels of a job."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import ceil

from traindeploy.ir.program import Engine
from traindeploy.platform import HardwareConfig
from traindeploy.schedule import costs
from traindeploy.schedule.task import split
from traindeploy.schedule.tile_choice import OperandSize, duration, product_cycles


@dataclass(frozen=True)
class Convolution:
    """A convolution of an image [.., width, channels] as the choice of its tile sees it; ``x_bytes``, ``w_bytes``
    and ``z_bytes`` are those of its tensors.
    """

    width: int
    channels: int
    kernel_h: int
    kernel_w: int
    features: int
    stride_h: int
    out_height: int
    out_width: int
    x_bytes: int
    w_bytes: int
    z_bytes: int
    x: OperandSize
    w: OperandSize
    z: OperandSize


@dataclass(frozen=True)
class ConvTile:
    """``rows`` of the output; ``kernel_rows`` and ``kernel_cols`` of a chunk: all or 1; ``columns``: output channels of
    a job. ``kernel_outer``: all output rows for one kernel row, then all for the next; what is summed up so far waits
    in L2 meanwhile, and the first products need only the first of the weights.
    """

    rows: int
    kernel_rows: int
    kernel_cols: int
    columns: int
    kernel_outer: bool = False


@dataclass(frozen=True)
class Footprint:
    """Bytes of L1: ``chunk`` is one im2col chunk, ``others`` is all else. Two chunks let the cores make the next one
    while RedMule multiplies.
    """

    chunk: int
    others: int

    def fits(self, l1_bytes: int, *, chunks: int) -> bool:
        return self.others + chunks * self.chunk <= l1_bytes


def choose_conv_tile(conv: Convolution, engine: Engine, config: HardwareConfig, l1_bytes: int) -> ConvTile | None:
    """The tile with the smallest estimated time that fits ``l1_bytes``; None if nothing fits.

    The second convolution of CCT-2, [16,16,64] by [3,3,64,128]: three rows of the output are 48 pixels, which
    fill the array's 12 rows exactly. A chunk of one element of the kernel leaves room for the next one, and by kernel
    rows the first third of the weights is enough to begin.

    >>> from traindeploy.platform import CONFIGS
    >>> size = OperandSize(None, itemsize=4)
    >>> conv = Convolution(16, 64, 3, 3, 128, 1, 16, 16, x_bytes=65536, w_bytes=294912, z_bytes=131072,
    ...                    x=size, w=size, z=size)
    >>> choose_conv_tile(conv, "redmule", CONFIGS["paper"], 118_000)
    ConvTile(rows=3, kernel_rows=1, kernel_cols=1, columns=48, kernel_outer=True)
    """
    fitting = (t for t in candidates(conv, config) if footprint(conv, t).fits(l1_bytes, chunks=1))
    return min(fitting, key=lambda t: cost(conv, t, engine, config, l1_bytes), default=None)


def candidates(conv: Convolution, config: HardwareConfig) -> Iterator[ConvTile]:
    """Every tile to be considered, in a fixed order."""
    columns = sorted({conv.features, *range(config.tile_columns, conv.features, config.tile_columns)})
    chunks = dict.fromkeys(((conv.kernel_h, conv.kernel_w), (1, conv.kernel_w), (1, 1)))
    for rows, (kernel_rows, kernel_cols), count in product(range(1, conv.out_height + 1), chunks, columns):
        for kernel_outer in (False, True) if kernel_rows < conv.kernel_h else (False,):
            yield ConvTile(rows, kernel_rows, kernel_cols, count, kernel_outer)


def footprint(conv: Convolution, tile: ConvTile) -> Footprint:
    """Bytes of the tile in L1; weights that do not lie whole are double-buffered.

    >>> size = OperandSize(None, itemsize=4)
    >>> conv = Convolution(16, 64, 3, 3, 128, 1, 16, 16, x_bytes=65536, w_bytes=294912, z_bytes=131072,
    ...                    x=size, w=size, z=size)
    >>> footprint(conv, ConvTile(2, 1, 3, 32))  # im2col [32,192]; X 2 rows, Z 2, W 2 x [192,32]
    Footprint(chunk=24576, others=73728)
    """
    pixels, length = tile.rows * conv.out_width, tile.kernel_rows * tile.kernel_cols * conv.channels
    input_rows = (tile.rows - 1) * conv.stride_h + tile.kernel_rows
    x = conv.x.footprint(input_rows * conv.width * conv.channels, tiles=1)
    w = conv.w.footprint(length * tile.columns, tiles=2)
    z = conv.z.footprint(pixels * conv.features, tiles=2 if tile.kernel_outer else 1)
    return Footprint(conv.x.itemsize * pixels * length, x + w + z)


def cost(conv: Convolution, tile: ConvTile, engine: Engine, config: HardwareConfig, l1_bytes: int) -> float:
    """Estimated cycles. Cores and RedMule work at once if a second im2col chunk has room, else in turns."""
    length = tile.kernel_rows * tile.kernel_cols * conv.channels
    parts = ceil(conv.kernel_h / tile.kernel_rows) * ceil(conv.kernel_w / tile.kernel_cols)
    compute = im2col = 0
    tiles = split(conv.out_height, tile.rows)
    for _, rows in tiles:
        pixels = rows * conv.out_width
        for _, columns in split(conv.features, tile.columns):
            compute += parts * (product_cycles(config, engine, pixels, length, columns) + costs.SLOT)
        im2col += parts * costs.kernel("td_im2col", pixels * length)
    passes = 2 if tile.kernel_outer else 1
    traffic = conv.x_bytes * passes + conv.w_bytes * (1 if conv.w.whole is not None else len(tiles))
    traffic += 2 * (passes - 1) * conv.z_bytes
    cycles = duration(compute, traffic) + parts * len(tiles) * costs.SLOT
    if not footprint(conv, tile).fits(l1_bytes, chunks=2):
        cycles += im2col
    first = conv.w_bytes * tile.kernel_rows // conv.kernel_h if tile.kernel_outer else conv.w_bytes
    return cycles + compute / len(tiles) + costs.hyper(first)
