# SPDX-License-Identifier: Apache-2.0
"""Activation functions and their gradients (firmware/kernels/activation.c)."""

import numpy as np

from golden.fp32 import add, fma, fmax, mul, sub
from golden.machine.functions import C, exp, exp_reduced, horner, log, normal, recip
from golden.model import Arrays, Attributes, Model
from traindeploy.ir import Node


def relu(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """fmax(x, +0)"""
    return [fmax(inputs[0], np.float32(0))]


def relu_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dy where x > 0, else +0"""
    dy, x = inputs
    return [np.where(x > 0, dy, np.float32(0))]


def gelu(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """x * Phi(x), exact form."""
    (x,) = inputs
    return [mul(x, normal(x)[0])]


def gelu_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dy * (Phi(x) + x * phi(x))"""
    dy, x = inputs
    cdf, kernel = normal(x)
    return [mul(dy, fma(x, mul(kernel, C["INV_SQRT_2PI"]), cdf))]


def sigmoid(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """e = exp(-|x|); r = recip(1 + e); e * r for negative x, else r."""
    (x,) = inputs
    e = exp(-np.abs(x))
    r = recip(add(np.float32(1), e))
    return [mul(r, np.where(np.signbit(x), e, np.float32(1)))]


def sigmoid_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dy * fma(-y, y, y)"""
    dy, y = inputs
    return [mul(dy, fma(-y, y, y))]


def clip(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """t = x < low ? low : x; t > high ? high : t"""
    (x,) = inputs
    low, high = np.float32(attrs["low"]), np.float32(attrs["high"])
    t = np.where(x < low, low, x)
    return [np.where(t > high, high, t)]


def clip_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dy where low < x < high, else +0"""
    dy, x = inputs
    inside = (x > np.float32(attrs["low"])) & (x < np.float32(attrs["high"]))
    return [np.where(inside, dy, np.float32(0))]


def expm1(a: np.ndarray) -> np.ndarray:
    """e^a - 1 for a <= 0, by exp's reduction and polynomial; -1 where e^a would be subnormal."""
    one = np.float32(1)
    r, power = exp_reduced(a)
    tail = horner(r, *(C[f"EXP_C{i}"] for i in range(6, 1, -1)))
    m = fma(power, fma(mul(r, r), tail, r), sub(power, one))
    return np.where(a < C["EXP_MIN"], -one, m)


def elu(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """x where x > 0, else alpha * expm1(-|x|)"""
    (x,) = inputs
    return [np.where(x > 0, x, mul(np.float32(attrs["alpha"]), expm1(-np.abs(x))))]


def elu_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dy where y > 0, else dy * (y + alpha)"""
    dy, y = inputs
    return [np.where(y > 0, dy, mul(dy, add(y, np.float32(attrs["alpha"]))))]


def softplus(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """log(1 + exp(-|x|)) + (x < 0 ? +0 : x)"""
    (x,) = inputs
    return [add(log(add(np.float32(1), exp(-np.abs(x)))), np.where(x < 0, np.float32(0), x))]


def tanh(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """m = expm1(-2|x|) by exp's reduction and polynomial; |m * recip(m + 2)| with the sign of x."""
    (x,) = inputs
    one = np.float32(1)
    m = expm1(mul(np.float32(-2), np.abs(x)))
    magnitude = np.abs(mul(m, recip(add(m, np.float32(2)))))
    return [mul(magnitude, np.copysign(one, x))]


def tanh_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dy * fma(-y, y, 1)"""
    dy, y = inputs
    return [mul(dy, fma(-y, y, np.float32(1)))]


OPS: dict[str, Model] = {
    "Relu": relu,
    "ReluGrad": relu_grad,
    "Clip": clip,
    "ClipGrad": clip_grad,
    "Elu": elu,
    "EluGrad": elu_grad,
    "Softplus": softplus,
    "Gelu": gelu,
    "GeluGrad": gelu_grad,
    "Sigmoid": sigmoid,
    "SigmoidGrad": sigmoid_grad,
    "Tanh": tanh,
    "TanhGrad": tanh_grad,
}
