# SPDX-License-Identifier: Apache-2.0
"""Sums, products and scalings."""

import torch

from tests.ops.spec import Spec
from traindeploy.verify.stimuli.elementwise import ALPHAS
from traindeploy.verify.stimulus import Case

SPECS = {
    "Add": Spec(torch=lambda a, b: a + b),
    "AddRow": Spec(torch=lambda a, row: a + row),
    "Mul": Spec(torch=lambda a, b: a * b),
    "MulRow": Spec(torch=lambda a, row: a * row),
    "Reciprocal": Spec(torch=torch.reciprocal, share=0.3),
    "ReciprocalGrad": Spec(torch=lambda dy, y: -dy * y * y),
    "Rsqrt": Spec(torch=torch.rsqrt, share=0.3),
    "RsqrtGrad": Spec(torch=lambda dy, y: -0.5 * dy * y**3, share=0.4),
    "Scale": Spec(torch=lambda a, alpha: a * alpha, gradient_cases=(Case((4, 6), ALPHAS[0]),)),
}
