# SPDX-License-Identifier: Apache-2.0
"""Sums, products and scalings."""

import numpy as np

from traindeploy.verify.stimulus import LARGEST, SIZES, Case, Stimulus, over, upto

ALPHAS = ({"alpha": float.fromhex("0x1.333334p-2")}, {"alpha": 0.125}, {"alpha": -3.0})  # float32 numbers


def scaled(rng: np.random.Generator) -> Case:
    """Any length, any factor."""
    return Case((upto(rng, LARGEST),), {"alpha": float(np.float32(rng.normal()))})


STIMULI = {
    "Add": Stimulus(),
    "AddRow": Stimulus(),
    "Mul": Stimulus(),
    "Scale": Stimulus(cases=over(SIZES, *ALPHAS), random=scaled),
}
