# SPDX-License-Identifier: Apache-2.0
"""Sums over rows."""

import numpy as np

from golden.math.rounding import SECOND_ORDER, chain_error
from golden.model import Arrays, Attributes, Bound, Model
from traindeploy.ir import Node


def reduce_sum(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[R,C] -> y[C], the sum over the rows."""
    return [np.asarray(inputs[0], np.float64).sum(axis=0)]


def reduce_sum_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    return [chain_error(np.asarray(inputs[0], np.float64).T) * SECOND_ORDER]


OPERATORS: dict[str, tuple[Model, Bound]] = {"ReduceSum": (reduce_sum, reduce_sum_bound)}
