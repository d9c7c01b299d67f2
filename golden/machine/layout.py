# SPDX-License-Identifier: Apache-2.0
"""Copies in another layout (firmware/kernels/layout.c)."""

import numpy as np

from golden.model import Arrays, Attributes, Model
from traindeploy.ir import Node


def transpose(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """A copy of the permuted axes."""
    return [np.ascontiguousarray(np.transpose(inputs[0], attrs["perm"]))]


def cut(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """A copy of X[O,A,I] at A = start, start + step, ... below stop."""
    return [np.ascontiguousarray(inputs[0][:, range(attrs["start"], attrs["stop"], attrs["step"])])]


def concat(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """A copy of A[O,A,I], then B[O,B,I]."""
    a, b = inputs
    out = np.empty((a.shape[0], a.shape[1] + b.shape[1], a.shape[2]), np.float32)
    out[:, : a.shape[1]], out[:, a.shape[1] :] = a, b
    return [out]


OPS: dict[str, Model] = {"Concat": concat, "Slice": cut, "Transpose": transpose}
