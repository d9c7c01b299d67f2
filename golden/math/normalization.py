# SPDX-License-Identifier: Apache-2.0
"""Operators over the rows of a matrix: layer normalisation and softmax, with their gradients."""

import numpy as np

from golden.math.rounding import EXP, RECIP, RSQRT, SECOND_ORDER, SMALLEST_NORMAL, TINY, U, gamma


def _float64(inputs):
    return [np.asarray(i, np.float64) for i in inputs]


def _mean(x: np.ndarray) -> np.ndarray:
    return x.mean(axis=-1, keepdims=True)


def layernorm(node, inputs, attrs):
    """X[R,C], gamma[C], beta[C] -> Y[R,C], mean[R], rstd[R] = 1 / sqrt(var + epsilon), the biased variance."""
    x, scale, shift = _float64(inputs)
    mean = _mean(x)
    rstd = 1.0 / np.sqrt(_mean((x - mean) ** 2) + attrs["epsilon"])
    return [(x - mean) * rstd * scale + shift, mean[:, 0], rstd[:, 0]]


def layernorm_bound(node, inputs, outputs):
    """Two passes: the mean's error shifts every difference, the variance's error is followed through 1/sqrt exactly."""
    x, scale, shift = _float64(inputs)
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


def layernorm_grad(node, inputs, attrs):
    """dY, X, gamma, mean, rstd -> dX = rstd (g - mean(g) - h mean(g h)), g = dY gamma, h = (X - mean) rstd."""
    dy, x, scale, mean, rstd = _float64(inputs)
    g = dy * scale
    h = (x - mean[:, None]) * rstd[:, None]
    return [rstd[:, None] * (g - _mean(g) - h * _mean(g * h))]


def layernorm_grad_bound(node, inputs, outputs):
    """dX = d slope + (g rstd + offset), d = X - mean, slope = -mean(g d) rstd^3, offset = -mean(g) rstd.

    Every magnitude below is divided by rstd; h = |d| rstd, so that |d slope| / rstd = h mean(g h).
    """
    dy, x, scale, mean, rstd = _float64(inputs)
    g = np.abs(dy * scale)
    h = np.abs((x - mean[:, None]) * rstd[:, None])
    average = gamma(x.shape[-1]) + RECIP + U  # sum, reciprocal of C, product
    a, b = _mean(g), _mean(g * h)
    offset_error = (average + 2 * U) * a  # g carries one rounding, the product with rstd is another
    slope_error = (average + 5 * U) * b  # g and d carry one each, three products with rstd follow
    inner = U * g + offset_error + U * (g + a)
    outer = U * h * b + h * slope_error
    return [(rstd[:, None] * (inner + outer) + U * np.abs(outputs[0])) * SECOND_ORDER + TINY]


def softmax(node, inputs, attrs):
    """Over the last axis."""
    x = _float64(inputs)[0]
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return [e / e.sum(axis=-1, keepdims=True)]


def softmax_relative_error(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Relative errors of exp(x - max), [*,C], and of its sum over the last axis, [*,1], given y = softmax(x)."""
    terms = U * (x.max(axis=-1, keepdims=True) - x) + EXP
    total = gamma(x.shape[-1]) + (terms * y).sum(axis=-1, keepdims=True)
    return terms, total


def softmax_bound(node, inputs, outputs):
    """The rounding of x - max is an absolute error of the exponent; results below the normal range may become 0."""
    x, y = _float64(inputs)[0], outputs[0]
    terms, total = softmax_relative_error(x, y)
    return [(terms + total + RECIP + U) * SECOND_ORDER * y + 2 * SMALLEST_NORMAL]


def softmax_grad(node, inputs, attrs):
    """dY, Y -> dX = y (dy - sum(dy y))."""
    dy, y = _float64(inputs)
    return [y * (dy - (dy * y).sum(axis=-1, keepdims=True))]


def softmax_grad_bound(node, inputs, outputs):
    dy, y = _float64(inputs)
    magnitude = np.abs(dy * y).sum(axis=-1, keepdims=True)
    difference = np.abs(dy - (dy * y).sum(axis=-1, keepdims=True))
    inner = gamma(y.shape[-1]) * magnitude + U * difference
    return [(y * inner + U * np.abs(outputs[0])) * SECOND_ORDER + TINY]


OPERATORS = {
    "LayerNorm": (layernorm, layernorm_bound),
    "LayerNormGrad": (layernorm_grad, layernorm_grad_bound),
    "Softmax": (softmax, softmax_bound),
    "SoftmaxGrad": (softmax_grad, softmax_grad_bound),
}
