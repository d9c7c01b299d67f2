# SPDX-License-Identifier: Apache-2.0
"""Sums, products and activation functions with their slopes."""

import math

from traindeploy.export.builder import Builder
from traindeploy.export.forms.form import Call, Form


def _same(op: str) -> Form:
    """An operator that ONNX has, too, under the name ``op``."""
    return lambda b, call: [b.op(op, *call.inputs)]


def scale(b: Builder, call: Call) -> list[str]:
    return [b.mul(call.inputs[0], b.number(call.attrs["alpha"]))]


def relu_grad(b: Builder, call: Call) -> list[str]:
    dy, x = call.inputs
    return [b.chosen(b.op("Greater", x, b.number(0)), dy, b.number(0))]


def _phi(b: Builder, x: str) -> str:
    """The normal distribution's function."""
    half = b.mul(b.op("Erf", b.mul(x, b.number(math.sqrt(0.5)))), b.number(0.5))
    return b.add(half, b.number(0.5))


def gelu(b: Builder, call: Call) -> list[str]:
    return [b.mul(call.inputs[0], _phi(b, call.inputs[0]))]


def gelu_grad(b: Builder, call: Call) -> list[str]:
    """dY (Phi(x) + x phi(x))."""
    dy, x = call.inputs
    bell = b.op("Exp", b.mul(x, x, b.number(-0.5)))
    return [b.mul(dy, b.add(_phi(b, x), b.mul(x, bell, b.number(1 / math.sqrt(2 * math.pi)))))]


def sigmoid_grad(b: Builder, call: Call) -> list[str]:
    dy, y = call.inputs
    return [b.mul(dy, y, b.sub(b.number(1), y))]


def tanh_grad(b: Builder, call: Call) -> list[str]:
    dy, y = call.inputs
    return [b.mul(dy, b.sub(b.number(1), b.mul(y, y)))]


def clip(b: Builder, call: Call) -> list[str]:
    low, high = (b.number(call.attrs[name]) for name in ("low", "high"))
    return [b.op("Min", b.op("Max", call.inputs[0], low), high)]


def clip_grad(b: Builder, call: Call) -> list[str]:
    """0 on the limits, too."""
    dy, x = call.inputs
    low, high = (b.number(call.attrs[name]) for name in ("low", "high"))
    return [b.chosen(b.op("And", b.op("Greater", x, low), b.op("Less", x, high)), dy, b.number(0))]


def elu(b: Builder, call: Call) -> list[str]:
    return [b.op("Elu", call.inputs[0], alpha=call.attrs["alpha"])]


def elu_grad(b: Builder, call: Call) -> list[str]:
    """dY where Y > 0, else dY (Y + alpha)."""
    dy, y = call.inputs
    slope = b.mul(dy, b.add(y, b.number(call.attrs["alpha"])))
    return [b.chosen(b.op("Greater", y, b.number(0)), dy, slope)]


def rsqrt(b: Builder, call: Call) -> list[str]:
    return [b.op("Reciprocal", b.op("Sqrt", call.inputs[0]))]


def reciprocal_grad(b: Builder, call: Call) -> list[str]:
    """-dY Y^2."""
    dy, y = call.inputs
    return [b.op("Neg", b.mul(dy, y, y))]


def rsqrt_grad(b: Builder, call: Call) -> list[str]:
    """-dY Y^3 / 2."""
    dy, y = call.inputs
    return [b.mul(dy, y, y, y, b.number(-0.5))]


FORMS: dict[str, Form] = {
    "Add": _same("Add"),
    "AddRow": _same("Add"),
    "Mul": _same("Mul"),
    "MulRow": _same("Mul"),
    "Reciprocal": _same("Reciprocal"),
    "ReciprocalGrad": reciprocal_grad,
    "Rsqrt": rsqrt,
    "RsqrtGrad": rsqrt_grad,
    "Clip": clip,
    "ClipGrad": clip_grad,
    "Elu": elu,
    "EluGrad": elu_grad,
    "Softplus": _same("Softplus"),
    "Scale": scale,
    "Relu": _same("Relu"),
    "ReluGrad": relu_grad,
    "Gelu": gelu,
    "GeluGrad": gelu_grad,
    "Sigmoid": _same("Sigmoid"),
    "SigmoidGrad": sigmoid_grad,
    "Tanh": _same("Tanh"),
    "TanhGrad": tanh_grad,
}
