# SPDX-License-Identifier: Apache-2.0
"""Depthwise convolutions: weights are [KH,KW,C] here, [C,1,KH,KW] in ONNX, which calls each channel a group."""

from traindeploy.export.builder import Builder
from traindeploy.export.forms.form import Call, Form


def _filters(b: Builder, weight: str, shape: tuple[int, ...]) -> str:
    height, width, channels = shape
    return b.reshape(b.transpose(weight, 2, 0, 1), channels, 1, height, width)


def conv(b: Builder, call: Call) -> list[str]:
    x, weight = call.inputs
    attrs = {name: list(call.attrs[name]) for name in ("strides", "pads")}
    planes = b.op("Conv", b.planes(x), _filters(b, weight, call.shapes[1]), group=call.shapes[1][-1], **attrs)
    return [b.image(planes)]


def input_grad(b: Builder, call: Call) -> list[str]:
    """Rows and columns that no window reaches are what ONNX calls output padding."""
    dz, weight = call.inputs
    (stride_h, stride_w), (top, left, bottom, right) = call.attrs["strides"], call.attrs["pads"]
    (_, rows, columns, _), (kernel_h, kernel_w, channels) = call.shapes
    height, width = call.attrs["size"]
    left_over = [
        height - ((rows - 1) * stride_h + kernel_h - top - bottom),
        width - ((columns - 1) * stride_w + kernel_w - left - right),
    ]
    attrs = {"strides": [stride_h, stride_w], "pads": [top, left, bottom, right], "output_padding": left_over}
    filters = _filters(b, weight, call.shapes[1])
    return [b.image(b.op("ConvTranspose", b.planes(dz), filters, group=channels, **attrs))]


def weight_grad(b: Builder, call: Call) -> list[str]:
    """A convolution of each channel of X with its own of dZ, whose elements lie ``strides`` apart."""
    x, dz = call.inputs
    _, rows, columns, channels = call.shapes[1]
    attrs = {"dilations": list(call.attrs["strides"]), "pads": list(call.attrs["pads"])}
    given = b.reshape(b.planes(dz), channels, 1, rows, columns)
    sums = b.op("Conv", b.planes(x), given, group=channels, **attrs)
    height, width = call.attrs["kernel"]
    kernel = b.op("Slice", sums, b.integers(0, 0), b.integers(height, width), b.integers(2, 3))
    return [b.transpose(b.reshape(kernel, channels, height, width), 1, 2, 0)]


FORMS: dict[str, Form] = {
    "DepthwiseConv": conv,
    "DepthwiseInputGrad": input_grad,
    "DepthwiseWeightGrad": weight_grad,
}
