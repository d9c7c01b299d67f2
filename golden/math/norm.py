# SPDX-License-Identifier: Apache-2.0
"""Normalisations over the last dimension, with their gradients."""

import numpy as np

from golden.math.rounding import RECIP, RSQRT, SECOND_ORDER, TINY, U, float64, gamma
from golden.model import Arrays, Attributes, Bound, Model
from traindeploy.ir import Node


def _mean(x: np.ndarray) -> np.ndarray:
    return np.asarray(x.mean(axis=-1, keepdims=True))


def layernorm(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """X[R,C], gamma[C], beta[C] -> Y[R,C], mean[R], rstd[R] = 1 / sqrt(var + epsilon), the biased variance."""
    x, scale, shift = float64(inputs)
    mean = _mean(x)
    rstd = 1.0 / np.sqrt(_mean((x - mean) ** 2) + attrs["epsilon"])
    return [(x - mean) * rstd * scale + shift, mean[:, 0], rstd[:, 0]]


def layernorm_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """Two passes: the mean's error shifts every difference, the variance's error is followed through 1/sqrt exactly."""
    x, scale, shift = float64(inputs)
    columns = x.shape[-1]
    epsilon = node.attrs["epsilon"]
    d = x - _mean(x)
    average = gamma(columns) + RECIP + U  # relative to the mean of magnitudes: sum, reciprocal of C, product
    mean_error = average * _mean(np.abs(x)) + TINY
    d_error = mean_error + U * (np.abs(d) + mean_error)
    variance = _mean(d * d)
    squares = (np.abs(d) + d_error) ** 2
    variance_error = _mean(squares - d * d) + average * _mean(squares)
    sum_error = variance_error + U * (variance + epsilon + variance_error)
    rstd = 1.0 / np.sqrt(variance + epsilon)
    largest = 1.0 / np.sqrt(np.maximum(variance + epsilon - sum_error, 0.5 * epsilon))
    rstd_error = (largest - rstd) + RSQRT * largest
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
    g = np.abs(dy * scale)
    h = np.abs((x - mean[:, None]) * rstd[:, None])
    average = gamma(x.shape[-1]) + RECIP + U  # sum, reciprocal of C, product
    a, b = _mean(g), _mean(g * h)
    offset_error = (average + 2 * U) * a  # g carries one rounding, the product with rstd is another
    slope_error = (average + 5 * U) * b  # g and d carry one each, three products with rstd follow
    inner = U * g + offset_error + U * (g + a)
    outer = U * h * b + h * slope_error
    return [(rstd[:, None] * (inner + outer) + U * np.abs(outputs[0])) * SECOND_ORDER + TINY]


OPERATORS: dict[str, tuple[Model, Bound]] = {
    "LayerNorm": (layernorm, layernorm_bound),
    "LayerNormGrad": (layernorm_grad, layernorm_grad_bound),
}
