# SPDX-License-Identifier: Apache-2.0
"""Losses and their gradients (firmware/kernels/loss.c)."""

import numpy as np

from golden.fp32 import CANONICAL_NAN, add, sub
from golden.machine.functions import log
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


OPS: dict[str, Model] = {
    "SoftmaxCrossEntropy": cross_entropy,
    "SoftmaxCrossEntropyGrad": cross_entropy_grad,
}
