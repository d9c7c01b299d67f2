# SPDX-License-Identifier: Apache-2.0
"""Sums, products and scalings."""

import numpy as np

from golden.model import Arrays
from traindeploy.verify.stimulus import LARGEST, SIZES, Attrs, Case, Shape, Stimulus, over, upto
from traindeploy.verify.values import Draw

ALPHAS = ({"alpha": float.fromhex("0x1.333334p-2")}, {"alpha": 0.125}, {"alpha": -3.0})  # float32 numbers


def scaled(rng: np.random.Generator) -> Case:
    """Any length, any factor."""
    return Case((upto(rng, LARGEST),), {"alpha": float(np.float32(rng.normal()))})


INVERSE = "the reciprocal of a subnormal number is infinite or nearly so"
ROOT = "the root of a subnormal number is not what Newton's steps find"


def away_from_zero(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """Numbers of either sign and a magnitude from 1/8 on."""
    x = d.normal(*shape)
    with np.errstate(invalid="ignore"):
        return [x + np.copysign(d.scale / 8, x)]


def positive(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """Numbers from 1/8 on."""
    return [np.abs(away_from_zero(d, shape, attrs)[0])]


def with_inverse(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """dY, and what the forward node leaves."""
    return [d.normal(*shape), d.normal(*shape)]


STIMULI = {
    "Add": Stimulus(),
    "AddRow": Stimulus(),
    "Mul": Stimulus(),
    "MulRow": Stimulus(),
    "Reciprocal": Stimulus(draw=away_from_zero, unbounded={"subnormal": INVERSE}),
    "ReciprocalGrad": Stimulus(draw=with_inverse, unbounded={"huge": "products overflow"}),
    "Rsqrt": Stimulus(draw=positive, unbounded={"subnormal": ROOT}),
    "RsqrtGrad": Stimulus(draw=with_inverse, unbounded={"huge": "products overflow"}),
    "Scale": Stimulus(cases=over(SIZES, *ALPHAS), random=scaled),
}
