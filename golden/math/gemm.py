# SPDX-License-Identifier: Apache-2.0
"""Matrix products."""

import numpy as np

from golden.math.rounding import SECOND_ORDER, half_ulp
from golden.model import Arrays, Attributes, Bound, Model
from traindeploy.ir import Node


def gemm(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[*B,M,N], W[*B,N,K], optional Y[*B,M,K] or [K] -> Z = Y + X.W."""
    x, w, *y = inputs
    product = np.asarray(x, np.float64) @ np.asarray(w, np.float64)
    return [product + y[0] if y else product]


def product_error(x: np.ndarray, w: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The error of N fused multiply-adds into one accumulator, n ascending from ``start``: a running error bound
    (Higham, section 3.3). Each rounds a sum that is as large as the exact one and the error so far.

    X[*B,M,N], W[*B,N,K] and start [*B,M,K] in float64, which holds the products exactly.
    """
    total, error = start, np.zeros_like(start)
    for n in range(x.shape[-1]):
        total = total + x[..., :, n, None] * w[..., n, None, :]
        error = error + half_ulp(np.abs(total) + error)
    return error * SECOND_ORDER


def gemm_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    x, w, *y = (np.asarray(i, np.float64) for i in inputs)
    start = np.broadcast_to(y[0], outputs[0].shape) if y else np.zeros_like(outputs[0])
    return [product_error(x, w, start)]


OPERATORS: dict[str, tuple[Model, Bound]] = {"Gemm": (gemm, gemm_bound)}
