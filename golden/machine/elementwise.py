# SPDX-License-Identifier: Apache-2.0
"""Sums, products and scalings (firmware/kernels/elementwise.c)."""

import numpy as np

from golden import fp32
from golden.machine.functions import recip, rsqrt
from golden.model import Arrays, Attributes, Model
from traindeploy.ir import Node


def add(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """a + b; for AddRow b[C] is added to every row of a[R, C]."""
    return [fp32.add(inputs[0], inputs[1])]


def mul(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """a * b; for MulRow every row of a[R, C] times b[C]."""
    return [fp32.mul(inputs[0], inputs[1])]


def reciprocal(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """recip(x)"""
    return [recip(inputs[0])]


def reciprocal_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """(+0 - dy * y) * y"""
    dy, y = inputs
    return [fp32.mul(fp32.sub(np.float32(0), fp32.mul(dy, y)), y)]


def inverse_root(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """rsqrt(x)"""
    return [rsqrt(inputs[0])]


def inverse_root_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """((dy * -0.5) * y) * (y * y)"""
    dy, y = inputs
    return [fp32.mul(fp32.mul(fp32.mul(dy, np.float32(-0.5)), y), fp32.mul(y, y))]


def scale(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """a * alpha"""
    return [fp32.mul(inputs[0], np.float32(attrs["alpha"]))]


OPS: dict[str, Model] = {
    "Add": add,
    "AddRow": add,
    "Mul": mul,
    "MulRow": mul,
    "Reciprocal": reciprocal,
    "ReciprocalGrad": reciprocal_grad,
    "Rsqrt": inverse_root,
    "RsqrtGrad": inverse_root_grad,
    "Scale": scale,
}
