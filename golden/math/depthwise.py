# SPDX-License-Identifier: Apache-2.0
"""Depthwise convolutions of NHWC images: each channel by its own filter."""

import numpy as np

from golden.math.pool import windows
from golden.math.rounding import SECOND_ORDER, chain_error
from golden.model import Arrays, Attributes, Bound, Model
from traindeploy.ir import Node


def conv(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[1,H,W,C], Wt[KH,KW,C] -> Z[1,OH,OW,C], zero padding."""
    x, weight = inputs
    patches = windows(x, weight.shape[:2], attrs, 0.0)
    return [np.einsum("hwcij,ijc->hwc", patches, np.asarray(weight, np.float64))[None]]


def conv_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """KH KW products, each added by one fma."""
    x, weight = inputs
    patches = windows(x, weight.shape[:2], node.attrs, 0.0)
    terms = patches * np.asarray(weight, np.float64).transpose(2, 0, 1)
    return [(chain_error(terms.reshape(*terms.shape[:3], -1), fused=True) * SECOND_ORDER)[None]]


def weight_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[1,H,W,C], dZ[1,OH,OW,C] -> dWt[KH,KW,C]: each weight's sum over the windows."""
    x, dz = inputs
    patches = windows(x, attrs["kernel"], attrs, 0.0)
    return [np.einsum("hwcij,hwc->ijc", patches, np.asarray(dz[0], np.float64))]


def weight_grad_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """OH OW products, row by row, each added by one fma."""
    x, dz = inputs
    patches = windows(x, node.attrs["kernel"], node.attrs, 0.0)
    terms = (patches * np.asarray(dz[0], np.float64)[..., None, None]).transpose(3, 4, 2, 0, 1)
    return [chain_error(terms.reshape(*terms.shape[:3], -1), fused=True) * SECOND_ORDER]


def _met(node: Node, inputs: Arrays) -> np.ndarray:
    """[H,W,C,KH*KW]: for each pixel and position of the kernel, its weight times dZ of the window that has it there."""
    dz, weight = (np.asarray(i, np.float64) for i in inputs)
    attrs = node.attrs
    (height, width), (stride_h, stride_w), (top, left, _, _) = attrs["size"], attrs["strides"], attrs["pads"]
    kernel_h, kernel_w, channels = weight.shape
    terms = np.zeros((height, width, channels, kernel_h, kernel_w))
    for row, column, i, j in np.ndindex(*dz.shape[1:3], kernel_h, kernel_w):
        y, x = row * stride_h - top + i, column * stride_w - left + j
        if 0 <= y < height and 0 <= x < width:
            terms[y, x, :, i, j] = dz[0, row, column] * weight[i, j]
    return terms.reshape(height, width, channels, -1)


def input_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dZ[1,OH,OW,C], Wt[KH,KW,C] -> dX[1,H,W,C]."""
    return [_met(node, inputs).sum(axis=-1)[None]]


def input_grad_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """As many products as windows have the pixel, each added by one fma."""
    return [(chain_error(_met(node, inputs), fused=True) * SECOND_ORDER)[None]]


OPERATORS: dict[str, tuple[Model, Bound]] = {
    "DepthwiseConv": (conv, conv_bound),
    "DepthwiseInputGrad": (input_grad, input_grad_bound),
    "DepthwiseWeightGrad": (weight_grad, weight_grad_bound),
}
