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


_EXPONENT = np.int64(0x7FF0_0000_0000_0000)  # of a float64


def half_ulp(magnitude: np.ndarray) -> np.ndarray:
    """The largest error of rounding a number of at most ``magnitude`` (float64) to float32."""
    binade = (np.ascontiguousarray(magnitude).view(np.int64) & _EXPONENT).view(np.float64)  # the power of 2 below it
    return np.maximum(U * binade, TINY)


def chain_error(terms: np.ndarray, relative: float = 0.0, fused: bool = False) -> np.ndarray:
    """The error of adding up the last axis of ``terms``, ascending, each sum rounded: a running error bound (Higham,
    section 3.3), from the sums themselves instead of the terms' magnitudes.

    The first term is taken as it is, or rounded if ``fused`` (terms are then products, each added by one fma). What the
    machine adds may be off by ``relative`` of each term: that moves sums into the next binade, and no more is counted.
    """
    roundings = terms.shape[-1] - (not fused)
    reached = np.abs(np.cumsum(terms, axis=-1))[..., not fused :]
    off = (relative + gamma(roundings)) * np.cumsum(np.abs(terms), axis=-1)[..., not fused :]
    return np.asarray(half_ulp(reached + off).sum(axis=-1)) if roundings else np.zeros(terms.shape[:-1])


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
