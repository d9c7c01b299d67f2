# SPDX-License-Identifier: Apache-2.0
"""Sums, products and scalings."""

from tests.ops.spec import Spec
from traindeploy.verify.stimuli.elementwise import ALPHAS
from traindeploy.verify.stimulus import Case

SPECS = {
    "Add": Spec(torch=lambda a, b: a + b),
    "AddRow": Spec(torch=lambda a, row: a + row),
    "Mul": Spec(torch=lambda a, b: a * b),
    "Scale": Spec(torch=lambda a, alpha: a * alpha, gradient_cases=(Case((4, 6), ALPHAS[0]),)),
}
