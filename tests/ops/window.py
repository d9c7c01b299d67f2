# SPDX-License-Identifier: Apache-2.0
"""Windows that slide over an image, for convolutions and poolings: (height, width), kernel, strides, pads (t,l,b,r)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from tests.ops.spec import Attrs

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


def channels_first(x: torch.Tensor, pads: tuple[int, ...], padding: float) -> torch.Tensor:
    """NHWC -> NCHW with ``padding`` round it."""
    top, left, bottom, right = pads
    return F.pad(x.permute(0, 3, 1, 2), (left, right, top, bottom), value=padding)


def row_tiles(x: np.ndarray, kernel: tuple[int, int], attrs: Attrs) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Output rows begin..end - 1 of some tiles, and the kernel's arguments that describe them; ``x`` is [H,W,C]."""
    height, width, channels = x.shape
    (stride_h, stride_w), (top, left, bottom, right) = attrs["strides"], attrs["pads"]
    rows = (height + top + bottom - kernel[0]) // stride_h + 1
    out_width = (width + left + right - kernel[1]) // stride_w + 1
    for begin, end in sorted({(0, rows), (0, 1), (rows // 2, rows), (rows - 1, rows)}):
        first = max(0, begin * stride_h - top)  # the tile holds no earlier input row
        yield begin, end, dict(
            x=np.ascontiguousarray(x[first : (end - 1) * stride_h - top + kernel[0]]),
            height=height, width=width, channels=channels, kernel_h=kernel[0], kernel_w=kernel[1],
            stride_h=stride_h, stride_w=stride_w, pad_top=top, pad_left=left, out_width=out_width,
            row_begin=begin, row_end=end, x_row_begin=first,
        )  # fmt: skip
