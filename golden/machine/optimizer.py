# SPDX-License-Identifier: Apache-2.0
"""Updates of parameters (firmware/kernels/optimizer.c)."""

import numpy as np

from golden import fp32
from golden.model import Arrays, Attributes, Model
from traindeploy.ir import Node


def sgd(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """fma(-lr, g, w)"""
    w, g = inputs
    return [fp32.fma(-np.float32(attrs["lr"]), g, w)]


OPS: dict[str, Model] = {"Sgd": sgd}
