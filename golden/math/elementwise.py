# SPDX-License-Identifier: Apache-2.0
"""Operators that work on each element alone; Gelu in its exact form x Phi(x), Phi(x) = erfc(-x / sqrt(2)) / 2."""

import math

import numpy as np

from golden.math.matrix import exact
from golden.math.rounding import GELU, GELU_SLOPE, SMALLEST_NORMAL, TINY, U

_erfc = np.vectorize(math.erfc, otypes=[np.float64])


def _float64(inputs):
    return [np.asarray(i, np.float64) for i in inputs]


def _phi(x: np.ndarray) -> np.ndarray:
    return 0.5 * _erfc(-x / math.sqrt(2.0))


def relu(node, inputs, attrs):
    return [np.maximum(_float64(inputs)[0], 0.0)]


def relu_grad(node, inputs, attrs):
    dy, x = _float64(inputs)
    return [np.where(x > 0, dy, 0.0)]


def add(node, inputs, attrs):
    """Also AddRow: A[R,C] + b[C]."""
    a, b = _float64(inputs)
    return [a + b]


def mul(node, inputs, attrs):
    a, b = _float64(inputs)
    return [a * b]


def scale(node, inputs, attrs):
    return [_float64(inputs)[0] * attrs["alpha"]]


def sgd(node, inputs, attrs):
    w, g = _float64(inputs)
    return [w - attrs["lr"] * g]


def gelu(node, inputs, attrs):
    x = _float64(inputs)[0]
    return [x * _phi(x)]


def gelu_grad(node, inputs, attrs):
    """dY, X -> dY (Phi(x) + x phi(x))."""
    dy, x = _float64(inputs)
    return [dy * (_phi(x) + x * np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi))]


def one_rounding(node, inputs, outputs):
    return [U * np.abs(o) + TINY for o in outputs]


def gelu_bound(node, inputs, outputs):
    """The stated relative error; where Phi(x) underflows, x Phi(x) may become 0."""
    return [GELU * np.abs(outputs[0]) + SMALLEST_NORMAL * np.abs(_float64(inputs)[0])]


def gelu_grad_bound(node, inputs, outputs):
    """The stated absolute error of the slope, and the rounding of the product."""
    return [GELU_SLOPE * np.abs(_float64(inputs)[0]) + U * np.abs(outputs[0]) + TINY]


OPERATORS = {
    "Add": (add, one_rounding),
    "AddRow": (add, one_rounding),
    "Gelu": (gelu, gelu_bound),
    "GeluGrad": (gelu_grad, gelu_grad_bound),
    "Mul": (mul, one_rounding),
    "Relu": (relu, exact),
    "ReluGrad": (relu_grad, exact),
    "Scale": (scale, one_rounding),
    "Sgd": (sgd, one_rounding),
}
