# SPDX-License-Identifier: Apache-2.0
"""Elementwise operators and the SGD update (firmware/kernels/elementwise.c)."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from golden import fp32
from traindeploy.ir import Node

Inputs = list[np.ndarray]
Attributes = Mapping[str, Any]


def add(node: Node, inputs: Inputs, attrs: Attributes) -> list[np.ndarray]:
    """a + b; for AddRow b[C] is added to every row of a[R, C]."""
    return [fp32.add(inputs[0], inputs[1])]


def mul(node: Node, inputs: Inputs, attrs: Attributes) -> list[np.ndarray]:
    """a * b"""
    return [fp32.mul(inputs[0], inputs[1])]


def scale(node: Node, inputs: Inputs, attrs: Attributes) -> list[np.ndarray]:
    """a * alpha"""
    return [fp32.mul(inputs[0], np.float32(attrs["alpha"]))]


def relu(node: Node, inputs: Inputs, attrs: Attributes) -> list[np.ndarray]:
    """fmax(x, +0)"""
    return [fp32.fmax(inputs[0], np.float32(0))]


def relu_grad(node: Node, inputs: Inputs, attrs: Attributes) -> list[np.ndarray]:
    """dy where x > 0, else +0"""
    dy, x = inputs
    return [np.where(x > 0, dy, np.float32(0))]


def sgd(node: Node, inputs: Inputs, attrs: Attributes) -> list[np.ndarray]:
    """fma(-lr, g, w)"""
    w, g = inputs
    return [fp32.fma(-np.float32(attrs["lr"]), g, w)]


OPS = {"Add": add, "AddRow": add, "Mul": mul, "Scale": scale, "Relu": relu, "ReluGrad": relu_grad, "Sgd": sgd}
