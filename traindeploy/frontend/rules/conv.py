# SPDX-License-Identifier: Apache-2.0
"""Convolutions."""

from traindeploy.frontend.lowering import Lowering, Rule, Value
from traindeploy.frontend.rules.window import window
from traindeploy.frontend.source import OnnxNode


def conv(low: Lowering, node: OnnxNode) -> None:
    x = low.image(node.inputs[0], node)
    weight = low.constant(node.inputs[1])
    if weight is None or weight.ndim != 4 or node.attrs.get("group", 1) != 1:
        raise low.fail(node, "expected a 2-D convolution of one group with constant weights")
    _, height, width, channels = low.emit.shape(x)
    filters, weight_channels, kernel_h, kernel_w = weight.shape
    if weight_channels != channels:
        raise low.fail(
            node, f"weights {list(weight.shape)} expect {weight_channels} channels, the image has {channels}"
        )
    if tuple(node.attrs.get("kernel_shape", weight.shape[2:])) != weight.shape[2:]:
        raise low.fail(node, f"kernel_shape {node.attrs['kernel_shape']}, but the weights are {list(weight.shape)}")
    attrs, (out_h, out_w) = window(low, node, (height, width), (kernel_h, kernel_w))
    kernel = low.parameter(node.inputs[1], "kernel", weight.transpose(2, 3, 1, 0))
    shape = (1, filters, out_h, out_w)
    low.define(node, "Conv", [x, kernel], (1, out_h, out_w, filters), shape, nhwc=True, **attrs)
    bias = node.optional(2)
    if bias:
        if low.shape(bias) != (filters,):
            raise low.fail(node, f"bias of shape {list(low.shape(bias))}: expected [{filters}]")
        flat = low.emit.reshape(node.outputs[0], (out_h * out_w, filters))
        biased = low.emit.one(
            "AddRow", f"{node.name}.bias", [flat, low.plain(bias, (filters,))], (out_h * out_w, filters)
        )
        low.values[node.outputs[0]] = Value(low.emit.reshape(biased, (1, out_h, out_w, filters)), shape, nhwc=True)


RULES: dict[str, Rule] = {"Conv": conv}
