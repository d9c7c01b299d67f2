# SPDX-License-Identifier: Apache-2.0
"""Constants of FP32 rounding-error analysis (Higham, "Accuracy and Stability of Numerical Algorithms", 2002)."""

import numpy as np

from golden.model import Arrays
from traindeploy.ir import Node

U = 2.0**-24  # unit roundoff: a rounded operation has a relative error of at most U
TINY = 2.0**-149  # the smallest subnormal: the absolute error of an operation that underflows is below it
SMALLEST_NORMAL = 2.0**-126  # what a function may flush to zero
SECOND_ORDER = 1.0 + 2.0**-10  # covers the products of relative errors below 2**-12 that first-order bounds leave out

# Maximum relative errors that firmware/kernels/td_math.h and activation.c state (an ULP is at most 2 U).
RECIP = 2 * U
RSQRT = 2 * U
EXP = 2 * U
LOG = 3 * U
GELU = 8 * U
GELU_SLOPE = 1.3e-7  # absolute


def gamma(n: int) -> float:
    """Relative error of ``n`` successive roundings: n U / (1 - n U)."""
    return n * U / (1.0 - n * U)


def exact(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """The bound of operators that round nothing."""
    return [np.zeros_like(o) for o in outputs]


def one_rounding(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """The bound of operators whose every output element is one rounded operation."""
    return [U * np.abs(o) + TINY for o in outputs]


def float64(inputs: Arrays) -> Arrays:
    """The inputs in the precision of the math models."""
    return [np.asarray(i, np.float64) for i in inputs]
