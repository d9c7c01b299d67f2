# SPDX-License-Identifier: Apache-2.0
"""Softmax cross-entropy of one sample."""

import numpy as np

from golden.math.rounding import LOG, SECOND_ORDER, TINY, U
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


OPERATORS: dict[str, tuple[Model, Bound]] = {
    "SoftmaxCrossEntropy": (cross_entropy, cross_entropy_bound),
    "SoftmaxCrossEntropyGrad": (cross_entropy_grad, cross_entropy_grad_bound),
}
