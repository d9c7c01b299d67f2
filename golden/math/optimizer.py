# SPDX-License-Identifier: Apache-2.0
"""Updates of parameters."""

from golden.math.rounding import float64, one_rounding
from golden.model import Arrays, Attributes, Bound, Model
from traindeploy.ir import Node


def sgd(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    w, g = float64(inputs)
    return [w - attrs["lr"] * g]


OPERATORS: dict[str, tuple[Model, Bound]] = {"Sgd": (sgd, one_rounding)}
