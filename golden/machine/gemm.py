# SPDX-License-Identifier: Apache-2.0
"""Matrix products (firmware/kernels/gemm.c, RedMule)."""

import numpy as np

from golden.fp32 import matmul
from golden.model import Arrays, Attributes, Model
from traindeploy.ir import Node


def gemm(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[*B, M, N], W[*B, N, K] or [N, K], optional Y[*B, M, K] or [K] -> Z[*B, M, K]."""
    x, w = inputs[:2]
    y = inputs[2] if len(inputs) > 2 else None
    batch, (rows, cols) = x.shape[:-2], (x.shape[-2], w.shape[-1])
    z = np.empty((*batch, rows, cols), np.float32)
    for index in np.ndindex(*batch):
        part = y if y is None or y.ndim == 1 else y[index]
        z[index] = matmul(x[index], w[index] if w.ndim > 2 else w, part)
    return [z]


OPS: dict[str, Model] = {"Gemm": gemm}
