# SPDX-License-Identifier: Apache-2.0
"""Normalisations over the last dimension."""

from traindeploy.ops.declare import with_kernel
from traindeploy.ops.operator import Attribute, Operator, Port

_X = Port("x", "X[R,C]", "matrix")
_GAMMA = Port("gamma", "gamma[C]", "row")
_MEAN, _RSTD = Port("mean", "mean[R]", "column"), Port("rstd", "rstd[R]", "column")

OPERATORS = (
    with_kernel(
        Operator(
            "LayerNorm",
            "norm",
            "row",
            (_X, _GAMMA, Port("beta", "beta[C]", "row")),
            (Port("y", "Y[R,C]", "matrix"), _MEAN, _RSTD),
            "firmware/kernels/norm.c",
            attributes=(Attribute("epsilon", default=1e-5, low=0.0),),
        ),
        "td_layernorm",
        "y = (x - mean) * rstd * gamma + beta per row of cols; mean, rstd: [rows]",
        16.0,
    ),
    with_kernel(
        Operator(
            "LayerNormGrad",
            "norm",
            "row",
            (Port("dy", "dY[R,C]", "matrix"), _X, _GAMMA, _MEAN, _RSTD),
            (Port("dx", "dX[R,C]", "matrix"),),
            "firmware/kernels/norm.c",
            gradient="second derivatives are not taken",
        ),
        "td_layernorm_grad",
        "dx = rstd * (g - mean(g) - (x - mean) * rstd^2 * mean(g * (x - mean))), g = dy * gamma",
        22.0,
    ),
)
