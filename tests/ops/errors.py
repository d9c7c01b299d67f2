# SPDX-License-Identifier: Apache-2.0
"""How far a model lies from the definition, measured by the bound."""

import numpy as np

from golden import machine
from golden.math import BOUNDS, OPS
from golden.model import Model
from tests.ops.calls import node_of
from tests.ops.spec import Arrays, Attrs


def error_over_bound(op: str, inputs: Arrays, attrs: Attrs, model: Model | None = None) -> np.ndarray:
    """The largest error over bound of each output of the machine model, or of ``model``.

    Infinite where the bound is 0, or where only one of model and definition is finite.
    """
    node = node_of(op, inputs, attrs)
    exact = OPS[op](node, inputs, attrs)
    bounds = BOUNDS[op](node, inputs, exact)
    actual = (model or machine.OPS[op])(node, inputs, attrs)
    found = []
    for a, e, b in zip(actual, exact, bounds, strict=True):
        assert a.shape == e.shape == b.shape
        assert np.isfinite(b).all(), f"{op}: the bound is not finite"
        found.append(float(np.max(_over(a.astype(np.float64), e, b))))
    return np.array(found)


def _over(actual: np.ndarray, exact: np.ndarray, bound: np.ndarray) -> np.ndarray:
    """Element by element |actual - exact| / bound; a NaN is an infinite error, an equal value none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.abs(actual - exact)
        quotient = np.where(error > 0, error / bound, np.where(error == 0, 0.0, np.inf))
    return np.where(actual == exact, 0.0, quotient)
