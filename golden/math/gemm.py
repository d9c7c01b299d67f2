# SPDX-License-Identifier: Apache-2.0
"""Matrix products."""

import numpy as np

from golden.math.rounding import TINY, gamma
from golden.model import Arrays, Attributes, Bound, Model
from traindeploy.ir import Node


def gemm(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[*B,M,N], W[*B,N,K], optional Y[*B,M,K] or [K] -> Z = Y + X.W."""
    x, w, *y = inputs
    product = np.asarray(x, np.float64) @ np.asarray(w, np.float64)
    return [product + y[0] if y else product]


def gemm_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """gamma_N (|Y| + |X||W|): N fused multiply-adds into one accumulator (Higham, section 3.5)."""
    terms = gemm(node, [np.abs(i) for i in inputs], node.attrs)[0]
    length = inputs[0].shape[-1]
    return [gamma(length) * terms + length * TINY]


OPERATORS: dict[str, tuple[Model, Bound]] = {"Gemm": (gemm, gemm_bound)}
