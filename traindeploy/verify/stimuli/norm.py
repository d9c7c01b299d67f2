# SPDX-License-Identifier: Apache-2.0
"""Normalisations and their gradients."""

import numpy as np

from golden.model import Arrays
from traindeploy.verify.stimulus import ROWS, Attrs, Shape, Stimulus, over
from traindeploy.verify.values import Draw

EPSILONS = tuple({"epsilon": float(np.float32(e))} for e in (1e-5, 1e-3, 1e-12))


def shifted(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """Every other row lies 30 standard deviations off zero."""
    columns = shape[1]
    x = d.normal(*shape)
    with np.errstate(invalid="ignore"):
        x[::2] += 30 * d.scale
    return [x, d.normal(columns), d.normal(columns)]


def with_statistics(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """dY, X, gamma, and mean and 1 / deviation as the forward node leaves them."""
    x, gamma, _ = shifted(d, shape, attrs)
    dy = d.normal(*shape)
    if d.special:
        return [dy, x, gamma, d.normal(shape[0]), d.normal(shape[0])]
    return [dy, x, gamma, x.mean(-1), 1 / np.sqrt(x.var(-1) + 1e-5)]


STIMULI = {
    "LayerNorm": Stimulus(cases=over(ROWS, *EPSILONS), draw=shifted, unbounded={"huge": "sums of squares overflow"}),
    "LayerNormGrad": Stimulus(
        draw=with_statistics,
        unbounded={
            "tiny": "products underflow, and 1 / deviation enlarges what they lose",
            "huge": "products overflow",
        },
    ),
}
