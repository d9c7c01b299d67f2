# SPDX-License-Identifier: Apache-2.0
"""Sums, products and scalings."""

import numpy as np

from golden.math.rounding import RECIP, RSQRT, SECOND_ORDER, TINY, float64, gamma, one_rounding
from golden.model import Arrays, Attributes, Bound, Model
from traindeploy.ir import Node


def add(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """Also AddRow: A[R,C] + b[C]."""
    a, b = float64(inputs)
    return [a + b]


def mul(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    a, b = float64(inputs)
    return [a * b]


def reciprocal(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    return [1.0 / float64(inputs)[0]]


def reciprocal_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dY, Y -> -dY Y^2."""
    dy, y = float64(inputs)
    return [-dy * y * y]


def rsqrt(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    return [1.0 / np.sqrt(float64(inputs)[0])]


def rsqrt_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dY, Y -> -dY Y^3 / 2."""
    dy, y = float64(inputs)
    return [-0.5 * dy * y * y * y]


def reciprocal_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    return [RECIP * SECOND_ORDER * np.abs(outputs[0])]


def rsqrt_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    return [RSQRT * SECOND_ORDER * np.abs(outputs[0])]


def square_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """Two products; the first may underflow, and the second enlarges what it loses."""
    return [gamma(2) * np.abs(outputs[0]) + TINY * (np.abs(float64(inputs)[1]) + 1.0)]


def cube_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """Products of dY, of Y (exact by a half otherwise), of Y^2, and theirs; each may underflow."""
    dy, y = (np.abs(i) for i in float64(inputs))
    return [gamma(3) * np.abs(outputs[0]) + TINY * (1.0 + y * y + y * y * y + dy * y)]


def scale(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    return [float64(inputs)[0] * attrs["alpha"]]


OPERATORS: dict[str, tuple[Model, Bound]] = {
    "Add": (add, one_rounding),
    "AddRow": (add, one_rounding),
    "Mul": (mul, one_rounding),
    "MulRow": (mul, one_rounding),
    "Reciprocal": (reciprocal, reciprocal_bound),
    "ReciprocalGrad": (reciprocal_grad, square_bound),
    "Rsqrt": (rsqrt, rsqrt_bound),
    "RsqrtGrad": (rsqrt_grad, cube_bound),
    "Scale": (scale, one_rounding),
}
