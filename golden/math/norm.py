# SPDX-License-Identifier: Apache-2.0
"""Normalisations over the last dimension, with their gradients."""

import numpy as np

from golden.math.rounding import RECIP, RSQRT, SECOND_ORDER, TINY, U, chain_error, float64
from golden.model import Arrays, Attributes, Bound, Model
from traindeploy.ir import Node


def _mean(x: np.ndarray) -> np.ndarray:
    return np.asarray(x.mean(axis=-1, keepdims=True))


def _mean_error(terms: np.ndarray, relative: float = 0.0, fused: bool = False) -> np.ndarray:
    """Of the machine's mean over the last axis: the chain of sums, the reciprocal of C, the product."""
    chain = chain_error(terms, relative, fused)[..., None] / terms.shape[-1]
    return np.asarray(chain + (RECIP + U) * (np.abs(_mean(terms)) + relative * _mean(np.abs(terms)) + chain))


def layernorm(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[R,C], gamma[C], beta[C] -> Y[R,C], mean[R], rstd[R] = 1 / sqrt(var + epsilon), the biased variance."""
    x, scale, shift = float64(inputs)
    mean = _mean(x)
    rstd = 1.0 / np.sqrt(_mean((x - mean) ** 2) + attrs["epsilon"])
    return [(x - mean) * rstd * scale + shift, mean[:, 0], rstd[:, 0]]


def layernorm_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """Two passes: the mean's error shifts every difference, the variance's error is followed through 1/sqrt exactly."""
    x, scale, shift = float64(inputs)
    epsilon = node.attrs["epsilon"]
    d = x - _mean(x)
    mean_error = _mean_error(x) + TINY
    d_error = mean_error + U * (np.abs(d) + mean_error)
    variance = _mean(d * d)
    squares = (np.abs(d) + d_error) ** 2
    variance_error = _mean(squares - d * d) + _mean_error(squares, fused=True)
    sum_error = variance_error + U * (variance + epsilon + variance_error)
    rstd = 1.0 / np.sqrt(variance + epsilon)
    largest = 1.0 / np.sqrt(np.maximum(variance + epsilon - sum_error, 0.5 * epsilon))
    smallest = 1.0 / np.sqrt(variance + epsilon + sum_error)  # farther off where the mean's error outweighs epsilon
    rstd_error = np.maximum(largest - rstd, rstd - smallest) + RSQRT * largest
    h_error = np.abs(d) * rstd_error + d_error * largest + U * (np.abs(d) + d_error) * largest
    y_error = np.abs(scale) * h_error + 2 * U * (np.abs(d * rstd * scale) + np.abs(shift) + np.abs(scale) * h_error)
    return [y_error * SECOND_ORDER + TINY, mean_error[:, 0], rstd_error[:, 0] * SECOND_ORDER]


def layernorm_grad(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """dY, X, gamma, mean, rstd -> dX = rstd (g - mean(g) - h mean(g h)), g = dY gamma, h = (X - mean) rstd."""
    dy, x, scale, mean, rstd = float64(inputs)
    g = dy * scale
    h = (x - mean[:, None]) * rstd[:, None]
    return [rstd[:, None] * (g - _mean(g) - h * _mean(g * h))]


def layernorm_grad_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """dX = d slope + (g rstd + offset), d = X - mean, slope = -mean(g d) rstd^3, offset = -mean(g) rstd.

    Every magnitude below is divided by rstd; h = |d| rstd, so that |d slope| / rstd = h mean(g h).
    """
    dy, x, scale, mean, rstd = float64(inputs)
    g, d = dy * scale, x - mean[:, None]
    h = np.abs(d * rstd[:, None])
    r = rstd[:, None]
    # g carries one rounding, the product with rstd is another.
    offset_error = U * _mean(np.abs(g)) + _mean_error(g, U) + U * np.abs(_mean(g))
    # g and d carry one each, three products with rstd follow.
    slope_error = r * (
        2 * U * _mean(np.abs(g * d)) + _mean_error(g * d, 2 * U, fused=True) + 3 * U * np.abs(_mean(g * d))
    )
    inner = U * np.abs(g) + offset_error + U * np.abs(g - _mean(g))
    outer = U * h * r * np.abs(_mean(g * d)) + h * slope_error
    return [(rstd[:, None] * (inner + outer) + U * np.abs(outputs[0])) * SECOND_ORDER + TINY]


OPERATORS: dict[str, tuple[Model, Bound]] = {
    "LayerNorm": (layernorm, layernorm_bound),
    "LayerNormGrad": (layernorm_grad, layernorm_grad_bound),
}
