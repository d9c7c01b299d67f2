# SPDX-License-Identifier: Apache-2.0
"""Losses of one sample and their gradients."""

import numpy as np

from golden.math.activation import sigmoid, sigmoid_bound, softplus, softplus_bound
from golden.math.rounding import LOG, SECOND_ORDER, TINY, U, chain_error, exact, float64
from golden.math.softmax import softmax, softmax_bound, softmax_relative_error
from golden.model import Arrays, Attributes, Bound, Model
from traindeploy.ir import Node


def cross_entropy(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """logits[1,C], label[1] -> loss[1] = -log softmax(logits)[label], probs[1,C]."""
    logits, label = np.asarray(inputs[0], np.float64), int(inputs[1][0])
    shifted = logits[0] - logits.max()
    return [np.array([np.log(np.exp(shifted).sum()) - shifted[label]]), softmax(node, [logits], attrs)[0]]


def cross_entropy_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """loss = log(sum) + (max - logit): the sum's relative error is an absolute one of its logarithm."""
    logits, label = np.asarray(inputs[0], np.float64), int(inputs[1][0])
    loss, probs = outputs
    _, total = softmax_relative_error(logits, probs)
    distance = logits.max() - logits[0, label]
    log_sum = abs(loss[0] - distance)
    error = total[0] + LOG * log_sum + U * distance + U * (log_sum + distance)
    return [error * SECOND_ORDER + TINY, softmax_bound(node, inputs[:1], [probs])[0]]


def cross_entropy_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """probs[1,C], label[1] -> dlogits[1,C] = probs - onehot(label)."""
    gradient = np.array(inputs[0], np.float64)
    gradient[0, int(inputs[1][0])] -= 1.0
    return [gradient]


def cross_entropy_grad_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    return [U * np.abs(outputs[0])]


def _wanted(weights: np.ndarray, label: np.ndarray, attrs: Attributes) -> np.ndarray:
    """What the distribution should be, [C]: each class's weight, times own for the label's and others for the rest."""
    shares = np.full(weights.size, attrs["others"], np.float64)
    shares[int(label[0])] = attrs["own"]
    return shares * np.asarray(weights, np.float64).reshape(-1)


def weighted_cross_entropy(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """logits[1,C], label[1], weights[1,C] -> loss[1] = -sum(q log(probs)), probs[1,C]."""
    logits, wanted = np.asarray(inputs[0], np.float64), _wanted(inputs[2], inputs[1], attrs)
    shifted = logits[0] - logits.max()
    costs = np.log(np.exp(shifted).sum()) - shifted
    return [np.array([(wanted * costs).sum()]), softmax(node, [logits], attrs)[0]]


def weighted_cross_entropy_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """Of each class's cost as of cross-entropy; its product with a rounded q is added by one fma."""
    logits, wanted = np.asarray(inputs[0], np.float64), _wanted(inputs[2], inputs[1], node.attrs)
    _, total = softmax_relative_error(logits, outputs[1])
    distance = logits.max() - logits[0]
    log_sum = np.log(np.exp(-distance).sum())
    costs = log_sum + distance
    error = total[0] + LOG * abs(log_sum) + U * distance + U * costs
    summed = (wanted * (error + U * costs)).sum() + chain_error(wanted * costs, relative=4 * U, fused=True)
    return [np.array([summed * SECOND_ORDER + TINY]), softmax_bound(node, inputs[:1], outputs[1:])[0]]


def weighted_cross_entropy_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """probs[1,C], label[1], weights[1,C] -> dlogits[1,C] = sum(q) probs - q."""
    wanted = _wanted(inputs[2], inputs[1], attrs)
    return [wanted.sum() * np.asarray(inputs[0], np.float64) - wanted]


def weighted_cross_entropy_grad_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    wanted = _wanted(inputs[2], inputs[1], node.attrs)
    total = chain_error(wanted, relative=U) + U * wanted.sum()
    error = np.asarray(inputs[0], np.float64) * total + U * wanted + U * np.abs(outputs[0])
    return [error * SECOND_ORDER + TINY]


def _scaled(error: np.ndarray, outputs: Arrays, node: Node) -> Arrays:
    """The bound of a sum that is off by ``error`` and was multiplied by the scale."""
    return [np.array([(node.attrs["scale"] * error + U * abs(outputs[0][0])) * SECOND_ORDER + TINY])]


def squared_error(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """Y, targets -> loss[1] = scale sum (y - target)^2."""
    y, target = float64(inputs)
    return [np.array([attrs["scale"] * ((y - target) ** 2).sum()])]


def squared_error_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """A rounded difference makes 2 U of its square."""
    y, target = float64(inputs)
    squares = ((y - target) ** 2).reshape(-1)
    return _scaled(2 * U * squares.sum() + chain_error(squares, relative=2 * U, fused=True), outputs, node)


def squared_error_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """scale (y - target); the rule doubles the scale."""
    y, target = float64(inputs)
    return [attrs["scale"] * (y - target)]


def two_roundings(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    return [2 * U * SECOND_ORDER * np.abs(outputs[0]) + TINY]


def absolute_error(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """Y, targets -> loss[1] = scale sum |y - target|."""
    y, target = float64(inputs)
    return [np.array([attrs["scale"] * np.abs(y - target).sum()])]


def absolute_error_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    y, target = float64(inputs)
    terms = np.abs(y - target).reshape(-1)
    return _scaled(U * terms.sum() + chain_error(terms, relative=U), outputs, node)


def absolute_error_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """scale times the difference's sign, of 0 none."""
    y, target = float64(inputs)
    return [attrs["scale"] * np.sign(y - target)]


def huber(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """Y, targets -> loss[1]: scale times the sum of d^2 / 2, from |d| = delta on of delta (|d| - delta / 2)."""
    y, target = float64(inputs)
    d, delta = np.abs(y - target), attrs["delta"]
    return [np.array([attrs["scale"] * np.where(d <= delta, d * d / 2, delta * (d - delta / 2)).sum()])]


def huber_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """Below delta only the difference is rounded, twice in its square; above, it and what is left of it."""
    y, target = float64(inputs)
    d, delta = np.abs(y - target).reshape(-1), node.attrs["delta"]
    rest = d - delta / 2
    terms = np.where(d <= delta, d * d / 2, delta * rest)
    errors = np.where(d <= delta, 2 * U * terms, U * delta * (d + rest))
    return _scaled(errors.sum() + chain_error(terms, relative=4 * U, fused=True), outputs, node)


def huber_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """scale times the difference, at most delta of either sign."""
    y, target = float64(inputs)
    return [attrs["scale"] * np.clip(y - target, -attrs["delta"], attrs["delta"])]


def binary_cross_entropy(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """Logits Y, targets from 0 to 1 -> loss[1] = -scale sum (t log sigmoid(y) + (1 - t) log sigmoid(-y))."""
    y, target = float64(inputs)
    terms = target * np.logaddexp(0.0, -y) + (1 - target) * np.logaddexp(0.0, y)
    return [np.array([attrs["scale"] * terms.sum()])]


def binary_cross_entropy_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """As softplus(y) - y t: softplus's error, and one rounding."""
    y, target = (each.reshape(-1) for each in float64(inputs))
    above = softplus(node, [y], {})
    terms = above[0] - y * target
    errors = softplus_bound(node, [y], above)[0] + U * np.abs(terms)
    largest = float(np.max(errors / np.maximum(np.abs(terms), TINY), initial=0.0))
    return _scaled(errors.sum() + chain_error(terms, relative=min(largest, 1.0)), outputs, node)


def binary_cross_entropy_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """scale (sigmoid(y) - target)."""
    y, target = float64(inputs)
    return [attrs["scale"] * (sigmoid(node, [y], {})[0] - target)]


def binary_cross_entropy_grad_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    y = float64(inputs)[0]
    error = sigmoid_bound(node, [y], sigmoid(node, [y], {}))[0]
    return [(node.attrs["scale"] * error + 2 * U * np.abs(outputs[0])) * SECOND_ORDER + TINY]


OPERATORS: dict[str, tuple[Model, Bound]] = {
    "SoftmaxCrossEntropy": (cross_entropy, cross_entropy_bound),
    "SoftmaxCrossEntropyGrad": (cross_entropy_grad, cross_entropy_grad_bound),
    "WeightedCrossEntropy": (weighted_cross_entropy, weighted_cross_entropy_bound),
    "WeightedCrossEntropyGrad": (weighted_cross_entropy_grad, weighted_cross_entropy_grad_bound),
    "SquaredError": (squared_error, squared_error_bound),
    "SquaredErrorGrad": (squared_error_grad, two_roundings),
    "AbsoluteError": (absolute_error, absolute_error_bound),
    "AbsoluteErrorGrad": (absolute_error_grad, exact),
    "Huber": (huber, huber_bound),
    "HuberGrad": (huber_grad, two_roundings),
    "BinaryCrossEntropy": (binary_cross_entropy, binary_cross_entropy_bound),
    "BinaryCrossEntropyGrad": (binary_cross_entropy_grad, binary_cross_entropy_grad_bound),
}
