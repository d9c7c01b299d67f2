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
    with_kernel(
        Operator(
            "MulRow",
            "elementwise",
            "row",
            (Port("a", "A[R,C]", "matrix"), Port("row", "b[C]", "row")),
            (Port("out", "C[R,C]", "matrix"),),
            "`a * b`",
        ),
        "td_mul_row",
        "out[r][c] = a[r][c] * row[c]",
        5.0,
    ),
    elementwise(
        "Reciprocal",
        "elementwise",
        "td_reciprocal",
        "x:X",
        "out:Y",
        order="`recip(x)`, four Newton steps: firmware/kernels/td_math.h",
        comment="out[i] = 1 / x[i] for normal x[i] whose reciprocal is normal",
        cycles=24.0,
        onnx="Reciprocal",
        gradient=Gradient("ReciprocalGrad", ("dy", "out")),
    ),
    elementwise(
        "ReciprocalGrad",
        "elementwise",
        "td_reciprocal_grad",
        "dy:dY y:Y",
        "dx:dX",
        order="`(+0 - dy * y) * y`, Y being the forward node's output",
        comment="dx[i] = (0 - dy[i] * y[i]) * y[i]",
        cycles=7.0,
        gradient="second derivatives are not taken",
    ),
    elementwise(
        "Rsqrt",
        "elementwise",
        "td_inverse_root",
        "x:X",
        "out:Y",
        order="`rsqrt(x)`, three Newton steps: firmware/kernels/td_math.h",
        comment="out[i] = 1 / sqrt(x[i]) for positive normal x[i]",
        cycles=30.0,
        gradient=Gradient("RsqrtGrad", ("dy", "out")),
    ),
    elementwise(
        "RsqrtGrad",
        "elementwise",
        "td_inverse_root_grad",
        "dy:dY y:Y",
        "dx:dX",
        order="`((dy * -0.5) * y) * (y * y)`, Y being the forward node's output",
        comment="dx[i] = -dy[i] * y[i]^3 / 2",
        cycles=8.0,
        gradient="second derivatives are not taken",
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
