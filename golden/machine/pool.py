# SPDX-License-Identifier: Apache-2.0
"""Pooling (firmware/kernels/pool.c)."""

import numpy as np

from golden.fp32 import CANONICAL_NAN, add, fmax
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


def maxpool_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dY, X, Y -> dX[1, H, W, C]: at its first position, row by row, where X equals Y each window adds its dY.

    A pixel's windows in ascending order have it at descending positions.
    """
    dy, x, y = inputs
    (kh, kw), (sh, sw), (top, left, bottom, right) = attrs["kernel"], attrs["strides"], attrs["pads"]
    padded = np.pad(x[0], ((top, bottom), (left, right), (0, 0)), constant_values=CANONICAL_NAN)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(0, 1))[::sh, ::sw]
    equal = (windows == y[0][..., None, None]).reshape(*y.shape[1:], kh * kw)
    first = np.where(equal.any(axis=-1), equal.argmax(axis=-1), -1)
    rows, cols = y.shape[1:3]
    image = np.zeros_like(padded)
    for position in reversed(range(kh * kw)):
        i, j = divmod(position, kw)
        part = image[i : i + sh * rows : sh, j : j + sw * cols : sw][:rows, :cols]
        part[...] = np.where(first == position, add(part, dy[0]), part)
    return [np.ascontiguousarray(image[top : top + x.shape[1], left : left + x.shape[2]])[None]]


OPS: dict[str, Model] = {"MaxPool": maxpool, "MaxPoolGrad": maxpool_grad}
