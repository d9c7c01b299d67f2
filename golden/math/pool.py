# SPDX-License-Identifier: Apache-2.0
"""Pooling over windows of an NHWC image."""

from collections.abc import Sequence

import numpy as np

from golden.math.rounding import SECOND_ORDER, chain_error, exact
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


def _shares(node: Node, inputs: Arrays) -> list[tuple[int, int, int, float]]:
    """(row, column, channel, dY) of every window's largest element, the first of equals row by row; windows ascending.

    An element counts as the largest if it is not below Y: in float64 too Y is one of them.
    """
    dy, x, _ = (np.asarray(i, np.float64) for i in inputs)
    attrs = node.attrs
    (_, kernel_w), (stride_h, stride_w), (top, left, _, _) = attrs["kernel"], attrs["strides"], attrs["pads"]
    seen = windows(x, attrs["kernel"], attrs, -np.inf)
    flat = seen.reshape(*seen.shape[:3], -1)
    place = flat.argmax(axis=-1)
    found = []
    for i, j, c in np.ndindex(*place.shape):
        row, column = divmod(int(place[i, j, c]), kernel_w)
        found.append((i * stride_h - top + row, j * stride_w - left + column, c, float(dy[0, i, j, c])))
    return found


def maxpool_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dY[1,OH,OW,C], X[1,H,W,C], Y -> dX[1,H,W,C]: dY goes to the largest element, the first of equals row by row."""
    dx = np.zeros(inputs[1].shape)
    for row, column, channel, value in _shares(node, inputs):
        dx[0, row, column, channel] += value
    return [dx]


def maxpool_grad_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """Windows that overlap add up in one element: a rounding each, but for the first."""
    terms: dict[tuple[int, int, int], list[float]] = {}
    for row, column, channel, value in _shares(node, inputs):
        terms.setdefault((row, column, channel), []).append(value)
    error = np.zeros(outputs[0].shape)
    for place, values in terms.items():
        error[(0, *place)] = chain_error(np.array(values)) * SECOND_ORDER
    return [error]


OPERATORS: dict[str, tuple[Model, Bound]] = {
    "MaxPool": (maxpool, exact),
    "MaxPoolGrad": (maxpool_grad, maxpool_grad_bound),
}
