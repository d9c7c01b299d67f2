# SPDX-License-Identifier: Apache-2.0
"""Matrix products, sums over rows, and copies."""

import numpy as np

from golden.math.rounding import TINY, gamma


def gemm(node, inputs, attrs):
    """X[*B,M,N], W[*B,N,K], optional Y[*B,M,K] or [K] -> Z = Y + X.W."""
    x, w, *y = inputs
    product = np.asarray(x, np.float64) @ np.asarray(w, np.float64)
    return [product + y[0] if y else product]


def gemm_bound(node, inputs, outputs):
    """gamma_N (|Y| + |X||W|): N fused multiply-adds into one accumulator (Higham, section 3.5)."""
    terms = gemm(node, [np.abs(i) for i in inputs], node.attrs)[0]
    length = inputs[0].shape[-1]
    return [gamma(length) * terms + length * TINY]


def reduce_sum(node, inputs, attrs):
    """X[R,C] -> y[C], the sum over the rows."""
    return [np.asarray(inputs[0], np.float64).sum(axis=0)]


def reduce_sum_bound(node, inputs, outputs):
    return [gamma(max(0, len(inputs[0]) - 1)) * np.abs(inputs[0]).sum(axis=0, dtype=np.float64)]


def transpose(node, inputs, attrs):
    return [np.asarray(inputs[0], np.float64).transpose(attrs["perm"])]


def exact(node, inputs, outputs):
    """No rounding at all."""
    return [np.zeros_like(o) for o in outputs]


OPERATORS = {
    "Gemm": (gemm, gemm_bound),
    "ReduceSum": (reduce_sum, reduce_sum_bound),
    "Transpose": (transpose, exact),
}
