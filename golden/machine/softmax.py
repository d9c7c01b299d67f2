# SPDX-License-Identifier: Apache-2.0
"""Softmax over the last axis and its gradient (firmware/kernels/softmax.c, softmax_row.h)."""

import numpy as np

from golden.fp32 import CANONICAL_NAN, fmax, mul, sub
from golden.machine.functions import exp, recip
from golden.machine.reduce import dot_last, sum_last
from golden.model import Arrays, Attributes, Model
from traindeploy.ir import Node


def rows(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Softmax of x[..., C], and the maximum and sum of exponentials [...] of each row."""
    maximum = np.full(x.shape[:-1], CANONICAL_NAN)
    for c in range(x.shape[-1]):
        maximum = fmax(maximum, x[..., c])
    e = exp(sub(x, maximum[..., None]))
    total = sum_last(e)
    return mul(e, recip(total)[..., None]), maximum, total


def softmax(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """exp(x - max) * (1 / sum)"""
    return [rows(inputs[0])[0]]


def softmax_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """y * (dy - sum(dy * y))"""
    dy, y = inputs
    return [mul(y, sub(dy, dot_last(dy, y)[..., None]))]


OPS: dict[str, Model] = {"Softmax": softmax, "SoftmaxGrad": softmax_grad}
