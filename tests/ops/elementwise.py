# SPDX-License-Identifier: Apache-2.0
"""Sums, products and scalings."""

from tests.ops.spec import SIZES, Case, Spec, over

ALPHAS = ({"alpha": float.fromhex("0x1.333334p-2")}, {"alpha": 0.125}, {"alpha": -3.0})  # float32 numbers

SPECS = {
    "Add": Spec(torch=lambda a, b: a + b),
    "AddRow": Spec(torch=lambda a, row: a + row),
    "Mul": Spec(torch=lambda a, b: a * b),
    "Scale": Spec(
        torch=lambda a, alpha: a * alpha, cases=over(SIZES, *ALPHAS), gradient_cases=(Case((4, 6), ALPHAS[0]),)
    ),
}
