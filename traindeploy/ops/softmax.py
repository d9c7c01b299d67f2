# SPDX-License-Identifier: Apache-2.0
"""Softmax over the last dimension."""

from traindeploy.ops.declare import with_kernel
from traindeploy.ops.operator import Gradient, Operator, Port

_Y, _DY = Port("y", "Y[*,C]", "matrix"), Port("dy", "dY[*,C]", "matrix")

OPERATORS = (
    with_kernel(
        Operator(
            "Softmax",
            "softmax",
            "row",
            (Port("x", "X[*,C]", "matrix"),),
            (_Y,),
            "firmware/kernels/softmax.c",
            gradient=Gradient("SoftmaxGrad", ("dy", "y")),
        ),
        "td_softmax",
        "y = exp(x - max(x)) / sum(exp(x - max(x))) per row of cols",
        41.0,
    ),
    with_kernel(
        Operator(
            "SoftmaxGrad",
            "softmax",
            "row",
            (_DY, _Y),
            (Port("dx", "dX[*,C]", "matrix"),),
            "`dx = y * (dy - sum(dy*y))`",
            gradient="second derivatives are not taken",
        ),
        "td_softmax_grad",
        "dx = y * (dy - sum(dy * y)) per row of cols",
        11.0,
    ),
)
