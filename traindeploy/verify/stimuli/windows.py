# SPDX-License-Identifier: Apache-2.0
"""Windows that slide over an image, for convolutions and poolings: (height, width), channels, kernel, strides, pads."""

from typing import Any

import numpy as np

from traindeploy.verify.stimulus import Attrs, upto

# Pads are (top, left, bottom, right).
WINDOWS = (
    ((32, 32), 3, (3, 3), (1, 1), (1, 1, 1, 1)),
    ((16, 16), 64, (3, 3), (2, 2), (1, 1, 1, 1)),
    ((7, 5), 4, (2, 3), (2, 1), (0, 2, 1, 0)),
    ((4, 4), 6, (1, 1), (1, 1), (0, 0, 0, 0)),
    ((4, 4), 3, (1, 1), (2, 2), (0, 0, 0, 0)),
    ((5, 9), 1, (5, 5), (3, 2), (2, 2, 2, 2)),
    ((3, 2), 9, (3, 3), (1, 1), (1, 1, 1, 1)),
    ((6, 7), 5, (3, 3), (1, 1), (1, 1, 1, 1)),
    ((8, 5), 3, (3, 2), (2, 1), (0, 1, 2, 0)),
    ((9, 7), 3, (3, 3), (1, 1), (1, 1, 1, 1)),
    ((9, 7), 4, (3, 3), (2, 2), (1, 1, 1, 1)),
    ((9, 7), 4, (2, 3), (2, 2), (1, 1, 1, 1)),  # differs from the one above in its kernel only
    ((9, 7), 4, (3, 3), (2, 1), (1, 1, 1, 1)),  # in its strides only
    ((9, 7), 4, (3, 3), (2, 2), (2, 1, 0, 1)),  # in its pads only
    ((9, 7), 5, (3, 3), (1, 1), (1, 1, 1, 1)),
)
Window = tuple[tuple[int, int], int, tuple[int, int], tuple[int, int], tuple[int, int, int, int]]

# As many windows each; pairs of them differ in strides, kernel or pads alone.
AS_MANY: tuple[Window, ...] = (
    ((6, 6), 3, (3, 3), (2, 2), (0, 0, 0, 0)),
    ((6, 6), 3, (2, 3), (3, 3), (0, 0, 0, 0)),
    ((6, 6), 3, (3, 3), (3, 3), (0, 0, 0, 0)),
    ((6, 6), 3, (3, 3), (3, 3), (1, 0, 0, 1)),
)


def random_window(rng: np.random.Generator) -> Window:
    """One that fits into its image."""
    kernel = (upto(rng, 5), upto(rng, 5))
    strides = (int(rng.integers(1, 4)), int(rng.integers(1, 4)))
    top, bottom = (int(p) for p in rng.integers(0, kernel[0], 2))
    left, right = (int(p) for p in rng.integers(0, kernel[1], 2))
    height = max(1, kernel[0] - top - bottom) + int(rng.integers(0, 8))
    width = max(1, kernel[1] - left - right) + int(rng.integers(0, 8))
    return (height, width), upto(rng, 9), kernel, strides, (top, left, bottom, right)


def output_size(size: tuple[int, ...], kernel: tuple[int, ...], attrs: Attrs) -> tuple[int, int]:
    """Height and width of what a window leaves of an image of ``size``."""
    (stride_h, stride_w), (top, left, bottom, right) = attrs["strides"], attrs["pads"]
    return (size[0] + top + bottom - kernel[0]) // stride_h + 1, (size[1] + left + right - kernel[1]) // stride_w + 1


def tiles(rows: int) -> list[tuple[int, int]]:
    """Begin and end of some tiles of output rows: all, the first, the later half, the last."""
    return sorted({(0, rows), (0, 1), (rows // 2, rows), (rows - 1, rows)})


def random_tile(rng: np.random.Generator, rows: int) -> tuple[int, int]:
    """Any consecutive rows."""
    begin = int(rng.integers(rows))
    return begin, int(rng.integers(begin + 1, rows + 1))


def tile_arguments(x: np.ndarray, kernel: tuple[int, ...], attrs: Attrs, begin: int, end: int) -> dict[str, Any]:
    """The kernel's arguments for output rows begin..end - 1; ``x`` is [H,W,C]."""
    height, width, channels = x.shape
    (stride_h, stride_w), (top, left, _, _) = attrs["strides"], attrs["pads"]
    first = max(0, begin * stride_h - top)  # the tile holds no earlier input row
    last = max(first + 1, (end - 1) * stride_h - top + kernel[0])  # a tile within the padding holds a row all the same
    return dict(
        x=np.ascontiguousarray(x[min(first, height - 1) : last]),
        height=height, width=width, channels=channels, kernel_h=kernel[0], kernel_w=kernel[1],
        stride_h=stride_h, stride_w=stride_w, pad_top=top, pad_left=left,
        out_width=output_size(x.shape, kernel, attrs)[1],
        row_begin=begin, row_end=end, x_row_begin=first,
    )  # fmt: skip
