# SPDX-License-Identifier: Apache-2.0
"""Activation functions that the catalogue does not map by itself."""

import numpy as np

from traindeploy.frontend.lowering import Lowering, Rule, Value
from traindeploy.frontend.source import OnnxNode

SQRT_2_OVER_PI = (2 / np.pi) ** 0.5


def gelu(low: Lowering, node: OnnxNode) -> None:
    """The erf form is an operator of ours, the tanh form is written out."""
    form = node.attrs.get("approximate", b"none")
    if form == b"tanh":
        fast_gelu(low, node)
    elif form == b"none":
        low.unary(node, "Gelu")
    else:
        raise low.fail(node, f"approximate = {form.decode()}: expected none or tanh")


def fast_gelu(low: Lowering, node: OnnxNode) -> None:
    """h + h tanh(sqrt(2/pi) (x + 0.044715 x^3)) with h = x/2."""
    if node.optional(1):
        raise low.fail(node, "a bias inside is not supported: add it before")
    value = low.value(node.inputs[0])
    x = value.tensor if value.nhwc else low.plain(node.inputs[0])
    dims = low.emit.shape(x)

    def emit(op: str, part: str, *inputs: str, **attrs: float) -> str:
        return low.emit.one(op, f"{node.name}.{part}", list(inputs), dims, **attrs)

    def scale(part: str, tensor: str, factor: float) -> str:
        return emit("Scale", part, tensor, alpha=float(np.float32(factor)))

    cube = emit("Mul", "cube", emit("Mul", "square", x, x), x)
    inner = emit("Add", "inner", x, scale("cubic", cube, 0.044715))
    curve = emit("Tanh", "tanh", scale("argument", inner, SQRT_2_OVER_PI))
    half = scale("half", x, 0.5)
    low.define(node, "Add", [half, emit("Mul", "product", half, curve)], dims, value.shape, value.nhwc)
    low.values[node.outputs[0]] = Value(node.outputs[0], value.shape, value.nhwc)


RULES: dict[str, Rule] = {"Gelu": gelu, "com.microsoft.Gelu": gelu, "com.microsoft.FastGelu": fast_gelu}
