# SPDX-License-Identifier: Apache-2.0
"""Copies in another layout."""

import numpy as np

from golden.math.rounding import exact, float64
from golden.model import Arrays, Attributes, Bound, Model
from traindeploy.ir import Node


def transpose(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    return [float64(inputs)[0].transpose(attrs["perm"])]


def cut(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[O,A,I] -> Y[O,B,I], every ``step``-th of A from ``start`` on, as many as B holds."""
    return [float64(inputs)[0][:, attrs["start"] : attrs["stop"] : attrs["step"]]]


def concat(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """A[O,A,I], B[O,B,I] -> Y[O,A+B,I]."""
    return [np.concatenate(float64(inputs), axis=1)]


OPERATORS: dict[str, tuple[Model, Bound]] = {
    "Concat": (concat, exact),
    "Slice": (cut, exact),
    "Transpose": (transpose, exact),
}
