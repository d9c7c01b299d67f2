# SPDX-License-Identifier: Apache-2.0
"""Updates of parameters."""

from tests.ops.spec import Spec

SPECS = {"Sgd": Spec(torch=lambda w, g, lr: w - lr * g)}
