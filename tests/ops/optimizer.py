# SPDX-License-Identifier: Apache-2.0
"""Updates of parameters."""

import numpy as np

from tests.ops.spec import SIZES, Spec, over

RATES = tuple({"lr": float(np.float32(lr))} for lr in (0.01, 1e-3, 1.0))

SPECS = {"Sgd": Spec(torch=lambda w, g, lr: w - lr * g, cases=over(SIZES, *RATES))}
