# SPDX-License-Identifier: Apache-2.0
"""Pooling."""

from traindeploy.frontend.lowering import Lowering, Rule
from traindeploy.frontend.rules.window import window
from traindeploy.frontend.source import OnnxNode


def maxpool(low: Lowering, node: OnnxNode) -> None:
    x = low.image(node.inputs[0], node)
    _, height, width, channels = low.emit.shape(x)
    kernel = tuple(node.attrs["kernel_shape"])
    if len(kernel) != 2 or len(node.outputs) != 1:
        raise low.fail(node, "expected a 2-D pooling with one output")
    attrs, (out_h, out_w) = window(low, node, (height, width), kernel)
    if any(pad >= kernel[i % 2] for i, pad in enumerate(attrs["pads"])):
        raise low.fail(node, f"pads {list(attrs['pads'])}: expected less than the kernel {list(kernel)}")
    node.attrs.get("storage_order")  # of the second output only, which is refused
    low.define(
        node,
        "MaxPool",
        [x],
        (1, out_h, out_w, channels),
        (1, channels, out_h, out_w),
        nhwc=True,
        kernel=kernel,
        **attrs,
    )


RULES: dict[str, Rule] = {"MaxPool": maxpool}
