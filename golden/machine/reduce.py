# SPDX-License-Identifier: Apache-2.0
"""Reductions (firmware/kernels/reduce.c, rows.h)."""

import numpy as np

from golden.fp32 import canonical, fma
from golden.model import Arrays, Attributes, Model
from traindeploy.ir import Node


def sum_first(x: np.ndarray) -> np.ndarray:
    """x[0] + x[1] + ... over the first axis, ascending; a single row is returned as it is."""
    total = x[0].copy()
    with np.errstate(all="ignore"):
        for row in x[1:]:
            total = total + row
    return canonical(total) if len(x) > 1 else total


def sum_last(x: np.ndarray) -> np.ndarray:
    """x[..., 0] + x[..., 1] + ..., ascending, from -0 (which only makes a single NaN canonical)."""
    return canonical(sum_first(np.ascontiguousarray(np.moveaxis(x, -1, 0))))


def dot_last(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """fma(a[..., c], b[..., c], ...) for c ascending, from +0."""
    total = np.zeros(a.shape[:-1], np.float32)
    for x, y in zip(np.moveaxis(a, -1, 0), np.moveaxis(b, -1, 0), strict=True):
        total = fma(x, y, total)
    return total


def reduce_sum(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[R, C] -> y[C], rows ascending from the first."""
    return [sum_first(inputs[0])]


OPS: dict[str, Model] = {"ReduceSum": reduce_sum}
