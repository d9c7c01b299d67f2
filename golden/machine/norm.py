# SPDX-License-Identifier: Apache-2.0
"""Normalisations and their gradients (firmware/kernels/norm.c)."""

import numpy as np

from golden.fp32 import add, fma, mul, sub
from golden.machine.functions import recip, rsqrt
from golden.machine.reduce import dot_last, sum_last
from golden.model import Arrays, Attributes, Model
from traindeploy.ir import Node


def layernorm(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[R, C], gamma[C], beta[C] -> Y[R, C], mean[R], rstd[R]."""
    x, gamma, beta = inputs
    inv = recip(np.float32(x.shape[-1]))
    mean = mul(sum_last(x), inv)
    deviation = sub(x, mean[..., None])
    variance = mul(dot_last(deviation, deviation), inv)
    rstd = rsqrt(add(variance, np.float32(attrs["epsilon"])))
    y = fma(mul(deviation, rstd[..., None]), gamma, beta)
    return [y, mean, rstd]


def layernorm_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dY[R, C], X[R, C], gamma[C], mean[R], rstd[R] -> dX[R, C]."""
    dy, x, gamma, mean, rstd = inputs
    inv = recip(np.float32(x.shape[-1]))
    g = mul(dy, gamma)
    d = sub(x, mean[..., None])
    a = mul(sum_last(g), inv)
    b = mul(dot_last(g, d), inv)
    slope = -mul(mul(mul(b, rstd), rstd), rstd)
    offset = -mul(a, rstd)
    return [fma(d, slope[..., None], fma(g, rstd[..., None], offset[..., None]))]


OPS: dict[str, Model] = {"LayerNorm": layernorm, "LayerNormGrad": layernorm_grad}
