# SPDX-License-Identifier: Apache-2.0
"""Pooling (firmware/kernels/pool.c)."""

import numpy as np

from golden.fp32 import CANONICAL_NAN, fmax
from golden.model import Arrays, Attributes, Model
from traindeploy.ir import Node


def maxpool(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[1, H, W, C] -> Y[1, OH, OW, C]: running fmax over rows, then columns, from NaN, which it skips."""
    (x,) = inputs
    (kh, kw), (sh, sw), (top, left, bottom, right) = attrs["kernel"], attrs["strides"], attrs["pads"]
    padded = np.pad(x[0], ((top, bottom), (left, right), (0, 0)), constant_values=CANONICAL_NAN)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(0, 1))[::sh, ::sw]
    y = np.full(windows.shape[:3], CANONICAL_NAN)
    for i in range(kh):
        for j in range(kw):
            y = fmax(y, np.ascontiguousarray(windows[..., i, j]))
    return [y[None]]


OPS: dict[str, Model] = {"MaxPool": maxpool}
