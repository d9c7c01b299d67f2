# SPDX-License-Identifier: Apache-2.0
"""Convolution: im2col (firmware/kernels/conv.c), then a matrix product (gemm.c, RedMule)."""

from collections.abc import Sequence

import numpy as np

from golden.fp32 import add, matmul
from golden.model import Arrays, Attributes, Model
from traindeploy.ir import Node


def im2col(x: np.ndarray, kernel: Sequence[int], strides: Sequence[int], pads: Sequence[int]) -> np.ndarray:
    """[OH*OW, KH*KW*C] of an image [H, W, C], zeros in the padding; ``pads``: top, left, bottom, right."""
    (kh, kw), (sh, sw), (top, left, bottom, right) = kernel, strides, pads
    padded = np.pad(x, ((top, bottom), (left, right), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(0, 1))[::sh, ::sw]  # OH, OW, C, KH, KW
    return np.ascontiguousarray(windows.transpose(0, 1, 3, 4, 2)).reshape(windows.shape[0] * windows.shape[1], -1)


def conv(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[1, H, W, C], Wt[KH, KW, C, F] -> Z[1, OH, OW, F]."""
    x, weight = inputs
    kh, kw, channels, filters = weight.shape
    _, height, width, _ = x.shape
    (sh, sw), (top, left, bottom, right) = attrs["strides"], attrs["pads"]
    out_height, out_width = (height + top + bottom - kh) // sh + 1, (width + left + right - kw) // sw + 1
    matrix = im2col(x[0], (kh, kw), (sh, sw), (top, left, bottom, right))
    z = matmul(matrix, weight.reshape(kh * kw * channels, filters))
    return [z.reshape(1, out_height, out_width, filters)]


def columns(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[1, H, W, C] -> M[OH*OW, KH*KW*C]."""
    return [im2col(inputs[0][0], attrs["kernel"], attrs["strides"], attrs["pads"])]


def col2im(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """M[OH*OW, KH*KW*C] -> X[1, H, W, C]: the window's positions in order, from +0."""
    (kh, kw), (sh, sw), (top, left, bottom, right) = attrs["kernel"], attrs["strides"], attrs["pads"]
    height, width = attrs["size"]
    rows, cols = (height + top + bottom - kh) // sh + 1, (width + left + right - kw) // sw + 1
    windows = inputs[0].reshape(rows, cols, kh, kw, -1)
    image = np.zeros((height + top + bottom, width + left + right, windows.shape[-1]), np.float32)
    for i in range(kh):
        for j in range(kw):
            part = image[i : i + sh * rows : sh, j : j + sw * cols : sw][:rows, :cols]
            part[...] = add(part, np.ascontiguousarray(windows[:, :, i, j]))
    return [np.ascontiguousarray(image[top : top + height, left : left + width])[None]]


OPS: dict[str, Model] = {"Conv": conv, "Im2col": columns, "Col2im": col2im}
