# SPDX-License-Identifier: Apache-2.0
"""Softmax over the last axis and its gradient (firmware/kernels/softmax.c, softmax_row.h)."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from golden.fp32 import CANONICAL_NAN, fmax, mul, sub
from golden.machine.functions import exp, recip
from golden.machine.reduce import dot_last, sum_last
from traindeploy.ir import Node


def rows(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Softmax of x[..., C], and the maximum and sum of exponentials [...] of each row."""
    maximum = np.full(x.shape[:-1], CANONICAL_NAN)
    for c in range(x.shape[-1]):
        maximum = fmax(maximum, x[..., c])
    e = exp(sub(x, maximum[..., None]))
    total = sum_last(e)
    return mul(e, recip(total)[..., None]), maximum, total


def softmax(node: Node, inputs: list[np.ndarray], attrs: Mapping[str, Any]) -> list[np.ndarray]:
    """exp(x - max) * (1 / sum)"""
    return [rows(inputs[0])[0]]


def softmax_grad(node: Node, inputs: list[np.ndarray], attrs: Mapping[str, Any]) -> list[np.ndarray]:
    """y * (dy - sum(dy * y))"""
    dy, y = inputs
    return [mul(y, sub(dy, dot_last(dy, y)[..., None]))]


OPS = {"Softmax": softmax, "SoftmaxGrad": softmax_grad}
