# SPDX-License-Identifier: Apache-2.0
"""Softmax over the last dimension and its gradient."""

from golden.model import Arrays
from traindeploy.verify.stimulus import ROWS, Attrs, Shape, Stimulus, over
from traindeploy.verify.values import Draw


def wide(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """Logits."""
    return [d.normal(*shape, scale=4.0)]


def of_probabilities(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """dY and the forward node's output."""
    return [d.normal(*shape), d.probabilities(*shape)]


SHAPES = (*ROWS, (2, 3, 5), (1, 64))
STIMULI = {
    "Softmax": Stimulus(cases=over(SHAPES), draw=wide),
    "SoftmaxGrad": Stimulus(cases=over(SHAPES), draw=of_probabilities),
}
