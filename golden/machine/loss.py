# SPDX-License-Identifier: Apache-2.0
"""Losses and their gradients (firmware/kernels/loss.c)."""

import numpy as np

from golden.fp32 import CANONICAL_NAN, add, canonical, fma, mul, sub
from golden.machine.activation import sigmoid, softplus
from golden.machine.functions import log
from golden.machine.reduce import dot_last, sum_last
from golden.machine.softmax import rows
from golden.model import Arrays, Attributes, Model
from traindeploy.ir import Node


def cross_entropy(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """logits[1, C], label[1] -> loss[1] = log(sum) + (max - logits[label]), probs[1, C]."""
    logits, label = inputs
    probs, maximum, total = rows(logits)
    index = int(label.reshape(-1)[0])
    if not 0 <= index < logits.shape[-1]:
        return [np.full(1, CANONICAL_NAN), probs]
    return [add(log(total), sub(maximum, logits[..., index])).reshape(1), probs]


def cross_entropy_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """probs - onehot(label)"""
    probs, label = inputs
    gradient = probs.copy()
    index = int(label.reshape(-1)[0])
    if 0 <= index < probs.shape[-1]:
        gradient[..., index] = sub(probs[..., index], np.float32(1))
    return [gradient]


def _wanted(weights: np.ndarray, label: np.ndarray, attrs: Attributes) -> np.ndarray:
    """q = weights * (own at the label, else others), [C]."""
    weights = weights.reshape(-1)
    shares = np.full(weights.shape, attrs["others"], np.float32)
    index = int(label.reshape(-1)[0])
    if 0 <= index < len(shares):
        shares[index] = attrs["own"]
    return mul(weights, shares)


def weighted_cross_entropy(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """fma(q, log(sum) + (max - logit), ...) ascending from +0, and the probabilities"""
    logits, label, weights = inputs
    probs, maximum, total = rows(logits)
    if not 0 <= int(label.reshape(-1)[0]) < logits.shape[-1]:
        return [np.full(1, CANONICAL_NAN), probs]
    costs = add(log(total).reshape(-1), sub(maximum.reshape(-1), logits.reshape(-1)))
    return [dot_last(_wanted(weights, label, attrs), costs).reshape(1), probs]


def weighted_cross_entropy_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """fma(sum(q), probs, -q)"""
    probs, label, weights = inputs
    wanted = _wanted(weights, label, attrs)
    return [fma(sum_last(wanted), probs.reshape(-1), -wanted).reshape(probs.shape)]


def _difference(inputs: Arrays) -> np.ndarray:
    y, target = inputs
    return sub(y, target)


def _scale(attrs: Attributes) -> np.float32:
    return np.float32(attrs["scale"])


def squared_error(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """d = y - target; fma(d, d, ...) ascending from +0; * scale"""
    d = _difference(inputs).reshape(-1)
    return [mul(dot_last(d, d), _scale(attrs)).reshape(1)]


def squared_error_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """(y - target) * scale"""
    return [mul(_difference(inputs), _scale(attrs))]


def absolute_error(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """|y - target| added ascending; * scale"""
    return [mul(sum_last(canonical(np.abs(_difference(inputs))).reshape(-1)), _scale(attrs)).reshape(1)]


def absolute_error_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """d > 0 ? scale : d < 0 ? -scale : d"""
    d, scale = _difference(inputs), _scale(attrs)
    return [np.where(d > 0, scale, np.where(d < 0, -scale, d))]


def huber(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """a = |y - target|; c = a > delta ? delta : a; fma(c, fma(-0.5, c, a), ...) ascending from +0; * scale"""
    a, delta = canonical(np.abs(_difference(inputs))).reshape(-1), np.float32(attrs["delta"])
    c = np.where(a > delta, delta, a)
    return [mul(dot_last(c, fma(np.float32(-0.5), c, a)), _scale(attrs)).reshape(1)]


def huber_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """d = y - target; d < -delta ? -delta : d; d > delta ? delta : d; * scale"""
    d, delta = _difference(inputs), np.float32(attrs["delta"])
    d = np.where(d < -delta, -delta, d)
    return [mul(np.where(d > delta, delta, d), _scale(attrs))]


def binary_cross_entropy(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """fma(-y, target, softplus(y)) added ascending; * scale"""
    y, target = (each.reshape(-1) for each in inputs)
    (above,) = softplus(node, [y], {})
    return [mul(sum_last(fma(-y, target, above)), _scale(attrs)).reshape(1)]


def binary_cross_entropy_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """(sigmoid(y) - target) * scale"""
    y, target = inputs
    return [mul(sub(sigmoid(node, [y], {})[0], target), _scale(attrs))]


OPS: dict[str, Model] = {
    "SoftmaxCrossEntropy": cross_entropy,
    "SoftmaxCrossEntropyGrad": cross_entropy_grad,
    "WeightedCrossEntropy": weighted_cross_entropy,
    "WeightedCrossEntropyGrad": weighted_cross_entropy_grad,
    "SquaredError": squared_error,
    "SquaredErrorGrad": squared_error_grad,
    "AbsoluteError": absolute_error,
    "AbsoluteErrorGrad": absolute_error_grad,
    "Huber": huber,
    "HuberGrad": huber_grad,
    "BinaryCrossEntropy": binary_cross_entropy,
    "BinaryCrossEntropyGrad": binary_cross_entropy_grad,
}
