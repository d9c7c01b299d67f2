# SPDX-License-Identifier: Apache-2.0
"""Activation functions; Gelu in its exact form x Phi(x), Phi(x) = erfc(-x / sqrt(2)) / 2."""

import math

import numpy as np

from golden.math.rounding import (
    EXP,
    GELU,
    GELU_SLOPE,
    LOG,
    RECIP,
    SECOND_ORDER,
    SMALLEST_NORMAL,
    TINY,
    U,
    exact,
    float64,
    gamma,
)
from golden.model import Arrays, Attributes, Bound, Model
from traindeploy.ir import Node

_erfc = np.vectorize(math.erfc, otypes=[np.float64])


def _phi(x: np.ndarray) -> np.ndarray:
    return 0.5 * np.asarray(_erfc(-x / math.sqrt(2.0)))


def relu(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    return [np.maximum(float64(inputs)[0], 0.0)]


def relu_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    dy, x = float64(inputs)
    return [np.where(x > 0, dy, 0.0)]


def gelu(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    x = float64(inputs)[0]
    return [x * _phi(x)]


def gelu_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dY, X -> dY (Phi(x) + x phi(x))."""
    dy, x = float64(inputs)
    return [dy * (_phi(x) + x * np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi))]


def sigmoid(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """1 / (1 + e^-x), without overflow."""
    x = float64(inputs)[0]
    e = np.exp(-np.abs(x))
    return [np.where(x < 0, e, 1.0) / (1.0 + e)]


def sigmoid_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dY, Y -> dY Y (1 - Y)."""
    dy, y = float64(inputs)
    return [dy * y * (1.0 - y)]


def sigmoid_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """For x < 0, e / (1 + e): EXP of e; EXP / 2 and U of 1 + e, for e is at most half of it; RECIP; U of the product.

    Where e would be subnormal the result may be 0.
    """
    return [(1.5 * EXP + RECIP + 2 * U) * SECOND_ORDER * np.abs(outputs[0]) + SMALLEST_NORMAL]


def tanh(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    return [np.tanh(float64(inputs)[0])]


def tanh_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dY, Y -> dY (1 - Y^2)."""
    dy, y = float64(inputs)
    return [dy * (1.0 - y * y)]


def tanh_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """-m / (m + 2) with m = expm1(-2|x|): 3.8 U from m, whose error counts 2 / (m + 2) times; U of m + 2; RECIP; U.

    m = 2^n p + (2^n - 1), p = expm1 of the reduced argument r. Where n = 0, m is p: the square of r, the polynomial
    and the last fma make 2.2 U, times 1.17 at most. Where n < 0, p's absolute error (r's rounding included) is 1.3 U
    and is halved at least; with the rounding of m that is 3.2 U of m = -0.29, times 1.17, and less for larger |m|.
    """
    return [(4.8 * U + RECIP + U) * SECOND_ORDER * np.abs(outputs[0]) + TINY]


def clip(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    return [np.minimum(np.maximum(float64(inputs)[0], attrs["low"]), attrs["high"])]


def clip_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dY, X -> dY between the limits, 0 beyond and on them."""
    dy, x = float64(inputs)
    return [np.where((x > attrs["low"]) & (x < attrs["high"]), dy, 0.0)]


def elu(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    x = float64(inputs)[0]
    return [np.where(x > 0, x, attrs["alpha"] * np.expm1(np.minimum(x, 0.0)))]


def elu_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dY, Y -> dY where Y > 0, else dY (Y + alpha)."""
    dy, y = float64(inputs)
    return [np.where(y > 0, dy, dy * (y + attrs["alpha"]))]


def elu_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """3.8 U of expm1 as in ``tanh_bound``, and the product with alpha; where x > 0 nothing is rounded."""
    x = float64(inputs)[0]
    return [np.where(x > 0, 0.0, 4.8 * U * SECOND_ORDER * np.abs(outputs[0]) + TINY)]


def elu_grad_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """Two roundings where Y is not positive, of the slope and of its product with dY."""
    dy, y = float64(inputs)
    return [np.where(y > 0, 0.0, gamma(2) * np.abs(outputs[0]) + TINY * (np.abs(dy) + 1.0))]


def softplus(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """log(1 + e^x), without overflow."""
    return [np.logaddexp(0.0, float64(inputs)[0])]


def softplus_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """e has EXP of itself, its sum with 1 is rounded (U of at most 2) and moves the logarithm by their quotient by
    1 + e; LOG of the logarithm; U of the sum.
    """
    x = np.abs(float64(inputs)[0])
    e = np.exp(-x)
    logarithm = np.log1p(e)
    error = (EXP * e + U * (1.0 + e)) / (1.0 + e) + LOG * logarithm
    return [(error + U * np.abs(outputs[0])) * SECOND_ORDER + SMALLEST_NORMAL]


def slope_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """Two roundings, of the slope from Y and of its product with dY; the slope may underflow."""
    return [gamma(2) * np.abs(outputs[0]) + TINY * (np.abs(float64(inputs)[0]) + 1.0)]


def gelu_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """The stated relative error; where Phi(x) underflows, x Phi(x) may become 0; a subnormal result is rounded."""
    return [GELU * np.abs(outputs[0]) + SMALLEST_NORMAL * np.abs(float64(inputs)[0]) + TINY]


def gelu_grad_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """The stated absolute error of the slope, and the rounding of the product."""
    return [GELU_SLOPE * np.abs(float64(inputs)[0]) + U * np.abs(outputs[0]) + TINY]


OPERATORS: dict[str, tuple[Model, Bound]] = {
    "Clip": (clip, exact),
    "ClipGrad": (clip_grad, exact),
    "Elu": (elu, elu_bound),
    "EluGrad": (elu_grad, elu_grad_bound),
    "Gelu": (gelu, gelu_bound),
    "GeluGrad": (gelu_grad, gelu_grad_bound),
    "Relu": (relu, exact),
    "ReluGrad": (relu_grad, exact),
    "Sigmoid": (sigmoid, sigmoid_bound),
    "SigmoidGrad": (sigmoid_grad, slope_bound),
    "Softplus": (softplus, softplus_bound),
    "Tanh": (tanh, tanh_bound),
    "TanhGrad": (tanh_grad, slope_bound),
}
