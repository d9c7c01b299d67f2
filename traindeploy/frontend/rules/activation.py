# SPDX-License-Identifier: Apache-2.0
"""Activation functions that the catalogue does not map by itself."""

import math

import numpy as np

from traindeploy.frontend.lowering import Lowering, Rule
from traindeploy.frontend.rules.chain import Chain, constant_number
from traindeploy.frontend.source import OnnxNode

SQRT_2_OVER_PI = (2 / np.pi) ** 0.5
LARGEST = float(np.finfo(np.float32).max)  # stands for no limit
SELU_ALPHA, SELU_GAMMA = 1.67326319217681884765625, 1.05070102214813232421875  # ONNX's defaults


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
    chain = Chain(low, node)
    x = chain.x
    cube = chain.op("Mul", "cube", chain.op("Mul", "square", x, x), x)
    inner = chain.op("Add", "inner", x, chain.scale("cubic", cube, 0.044715))
    curve = chain.op("Tanh", "tanh", chain.scale("argument", inner, SQRT_2_OVER_PI))
    half = chain.scale("half", x, 0.5)
    product = chain.op("Mul", "product", half, curve)
    low.define(node, "Add", [half, product], chain.dims, chain.value.shape, chain.value.nhwc)


def clip(low: Lowering, node: OnnxNode) -> None:
    """Between two constants, either of which may be left out."""
    limits = []
    for index, (name, none) in enumerate((("min", -LARGEST), ("max", LARGEST)), 1):
        given = node.attrs.get(name, none)
        if node.optional(index):
            given = constant_number(low, node, node.inputs[index])
        limits.append(min(max(float(np.float32(given)), -LARGEST), LARGEST))
    low.unary(node, "Clip", dict(zip(("low", "high"), limits, strict=True)))


def at_least(low: Lowering, node: OnnxNode) -> None:
    """Max and Min of a value and a constant number."""
    constants = [i for i in range(len(node.inputs)) if low.constant(node.inputs[i]) is not None]
    if len(node.inputs) != 2 or len(constants) != 1:
        raise low.fail(node, "supported is a value beside one constant number")
    limit = constant_number(low, node, node.inputs[constants[0]])
    limits = {"low": limit, "high": LARGEST} if node.op == "Max" else {"low": -LARGEST, "high": limit}
    low.unary(node, "Clip", limits, operand=1 - constants[0])


def absolute(low: Lowering, node: OnnxNode) -> None:
    """relu(x) + relu(-x): one of them is 0."""
    chain = Chain(low, node)
    below = chain.op("Relu", "below", chain.scale("negative", chain.x, -1.0))
    chain.end(chain.op("Add", "sum", chain.op("Relu", "above", chain.x), below))


def leaky_relu(low: Lowering, node: OnnxNode) -> None:
    """relu(x) - alpha relu(-x): one of them is 0, so that nothing is rounded twice."""
    chain = Chain(low, node)
    below = chain.op("Relu", "below", chain.scale("negative", chain.x, -1.0))
    scaled = chain.scale("leak", below, -node.attrs.get("alpha", 0.01))
    chain.end(chain.op("Add", "sum", chain.op("Relu", "above", chain.x), scaled))


def prelu(low: Lowering, node: OnnxNode) -> None:
    """As LeakyRelu, with a slope a channel, or one for all."""
    chain = Chain(low, node)
    slope, shape = low.constant(node.inputs[1]), chain.value.shape
    channels = shape[1] if len(shape) > 1 else 1
    is_row = slope is not None and slope.size == channels and (slope.shape + (1,) * len(shape))[0] in (1, channels)
    if slope is None or not (slope.size == 1 or (is_row and (chain.value.nhwc or len(shape) == 2))):
        raise low.fail(node, "supported is a constant slope, one for all or one a channel of an image")
    below = chain.op("Relu", "below", chain.scale("negative", chain.x, -1.0))
    if slope.size == 1:
        scaled = chain.scale("leak", below, -constant_number(low, node, node.inputs[1]))
    else:
        flat = (math.prod(chain.dims[:-1]), chain.dims[-1])
        row = low.plain(node.inputs[1], (channels,))
        leak = low.emit.one("MulRow", f"{node.name}.leak", [low.emit.reshape(below, flat), row], flat)
        scaled = chain.scale("minus", low.emit.reshape(leak, chain.dims), -1.0)
    chain.end(chain.op("Add", "sum", chain.op("Relu", "above", chain.x), scaled))


def hard_sigmoid(low: Lowering, node: OnnxNode) -> None:
    """clip(alpha x + beta, 0, 1)"""
    chain = Chain(low, node)
    chain.end(_hard_sigmoid(chain, node.attrs.get("alpha", 0.2), node.attrs.get("beta", 0.5)))


def hard_swish(low: Lowering, node: OnnxNode) -> None:
    """x clip(x / 6 + 1/2, 0, 1)"""
    chain = Chain(low, node)
    chain.end(chain.op("Mul", "product", chain.x, _hard_sigmoid(chain, 1 / 6, 0.5)))


def _hard_sigmoid(chain: Chain, alpha: float, beta: float) -> str:
    line = chain.shift("line", chain.scale("slope", chain.x, alpha), beta)
    return chain.op("Clip", "clip", line, low=0.0, high=1.0)


def mish(low: Lowering, node: OnnxNode) -> None:
    """x tanh(softplus(x))"""
    chain = Chain(low, node)
    gate = chain.op("Tanh", "gate", chain.op("Softplus", "softplus", chain.x))
    chain.end(chain.op("Mul", "product", chain.x, gate))


def selu(low: Lowering, node: OnnxNode) -> None:
    """gamma elu(x)"""
    chain = Chain(low, node)
    alpha, gamma = (float(np.float32(node.attrs.get(n, d))) for n, d in (("alpha", SELU_ALPHA), ("gamma", SELU_GAMMA)))
    if alpha < 0:
        raise low.fail(node, f"alpha = {alpha}: expected 0 or more")
    chain.end(chain.scale("scaled", chain.op("Elu", "elu", chain.x, alpha=alpha), gamma))


def celu(low: Lowering, node: OnnxNode) -> None:
    """alpha elu(x / alpha)"""
    chain = Chain(low, node)
    alpha = float(np.float32(node.attrs.get("alpha", 1.0)))
    if alpha <= 0:
        raise low.fail(node, f"alpha = {alpha}: expected a positive number")
    curve = chain.op("Elu", "elu", chain.scale("argument", chain.x, 1 / alpha), alpha=1.0)
    chain.end(chain.scale("scaled", curve, alpha))


def softsign(low: Lowering, node: OnnxNode) -> None:
    """x / (1 + |x|)"""
    chain = Chain(low, node)
    below = chain.op("Relu", "below", chain.scale("negative", chain.x, -1.0))
    size = chain.op("Add", "size", chain.op("Relu", "above", chain.x), below)
    inverse = chain.op("Reciprocal", "inverse", chain.shift("sum", size, 1.0))
    chain.end(chain.op("Mul", "product", chain.x, inverse))


def root(low: Lowering, node: OnnxNode) -> None:
    """x / sqrt(x)"""
    chain = Chain(low, node)
    chain.end(chain.op("Mul", "product", chain.x, chain.op("Rsqrt", "inverse", chain.x)))


RULES: dict[str, Rule] = {
    "Abs": absolute,
    "Celu": celu,
    "Clip": clip,
    "Gelu": gelu,
    "HardSigmoid": hard_sigmoid,
    "HardSwish": hard_swish,
    "LeakyRelu": leaky_relu,
    "Max": at_least,
    "Min": at_least,
    "Mish": mish,
    "PRelu": prelu,
    "Selu": selu,
    "Softsign": softsign,
    "Sqrt": root,
    "com.microsoft.FastGelu": fast_gelu,
    "com.microsoft.Gelu": gelu,
}
