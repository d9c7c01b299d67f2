# SPDX-License-Identifier: Apache-2.0
"""Convolutions of NHWC images."""

from collections.abc import Sequence

import numpy as np

from golden.math.gemm import product_error
from golden.math.pool import windows
from golden.math.rounding import SECOND_ORDER, chain_error
from golden.model import Arrays, Attributes, Bound, Model
from traindeploy.ir import Node


def conv(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[1,H,W,C], Wt[KH,KW,C,F] -> Z[1,OH,OW,F], zero padding."""
    x, weight = inputs
    patches = windows(x, weight.shape[:2], attrs, 0.0)
    return [np.einsum("hwcij,ijcf->hwf", patches, np.asarray(weight, np.float64), optimize=True)[None]]


def conv_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """As Gemm's, over KH KW C products in that order."""
    x, weight = inputs
    filters = weight.shape[-1]
    patches = windows(x, weight.shape[:2], node.attrs, 0.0).transpose(0, 1, 3, 4, 2)
    matrix = patches.reshape(patches.shape[0] * patches.shape[1], -1)
    start = np.zeros((len(matrix), filters))
    return [product_error(matrix, np.asarray(weight, np.float64).reshape(-1, filters), start).reshape(outputs[0].shape)]


def weight_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[1,H,W,C], dZ[1,OH,OW,F] -> dWt[KH,KW,C,F]: each weight's sum over the windows that it is in."""
    x, dz = inputs
    patches = windows(x, attrs["kernel"], attrs, 0.0)
    return [np.einsum("hwcij,hwf->ijcf", patches, np.asarray(dz[0], np.float64), optimize=True)]


def weight_grad_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """As Gemm's, over OH OW products, row by row."""
    x, dz = inputs
    patches = windows(x, node.attrs["kernel"], node.attrs, 0.0).transpose(3, 4, 2, 0, 1)
    filters = dz.shape[-1]
    matrix = patches.reshape(-1, dz.size // filters)
    start = np.zeros((len(matrix), filters))
    given = np.asarray(dz, np.float64).reshape(-1, filters)
    return [product_error(matrix, given, start).reshape(outputs[0].shape)]


def _spread(dz: np.ndarray, weight: np.ndarray, pads: Sequence[int]) -> tuple[np.ndarray, tuple[int, int]]:
    """For each pixel of X, kernel position and filter the element of dZ that it meets there, else 0.

    [H,W,KH,KW,F] with the kernel's positions descending, and the image's size.
    """
    kernel_h, kernel_w, _, filters = weight.shape
    top, left, bottom, right = pads
    out_height, out_width = dz.shape[1:3]
    height, width = out_height + kernel_h - 1 - top - bottom, out_width + kernel_w - 1 - left - right
    met = np.zeros((height, width, kernel_h, kernel_w, filters))
    for y, x, i, j in np.ndindex(height, width, kernel_h, kernel_w):
        row, column = y + top - i, x + left - j
        if 0 <= row < out_height and 0 <= column < out_width:
            met[y, x, kernel_h - 1 - i, kernel_w - 1 - j] = dz[0, row, column]
    return met, (height, width)


def input_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dZ[1,OH,OW,F], Wt[KH,KW,C,F] -> dX[1,H,W,C] of a convolution of stride 1."""
    dz, weight = inputs
    met, _ = _spread(dz, weight, attrs["pads"])
    return [np.einsum("hwijf,ijcf->hwc", met, np.asarray(weight, np.float64)[::-1, ::-1], optimize=True)[None]]


def input_grad_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """As Gemm's, over KH KW F products, kernel positions descending."""
    dz, weight = inputs
    met, (height, width) = _spread(dz, weight, node.attrs["pads"])
    turned = np.asarray(weight, np.float64)[::-1, ::-1].transpose(0, 1, 3, 2)
    matrix, given = met.reshape(height * width, -1), turned.reshape(-1, weight.shape[2])
    return [
        product_error(matrix, given, np.zeros(outputs[0].shape).reshape(height * width, -1)).reshape(outputs[0].shape)
    ]


def _contributions(m: np.ndarray, attrs: Attributes) -> list[list[list[np.ndarray]]]:
    """What each pixel of the image is the sum of, in the order of the positions in a window: [H][W] lists of [C]."""
    (height, width), (kernel_h, kernel_w) = attrs["size"], attrs["kernel"]
    (stride_h, stride_w), (top, left, _, right) = attrs["strides"], attrs["pads"]
    across = (width + left + right - kernel_w) // stride_w + 1
    taps = np.asarray(m, np.float64).reshape(len(m), kernel_h, kernel_w, -1)
    found: list[list[list[np.ndarray]]] = [[[] for _ in range(width)] for _ in range(height)]
    for i in range(kernel_h):
        for j in range(kernel_w):
            for window in range(len(m)):
                y, x = window // across * stride_h - top + i, window % across * stride_w - left + j
                if 0 <= y < height and 0 <= x < width:
                    found[y][x].append(taps[window, i, j])
    return found


def col2im(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """The transpose of im2col: M[OH*OW,KH*KW*C] -> X[1,H,W,C], every pixel the sum of what windows hold of it."""
    (height, width), (kernel_h, kernel_w) = attrs["size"], attrs["kernel"]
    channels = inputs[0].shape[1] // (kernel_h * kernel_w)
    image = np.zeros((1, height, width, channels))
    for y, row in enumerate(_contributions(inputs[0], attrs)):
        for x, terms in enumerate(row):
            if terms:
                image[0, y, x] = np.sum(terms, axis=0)
    return [image]


def col2im_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """As ReduceSum's: the first term is exact, each other one rounds the sum."""
    error = np.zeros(outputs[0].shape)
    for y, row in enumerate(_contributions(inputs[0], node.attrs)):
        for x, terms in enumerate(row):
            if terms:
                error[0, y, x] = chain_error(np.stack(terms, axis=-1)) * SECOND_ORDER
    return [error]


OPERATORS: dict[str, tuple[Model, Bound]] = {
    "Conv": (conv, conv_bound),
    "ConvWeightGrad": (weight_grad, weight_grad_bound),
    "ConvInputGrad": (input_grad, input_grad_bound),
    "Col2im": (col2im, col2im_bound),
}
