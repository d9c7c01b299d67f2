# SPDX-License-Identifier: Apache-2.0
"""Sums, products and scalings."""

from traindeploy.ops.declare import elementwise, with_kernel
from traindeploy.ops.operator import Attribute, Gradient, Operator, Port

OPERATORS = (
    elementwise(
        "Add", "elementwise", "td_add", "a:A b:B", "out:C", order="`a + b`", comment="out[i] = a[i] + b[i]", cycles=5.0
    ),
    elementwise(
        "Mul", "elementwise", "td_mul", "a:A b:B", "out:C", order="`a * b`", comment="out[i] = a[i] * b[i]", cycles=5.0
    ),
    with_kernel(
        Operator(
            "AddRow",
            "elementwise",
            "row",
            (Port("a", "A[R,C]", "matrix"), Port("row", "b[C]", "row")),
            (Port("out", "C[R,C]", "matrix"),),
            "a + b; a bias, which RedMule and td_gemm add for free as Y[K]",
        ),
        "td_add_row",
        "out[r][c] = a[r][c] + row[c]",
        5.0,
    ),
    elementwise(
        "Scale",
        "elementwise",
        "td_scale",
        "a:A",
        "out:B",
        order="`a * alpha`",
        comment="out[i] = a[i] * alpha",
        cycles=3.7,
        attributes=(Attribute("alpha"),),
        gradient=Gradient("Scale", ("dy",)),
    ),
)
