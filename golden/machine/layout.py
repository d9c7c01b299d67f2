# SPDX-License-Identifier: Apache-2.0
"""Copies in another layout (firmware/kernels/layout.c)."""

import numpy as np

from golden.model import Arrays, Attributes, Model
from traindeploy.ir import Node


def transpose(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """A copy of the permuted axes."""
    return [np.ascontiguousarray(np.transpose(inputs[0], attrs["perm"]))]


OPS: dict[str, Model] = {"Transpose": transpose}
