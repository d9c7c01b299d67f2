# SPDX-License-Identifier: Apache-2.0
"""Losses and their gradients. A shape is (classes, label)."""

import numpy as np

from golden.model import Arrays
from traindeploy.verify.stimulus import Attrs, Case, Shape, Stimulus, over, upto
from traindeploy.verify.values import Draw

LABELLED: tuple[Shape, ...] = tuple(
    (n, label) for n in (1, 2, 10, 20, 100) for label in sorted({0, 3 % n, n // 2, n - 1})
)
OUTSIDE = tuple(Case((10, label), kernel_only=True) for label in (-1, 10))


def logits(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """Logits and the label."""
    classes, label = shape
    return [d.normal(1, classes, scale=3.0), np.array([label], np.int32)]


def probabilities(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """What the forward operator leaves, and the label."""
    classes, label = shape
    return [d.probabilities(1, classes), np.array([label], np.int32)]


def labelled(rng: np.random.Generator) -> Case:
    """One label in twenty names no class."""
    classes = upto(rng, 200)
    if rng.random() < 0.05:
        return Case((classes, int(rng.choice((-1, classes)))), kernel_only=True)
    return Case((classes, int(rng.integers(classes))))


STIMULI = {
    "SoftmaxCrossEntropy": Stimulus(cases=over(LABELLED) + OUTSIDE, random=labelled, draw=logits),
    "SoftmaxCrossEntropyGrad": Stimulus(cases=over(LABELLED) + OUTSIDE, random=labelled, draw=probabilities),
}
