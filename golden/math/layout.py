# SPDX-License-Identifier: Apache-2.0
"""Copies in another layout."""

from golden.math.rounding import exact, float64
from golden.model import Arrays, Attributes, Bound, Model
from traindeploy.ir import Node


def transpose(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    return [float64(inputs)[0].transpose(attrs["perm"])]


OPERATORS: dict[str, tuple[Model, Bound]] = {"Transpose": (transpose, exact)}
