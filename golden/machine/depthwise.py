# SPDX-License-Identifier: Apache-2.0
"""Depthwise convolutions (firmware/kernels/depthwise.c): fused multiply-adds in order, from +0; padding is skipped."""

from collections.abc import Iterator, Sequence

import numpy as np

from golden.fp32 import fma
from golden.model import Arrays, Attributes, Model
from traindeploy.ir import Node

Part = tuple[slice, slice]


def _within(position: int, pad: int, stride: int, size: int, windows: int) -> tuple[slice, slice]:
    """Windows whose ``position`` lies in an image of ``size``, and where it lies."""
    inside = [i for i in range(windows) if 0 <= i * stride - pad + position < size]
    if not inside:
        return slice(0, 0), slice(0, 0)
    first = inside[0] * stride - pad + position
    return slice(inside[0], inside[-1] + 1), slice(first, first + (len(inside) - 1) * stride + 1, stride)


def _positions(
    kernel: Sequence[int], attrs: Attributes, size: Sequence[int], windows: Sequence[int]
) -> Iterator[tuple[int, int, Part, Part]]:
    """The kernel's positions, row by row, each with the windows that have it in the image, and its pixels."""
    (top, left, _, _), (stride_h, stride_w) = attrs["pads"], attrs["strides"]
    for i in range(kernel[0]):
        rows, image_rows = _within(i, top, stride_h, size[0], windows[0])
        for j in range(kernel[1]):
            cols, image_cols = _within(j, left, stride_w, size[1], windows[1])
            yield i, j, (rows, cols), (image_rows, image_cols)


def conv(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[1,H,W,C], Wt[KH,KW,C] -> Z[1,OH,OW,C]."""
    x, w = inputs
    (top, left, bottom, right), (stride_h, stride_w) = attrs["pads"], attrs["strides"]
    windows = (
        (x.shape[1] + top + bottom - w.shape[0]) // stride_h + 1,
        (x.shape[2] + left + right - w.shape[1]) // stride_w + 1,
    )
    z = np.zeros((*windows, w.shape[2]), np.float32)
    for i, j, seen, pixels in _positions(w.shape[:2], attrs, x.shape[1:3], windows):
        z[seen] = fma(x[0][pixels], w[i, j], z[seen])
    return [z[None]]


def input_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dZ[1,OH,OW,C], Wt[KH,KW,C] -> dX[1,H,W,C]."""
    dz, w = inputs
    dx = np.zeros((*attrs["size"], w.shape[2]), np.float32)
    for i, j, seen, pixels in _positions(w.shape[:2], attrs, attrs["size"], dz.shape[1:3]):
        dx[pixels] = fma(dz[0][seen], w[i, j], dx[pixels])
    return [dx[None]]


def weight_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[1,H,W,C], dZ[1,OH,OW,C] -> dWt[KH,KW,C]."""
    x, dz = inputs
    dw = np.zeros((*attrs["kernel"], x.shape[3]), np.float32)
    for i, j, seen, pixels in _positions(attrs["kernel"], attrs, x.shape[1:3], dz.shape[1:3]):
        given, met = x[0][pixels], dz[0][seen]
        for place in np.ndindex(given.shape[:2]):
            dw[i, j] = fma(given[place], met[place], dw[i, j])
    return [dw]


OPS: dict[str, Model] = {
    "DepthwiseConv": conv,
    "DepthwiseInputGrad": input_grad,
    "DepthwiseWeightGrad": weight_grad,
}
