# SPDX-License-Identifier: Apache-2.0
"""Convolutions of NHWC images."""

import numpy as np

from golden.math.pool import windows
from golden.math.rounding import TINY, gamma
from golden.model import Arrays, Attributes, Bound, Model
from traindeploy.ir import Node


def conv(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[1,H,W,C], Wt[KH,KW,C,F] -> Z[1,OH,OW,F], zero padding."""
    x, weight = inputs
    patches = windows(x, weight.shape[:2], attrs, 0.0)
    return [np.einsum("hwcij,ijcf->hwf", patches, np.asarray(weight, np.float64), optimize=True)[None]]


def conv_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """As Gemm's, over KH KW C products."""
    length = int(np.prod(inputs[1].shape[:3]))
    return [gamma(length) * conv(node, [np.abs(i) for i in inputs], node.attrs)[0] + length * TINY]


OPERATORS: dict[str, tuple[Model, Bound]] = {"Conv": (conv, conv_bound)}
