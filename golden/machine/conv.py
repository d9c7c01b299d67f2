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


def weight_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[1, H, W, C], dZ[1, OH, OW, F] -> dWt[KH, KW, C, F]."""
    x, dz = inputs
    filters = dz.shape[-1]
    matrix = im2col(x[0], attrs["kernel"], attrs["strides"], attrs["pads"])
    dw = matmul(np.ascontiguousarray(matrix.T), dz.reshape(-1, filters))
    return [dw.reshape(*attrs["kernel"], x.shape[-1], filters)]


def input_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dZ[1, OH, OW, F], Wt[KH, KW, C, F] -> dX[1, H, W, C]."""
    dz, weight = inputs
    kh, kw, channels, _ = weight.shape
    top, left, bottom, right = attrs["pads"]
    matrix = im2col(dz[0], (kh, kw), (1, 1), (kh - 1 - top, kw - 1 - left, kh - 1 - bottom, kw - 1 - right))
    turned = np.ascontiguousarray(weight[::-1, ::-1].transpose(0, 1, 3, 2)).reshape(-1, channels)
    width = dz.shape[2] + kw - 1 - left - right
    return [matmul(matrix, turned).reshape(1, -1, width, channels)]


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


OPS: dict[str, Model] = {
    "Conv": conv,
    "ConvWeightGrad": weight_grad,
    "ConvInputGrad": input_grad,
    "Col2im": col2im,
}
