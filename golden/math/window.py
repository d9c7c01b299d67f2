# SPDX-License-Identifier: Apache-2.0
"""Operators that slide a window over an NHWC image."""

import numpy as np

from golden.math.matrix import exact
from golden.math.rounding import TINY, gamma


def _windows(x: np.ndarray, kernel: tuple[int, int], attrs: dict, padding: float) -> np.ndarray:
    """The windows of an image [1,H,W,C] as [OH,OW,C,KH,KW]."""
    top, left, bottom, right = attrs["pads"]
    padded = np.pad(np.asarray(x[0], np.float64), ((top, bottom), (left, right), (0, 0)), constant_values=padding)
    stride_h, stride_w = attrs["strides"]
    return np.lib.stride_tricks.sliding_window_view(padded, kernel, axis=(0, 1))[::stride_h, ::stride_w]


def conv(node, inputs, attrs):
    """X[1,H,W,C], Wt[KH,KW,C,F] -> Z[1,OH,OW,F], zero padding."""
    x, weight = inputs
    windows = _windows(x, weight.shape[:2], attrs, 0.0)
    return [np.einsum("hwcij,ijcf->hwf", windows, np.asarray(weight, np.float64), optimize=True)[None]]


def conv_bound(node, inputs, outputs):
    """As Gemm's, over KH KW C products."""
    length = int(np.prod(inputs[1].shape[:3]))
    return [gamma(length) * conv(node, [np.abs(i) for i in inputs], node.attrs)[0] + length * TINY]


def maxpool(node, inputs, attrs):
    """X[1,H,W,C] -> Y[1,OH,OW,C], padding never chosen."""
    return [_windows(inputs[0], attrs["kernel"], attrs, -np.inf).max(axis=(-2, -1))[None]]


OPERATORS = {"Conv": (conv, conv_bound), "MaxPool": (maxpool, exact)}
