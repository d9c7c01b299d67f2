# SPDX-License-Identifier: Apache-2.0
"""The tile of a convolution: output rows, kernel rows of an im2col chunk, output channels of a job."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from traindeploy.ir.program import Engine
from traindeploy.platform import HardwareConfig
from traindeploy.schedule import costs
from traindeploy.schedule.tile_choice import OperandSize, duration, product_cycles


@dataclass(frozen=True)
class Convolution:
    """A convolution of an image [.., width, channels] as the choice of its tile sees it; ``x_bytes`` and ``w_bytes``
    are those of its tensors.
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
    x: OperandSize
    w: OperandSize
    z: OperandSize


@dataclass(frozen=True)
class ConvTile:
    """``rows`` of the output; ``kernel_rows`` of a chunk: all or 1; ``columns``: output channels of a job."""

    rows: int
    kernel_rows: int
    columns: int


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

    The second convolution of CCT-2, [16,16,64] by [3,3,64,128]: two rows of the output, one kernel row and 16
    channels a job. More of any would leave no room for a second chunk.

    >>> from traindeploy.platform import CONFIGS
    >>> size = OperandSize(None, itemsize=4)
    >>> conv = Convolution(16, 64, 3, 3, 128, 1, 16, 16, x_bytes=65536, w_bytes=294912, x=size, w=size, z=size)
    >>> choose_conv_tile(conv, "redmule", CONFIGS["paper"], 118_000)
    ConvTile(rows=2, kernel_rows=1, columns=16)
    """
    fitting = (t for t in candidates(conv, config) if footprint(conv, t).fits(l1_bytes, chunks=1))
    return min(fitting, key=lambda t: cost(conv, t, engine, config, l1_bytes), default=None)


def candidates(conv: Convolution, config: HardwareConfig) -> Iterator[ConvTile]:
    """Every tile to be considered, in a fixed order."""
    columns = sorted({conv.features, *range(config.tile_columns, conv.features, config.tile_columns)})
    for rows in range(1, conv.out_height + 1):
        for kernel_rows in sorted({1, conv.kernel_h}):
            for count in columns:
                yield ConvTile(rows, kernel_rows, count)


def footprint(conv: Convolution, tile: ConvTile) -> Footprint:
    """Bytes of the tile in L1; weights that do not lie whole are double-buffered.

    >>> size = OperandSize(None, itemsize=4)
    >>> conv = Convolution(16, 64, 3, 3, 128, 1, 16, 16, x_bytes=65536, w_bytes=294912, x=size, w=size, z=size)
    >>> footprint(conv, ConvTile(rows=2, kernel_rows=1, columns=32))  # im2col [32,192]; X 2 rows, Z 2, W 2 x [192,32]
    Footprint(chunk=24576, others=73728)
    """
    pixels, length = tile.rows * conv.out_width, tile.kernel_rows * conv.kernel_w * conv.channels
    input_rows = (tile.rows - 1) * conv.stride_h + tile.kernel_rows
    x = conv.x.footprint(input_rows * conv.width * conv.channels, tiles=1)
    w = conv.w.footprint(length * tile.columns, tiles=2)
    z = conv.z.footprint(pixels * conv.features, tiles=1)
    return Footprint(conv.x.itemsize * pixels * length, x + w + z)


def cost(conv: Convolution, tile: ConvTile, engine: Engine, config: HardwareConfig, l1_bytes: int) -> float:
    """Estimated cycles. Cores and RedMule work at once if a second im2col chunk has room, else in turns."""
    pixels, length = tile.rows * conv.out_width, tile.kernel_rows * conv.kernel_w * conv.channels
    tiles = ceil(conv.out_height / tile.rows)
    chunks = tiles * ceil(conv.kernel_h / tile.kernel_rows)
    jobs = chunks * ceil(conv.features / tile.columns)
    compute = jobs * (product_cycles(config, engine, pixels, length, tile.columns) + costs.SLOT)
    traffic = conv.x_bytes + conv.w_bytes * (1 if conv.w.whole is not None else tiles)
    cycles = duration(compute, traffic) + chunks * costs.SLOT
    if not footprint(conv, tile).fits(l1_bytes, chunks=2):
        cycles += chunks * costs.kernel("td_im2col", pixels * length)
    return cycles
