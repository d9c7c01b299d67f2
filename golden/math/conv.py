# SPDX-License-Identifier: Apache-2.0
"""Convolutions of NHWC images."""

import numpy as np

from golden.math.gemm import product_error
from golden.math.pool import windows
from golden.model import Arrays, Attributes, Bound, Model
from traindeploy.ir import Node


def conv(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[1,H,W,C], Wt[KH,KW,C,F] -> Z[1,OH,OW,F], zero padding."""
    x, weight = inputs
    patches = windows(x, weight.shape[:2], attrs, 0.0)
    return [np.einsum("hwcij,ijcf->hwf", patches, np.asarray(weight, np.float64), optimize=True)[None]]


def conv_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """As Gemm's, over KH KW C products in that order."""
    x, weight = inputs
    filters = weight.shape[-1]
    patches = windows(x, weight.shape[:2], node.attrs, 0.0).transpose(0, 1, 3, 4, 2)
    matrix = patches.reshape(patches.shape[0] * patches.shape[1], -1)
    start = np.zeros((len(matrix), filters))
    return [product_error(matrix, np.asarray(weight, np.float64).reshape(-1, filters), start).reshape(outputs[0].shape)]


OPERATORS: dict[str, tuple[Model, Bound]] = {"Conv": (conv, conv_bound)}
