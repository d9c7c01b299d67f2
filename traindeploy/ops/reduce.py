# SPDX-License-Identifier: Apache-2.0
"""Sums over dimensions."""

from traindeploy.ops.declare import with_kernel
from traindeploy.ops.operator import Operator, Port

OPERATORS = (
    with_kernel(
        Operator(
            "ReduceSum",
            "reduce",
            "reduction",
            (Port("x", "X[R,C]", "operand"),),
            (Port("out", "y[C]", "operand"),),
            "rows ascending, from the first row",
        ),
        "td_reduce_sum",
        "out[c] = (accumulate ? out[c] + x[0][c] : x[0][c]) + x[1][c] + ..., rows ascending",
        3.0,
        ("rows", "cols", "accumulate"),
    ),
)
