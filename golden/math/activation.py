# SPDX-License-Identifier: Apache-2.0
"""Activation functions; Gelu in its exact form x Phi(x), Phi(x) = erfc(-x / sqrt(2)) / 2."""

import math

import numpy as np

from golden.math.rounding import GELU, GELU_SLOPE, SMALLEST_NORMAL, TINY, U, exact, float64
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


def gelu_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """The stated relative error; where Phi(x) underflows, x Phi(x) may become 0."""
    return [GELU * np.abs(outputs[0]) + SMALLEST_NORMAL * np.abs(float64(inputs)[0])]


def gelu_grad_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """The stated absolute error of the slope, and the rounding of the product."""
    return [GELU_SLOPE * np.abs(float64(inputs)[0]) + U * np.abs(outputs[0]) + TINY]


OPERATORS: dict[str, tuple[Model, Bound]] = {
    "Gelu": (gelu, gelu_bound),
    "GeluGrad": (gelu_grad, gelu_grad_bound),
    "Relu": (relu, exact),
    "ReluGrad": (relu_grad, exact),
}
