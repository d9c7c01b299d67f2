# SPDX-License-Identifier: Apache-2.0
"""Depthwise convolutions."""

from traindeploy.ir import Node
from traindeploy.ir.emit import Emitter
from traindeploy.training.rules.rule import Gradients, Rule


def depthwise(emit: Emitter, node: Node, dz: str, wanted: list[bool]) -> Gradients:
    """Of any stride and padding; pixels that no window reaches get +0."""
    x, w = node.inputs
    attrs = {name: tuple(node.attrs[name]) for name in ("strides", "pads")}
    dx = dw = None
    if wanted[0]:
        shape = emit.shape(x)
        dx = emit.one("DepthwiseInputGrad", f"{node.name}.dX", [dz, w], shape, size=shape[1:3], **attrs)
    if wanted[1]:
        shape = emit.shape(w)
        dw = emit.one("DepthwiseWeightGrad", f"{node.name}.dW", [x, dz], shape, kernel=shape[:2], **attrs)
    return [dx, dw]


RULES: dict[str, Rule] = {"DepthwiseConv": depthwise}
