# SPDX-License-Identifier: Apache-2.0
"""Losses and their gradients. A shape is (classes, label), or of losses with targets (elements,)."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from golden.model import Arrays
from traindeploy.verify.stimulus import LARGEST, SIZES, Attrs, Case, Shape, Stimulus, over, upto
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


def numbers(**given: float) -> Attrs:
    """As float32 holds them."""
    return {name: float(np.float32(number)) for name, number in given.items()}


SCALES = numbers(scale=1.0), numbers(scale=1 / 3)
DELTAS = numbers(scale=1.0, delta=1.0), numbers(scale=1 / 3, delta=1.0), numbers(scale=1.0, delta=0.3)
SHARES = numbers(own=1.0, others=0.0), numbers(own=0.91, others=0.0), numbers(own=0.91, others=0.01)
OUTSIDE_SHARED = tuple(Case(case.shape, SHARES[2], kernel_only=True) for case in OUTSIDE)


def weighted_logits(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """Logits, the label, and a weight for each class."""
    return [*logits(d, shape, attrs), d.random.uniform(0.1, 3.0, (1, shape[0]))]


def weighted_probabilities(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """What the forward operator leaves, the label, and a weight for each class."""
    return [*probabilities(d, shape, attrs), d.random.uniform(0.1, 3.0, (1, shape[0]))]


def labelled_with_shares(rng: np.random.Generator) -> Case:
    """As ``labelled``, with any smoothing."""
    case, smoothing = labelled(rng), rng.uniform(0.0, 0.5)
    classes = case.shape[0]
    shares = numbers(own=1 - smoothing + smoothing / classes, others=smoothing / classes)
    return Case(case.shape, shares, kernel_only=case.kernel_only)


def to_targets(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """Outputs and their targets: numbers of any size, a tenth of them met."""
    y, target = d.normal(*shape), d.normal(*shape)
    return [y, target if d.smooth else np.where(d.random.random(shape) < 0.1, y, target)]


def to_probabilities(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """Logits, and targets from 0 to 1, both among them."""
    return [d.normal(*shape, scale=3.0), np.clip(d.random.uniform(-0.5, 1.5, shape), 0.0, 1.0)]


def of_elements(*attrs: Attrs) -> Callable[[np.random.Generator], Case]:
    """Any length, with one of ``attrs``."""
    return lambda rng: Case((upto(rng, LARGEST),), attrs[rng.integers(len(attrs))])


HUGE = {"huge": "squares overflow"}


def against_targets(
    attrs: tuple[Attrs, ...], draw: Callable[..., Arrays], unbounded: Mapping[str, str] = MappingProxyType({})
) -> Stimulus:
    """The usual sizes, of a loss or of its gradient."""
    return Stimulus(cases=over(SIZES, *attrs), random=of_elements(*attrs), draw=draw, unbounded=unbounded)


STIMULI = {
    "SoftmaxCrossEntropy": Stimulus(cases=over(LABELLED) + OUTSIDE, random=labelled, draw=logits),
    "SoftmaxCrossEntropyGrad": Stimulus(cases=over(LABELLED) + OUTSIDE, random=labelled, draw=probabilities),
    "WeightedCrossEntropy": Stimulus(
        cases=over(LABELLED, *SHARES) + OUTSIDE_SHARED, random=labelled_with_shares, draw=weighted_logits
    ),
    "WeightedCrossEntropyGrad": Stimulus(
        cases=over(LABELLED, *SHARES) + OUTSIDE_SHARED, random=labelled_with_shares, draw=weighted_probabilities
    ),
    "SquaredError": against_targets(SCALES, to_targets, unbounded=HUGE),
    "SquaredErrorGrad": against_targets(SCALES, to_targets),
    "AbsoluteError": against_targets(SCALES, to_targets),
    "AbsoluteErrorGrad": against_targets(SCALES, to_targets),
    "Huber": against_targets(DELTAS, to_targets),
    "HuberGrad": against_targets(DELTAS, to_targets),
    "BinaryCrossEntropy": against_targets(SCALES, to_probabilities),
    "BinaryCrossEntropyGrad": against_targets(SCALES, to_probabilities),
}
