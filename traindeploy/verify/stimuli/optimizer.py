# SPDX-License-Identifier: Apache-2.0
"""Updates of parameters."""

import numpy as np

from traindeploy.verify.stimulus import LARGEST, SIZES, Case, Stimulus, over, upto

RATES = tuple({"lr": float(np.float32(lr))} for lr in (0.01, 1e-3, 1.0))


def rated(rng: np.random.Generator) -> Case:
    """Any length, learning rates from 1e-6 to 10."""
    return Case((upto(rng, LARGEST),), {"lr": float(np.float32(10 ** rng.uniform(-6, 1)))})


STIMULI = {"Sgd": Stimulus(cases=over(SIZES, *RATES), random=rated)}
