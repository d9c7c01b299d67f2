# SPDX-License-Identifier: Apache-2.0
"""Sums, products and scalings (firmware/kernels/elementwise.c)."""

import numpy as np

from golden import fp32
from golden.model import Arrays, Attributes, Model
from traindeploy.ir import Node


def add(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """a + b; for AddRow b[C] is added to every row of a[R, C]."""
    return [fp32.add(inputs[0], inputs[1])]


def mul(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """a * b"""
    return [fp32.mul(inputs[0], inputs[1])]


def scale(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """a * alpha"""
    return [fp32.mul(inputs[0], np.float32(attrs["alpha"]))]


OPS: dict[str, Model] = {"Add": add, "AddRow": add, "Mul": mul, "Scale": scale}
