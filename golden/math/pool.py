# SPDX-License-Identifier: Apache-2.0
"""Pooling over windows of an NHWC image."""

from collections.abc import Sequence

import numpy as np

from golden.math.rounding import exact
from golden.model import Arrays, Attributes, Bound, Model
from traindeploy.ir import Node


def windows(x: np.ndarray, kernel: Sequence[int], attrs: Attributes, padding: float) -> np.ndarray:
    """The windows of an image [1,H,W,C] as [OH,OW,C,KH,KW]; pads (top, left, bottom, right) hold ``padding``."""
    top, left, bottom, right = attrs["pads"]
    padded = np.pad(np.asarray(x[0], np.float64), ((top, bottom), (left, right), (0, 0)), constant_values=padding)
    stride_h, stride_w = attrs["strides"]
    return np.lib.stride_tricks.sliding_window_view(padded, kernel, axis=(0, 1))[::stride_h, ::stride_w]


def maxpool(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[1,H,W,C] -> Y[1,OH,OW,C], padding never chosen."""
    return [windows(inputs[0], attrs["kernel"], attrs, -np.inf).max(axis=(-2, -1))[None]]


OPERATORS: dict[str, tuple[Model, Bound]] = {"MaxPool": (maxpool, exact)}
