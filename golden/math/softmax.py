# SPDX-License-Identifier: Apache-2.0
"""Softmax over the last dimension and its gradient."""

import numpy as np

from golden.math.rounding import EXP, RECIP, SECOND_ORDER, SMALLEST_NORMAL, TINY, U, chain_error, float64
from golden.model import Arrays, Attributes, Bound, Model
from traindeploy.ir import Node


def softmax(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """Over the last axis."""
    x = float64(inputs)[0]
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return [e / e.sum(axis=-1, keepdims=True)]


def softmax_relative_error(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Relative errors of exp(x - max), [*,C], and of its sum over the last axis, [*,1], given y = softmax(x)."""
    terms = U * (x.max(axis=-1, keepdims=True) - x) + EXP
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    added = float(terms[e > 0].max(initial=0.0))  # what a mask has made zero has no error, however far it lies
    rounded = chain_error(e, relative=added)[..., None] / e.sum(axis=-1, keepdims=True)
    total = rounded + (terms * y).sum(axis=-1, keepdims=True)
    return terms, total


def softmax_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """The rounding of x - max is an absolute error of the exponent; results below the normal range may become 0."""
    x, y = float64(inputs)[0], outputs[0]
    terms, total = softmax_relative_error(x, y)
    return [(terms + total + RECIP + U) * SECOND_ORDER * y + 2 * SMALLEST_NORMAL]


def softmax_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dY, Y -> dX = y (dy - sum(dy y))."""
    dy, y = float64(inputs)
    return [y * (dy - (dy * y).sum(axis=-1, keepdims=True))]


def softmax_grad_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    dy, y = float64(inputs)
    difference = np.abs(dy - (dy * y).sum(axis=-1, keepdims=True))
    inner = chain_error(dy * y, fused=True)[..., None] + U * difference
    return [(y * inner + U * np.abs(outputs[0])) * SECOND_ORDER + TINY]


OPERATORS: dict[str, tuple[Model, Bound]] = {
    "Softmax": (softmax, softmax_bound),
    "SoftmaxGrad": (softmax_grad, softmax_grad_bound),
}
