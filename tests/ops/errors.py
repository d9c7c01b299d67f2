# SPDX-License-Identifier: Apache-2.0
"""How far a model lies from the definition, measured by the bound."""

import numpy as np

from golden import machine
from golden.math import BOUNDS, OPS
from golden.model import Model
from tests.ops.calls import node_of
from tests.ops.spec import Arrays, Attrs


def error_over_bound(op: str, inputs: Arrays, attrs: Attrs, model: Model | None = None) -> np.ndarray:
    """The largest error over bound of each output of the machine model, or of ``model`` (infinite: the bound is 0)."""
    node = node_of(op, inputs, attrs)
    exact = OPS[op](node, inputs, attrs)
    bounds = BOUNDS[op](node, inputs, exact)
    actual = (model or machine.OPS[op])(node, inputs, attrs)
    found = []
    for a, e, b in zip(actual, exact, bounds, strict=True):
        assert a.shape == e.shape == b.shape
        error = np.abs(a.astype(np.float64) - e)
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append(float(np.max(np.where(error > 0, error / b, 0.0))))
    return np.array(found)
