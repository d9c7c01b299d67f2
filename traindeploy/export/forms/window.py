# SPDX-License-Identifier: Apache-2.0
"""Convolutions and pooling: images are [1,H,W,C] and weights [KH,KW,C,F] here, [1,C,H,W] and [F,C,KH,KW] in ONNX."""

from typing import Any

import numpy as np

from traindeploy.export.builder import Builder
from traindeploy.export.forms.form import Call, Form


def _filters(b: Builder, weight: str) -> str:
    return b.transpose(weight, 3, 2, 0, 1)


def _windows(call: Call) -> dict[str, Any]:
    return {"strides": list(call.attrs["strides"]), "pads": list(call.attrs["pads"])}


def conv(b: Builder, call: Call) -> list[str]:
    x, weight = call.inputs
    return [b.image(b.op("Conv", b.planes(x), _filters(b, weight), **_windows(call)))]


def conv_weight_grad(b: Builder, call: Call) -> list[str]:
    """A convolution of each channel of X with each filter of dZ, whose elements lie ``strides`` apart.

    Rows and columns that no window reaches make it larger than the kernel; they are cut off.
    """
    x, dz = (b.transpose(name, 3, 0, 1, 2) for name in call.inputs)
    attrs = {"dilations": list(call.attrs["strides"]), "pads": list(call.attrs["pads"])}
    sums = b.op("Conv", x, dz, **attrs)
    height, width = call.attrs["kernel"]
    kernel = b.op("Slice", sums, b.integers(0, 0), b.integers(height, width), b.integers(2, 3))
    return [b.transpose(kernel, 2, 3, 0, 1)]


def conv_input_grad(b: Builder, call: Call) -> list[str]:
    dz, weight = call.inputs
    return [b.image(b.op("ConvTranspose", b.planes(dz), _filters(b, weight), pads=list(call.attrs["pads"])))]


def col2im(b: Builder, call: Call) -> list[str]:
    """M[OH*OW,KH*KW*C] -> X[1,H,W,C]."""
    windows, taps = call.shapes[0][0], int(np.prod(call.attrs["kernel"]))
    channels = call.results[0][-1]
    columns = b.transpose(b.reshape(call.inputs[0], windows, taps, channels), 2, 1, 0)
    columns = b.reshape(columns, 1, channels * taps, windows)
    size, kernel = b.integers(*call.attrs["size"]), b.integers(*call.attrs["kernel"])
    return [b.image(b.op("Col2Im", columns, size, kernel, **_windows(call)))]


def max_pool(b: Builder, call: Call) -> list[str]:
    attrs = {"kernel_shape": list(call.attrs["kernel"]), **_windows(call)}
    return [b.image(b.op("MaxPool", b.planes(call.inputs[0]), **attrs))]


def max_pool_grad(b: Builder, call: Call) -> list[str]:
    """dY goes to the window's largest element, the first of equals row by row; of overlapping windows it adds up.

    Position by position of the kernel, so that no runtime's choice among equals counts (ONNX leaves that open).
    """
    dy, x, y = call.inputs
    (_, out_height, out_width, channels), (_, height, width, _) = call.shapes[0], call.shapes[1]
    (stride_h, stride_w), (top, left, bottom, right) = call.attrs["strides"], call.attrs["pads"]
    tall, wide = height + top + bottom, width + left + right
    dy, y = (b.reshape(name, out_height * out_width, channels) for name in (dy, y))
    padded = b.op("Pad", x, b.integers(0, top, left, 0, 0, bottom, right, 0), b.number(-np.inf))
    pixels = b.reshape(padded, tall * wide, channels)
    corners = (np.arange(out_height)[:, None] * stride_h * wide + np.arange(out_width) * stride_w).reshape(-1)
    total = b.constant(np.zeros((tall * wide, channels), b.floating))
    free = b.constant(np.ones((out_height * out_width, channels), np.bool_))
    for i, j in np.ndindex(*call.attrs["kernel"]):
        places = corners + i * wide + j
        seen = b.op("Gather", pixels, b.integers(*places), axis=0)
        largest = b.op("And", free, b.op("Not", b.op("Less", seen, y)))
        free = b.op("And", free, b.op("Not", largest))
        given = b.chosen(largest, dy, b.number(0))
        total = b.op("ScatterND", total, b.constant(places[:, None].astype(np.int64)), given, reduction="add")
    image = b.reshape(total, 1, tall, wide, channels)
    inner = [b.integers(*ends) for ends in ((top, left), (top + height, left + width), (1, 2))]
    return [b.op("Slice", image, *inner)]


FORMS: dict[str, Form] = {
    "Conv": conv,
    "ConvWeightGrad": conv_weight_grad,
    "ConvInputGrad": conv_input_grad,
    "Col2im": col2im,
    "MaxPool": max_pool,
    "MaxPoolGrad": max_pool_grad,
}
