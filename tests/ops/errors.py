# SPDX-License-Identifier: Apache-2.0
"""How far a model lies from the definition, measured by the bound."""

import numpy as np

from golden import machine
from golden.accuracy import shares
from golden.model import Arrays, Model
from traindeploy.verify.call import node_of
from traindeploy.verify.stimulus import Attrs


def error_over_bound(op: str, inputs: Arrays, attrs: Attrs, model: Model | None = None) -> np.ndarray:
    """The largest error over bound of each output of the machine model, or of ``model``.

    Infinite where the bound is 0, or where only one of model and definition is finite.
    """
    node = node_of(op, inputs, attrs)
    return np.array(shares(node, inputs, (model or machine.OPS[op])(node, inputs, attrs)))
