# SPDX-License-Identifier: Apache-2.0
"""Convolutions."""

from traindeploy.frontend.lowering import Lowering, Rule, Value
from traindeploy.frontend.onnx_import import OnnxNode
from traindeploy.frontend.rules.window import window


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
    attrs, (out_h, out_w) = window(low, node, (height, width), (kernel_h, kernel_w))
    if node.inputs[1] not in low.graph.tensors:
        low.emit.parameter(node.inputs[1], weight.transpose(2, 3, 1, 0))
    shape = (1, filters, out_h, out_w)
    low.define(node, "Conv", [x, node.inputs[1]], (1, out_h, out_w, filters), shape, nhwc=True, **attrs)
    if len(node.inputs) > 2 and node.inputs[2]:
        flat = low.emit.reshape(node.outputs[0], (out_h * out_w, filters))
        biased = low.emit.one(
            "AddRow", f"{node.name}.bias", [flat, low.plain(node.inputs[2], (filters,))], (out_h * out_w, filters)
        )
        low.values[node.outputs[0]] = Value(low.emit.reshape(biased, (1, out_h, out_w, filters)), shape, nhwc=True)


RULES: dict[str, Rule] = {"Conv": conv}
