# SPDX-License-Identifier: Apache-2.0
"""Sums, products and scalings."""

from golden.math.rounding import float64, one_rounding
from golden.model import Arrays, Attributes, Bound, Model
from traindeploy.ir import Node


def add(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """Also AddRow: A[R,C] + b[C]."""
    a, b = float64(inputs)
    return [a + b]


def mul(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    a, b = float64(inputs)
    return [a * b]


def scale(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    return [float64(inputs)[0] * attrs["alpha"]]


OPERATORS: dict[str, tuple[Model, Bound]] = {
    "Add": (add, one_rounding),
    "AddRow": (add, one_rounding),
    "Mul": (mul, one_rounding),
    "Scale": (scale, one_rounding),
}
