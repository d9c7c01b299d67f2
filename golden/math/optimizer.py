# SPDX-License-Identifier: Apache-2.0
"""Updates of parameters.

The rate of Adam and AdamW is lr / (1 - beta1^t), the scale 1 / sqrt(1 - beta2^t) (Kingma and Ba, "Adam", 2015); AdamW's
keep is 1 - lr * decay (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019).
"""

import numpy as np

from golden.math.rounding import RECIP, RSQRT, SECOND_ORDER, SMALLEST_NORMAL, TINY, U, float64, one_rounding
from golden.model import Arrays, Attributes, Bound, Model
from traindeploy.ir import Node


def sgd(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    w, g = float64(inputs)
    return [w - attrs["lr"] * g]


def _gated(gate: np.ndarray, new: Arrays, old: Arrays) -> Arrays:
    """Where the gate is zero everything stays."""
    return new if gate[0] else old


def _error(gate: np.ndarray, bounds: Arrays) -> Arrays:
    return bounds if gate[0] else [np.zeros_like(bound) for bound in bounds]


def sgd_rate(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    w, g, rate, gate = float64(inputs)
    return _gated(gate, [w - rate * (g + attrs["decay"] * w)], [w])


def sgd_rate_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    w, g, rate, gate = float64(inputs)
    return _error(gate, [_moved(outputs[0], rate, U * np.abs(g + node.attrs["decay"] * w) + TINY)])


def momentum(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    w, g, m, rate, gate = float64(inputs)
    m_new = attrs["momentum"] * m + g + attrs["decay"] * w
    return _gated(gate, [w - rate * m_new, m_new], [w, m])


def momentum_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    w, g, _, rate, gate = float64(inputs)
    d_error = U * np.abs(g + node.attrs["decay"] * w) + TINY
    m_error = _rounded(outputs[1], d_error)
    return _error(gate, [_moved(outputs[0], rate, m_error), m_error])


def nesterov(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    w, g, m, rate, gate = float64(inputs)
    d = g + attrs["decay"] * w
    m_new = attrs["momentum"] * m + d
    return _gated(gate, [w - rate * (d + attrs["momentum"] * m_new), m_new], [w, m])


def nesterov_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    w, g, _, rate, gate = float64(inputs)
    mu = node.attrs["momentum"]
    d = g + node.attrs["decay"] * w
    d_error = U * np.abs(d) + TINY
    m_error = _rounded(outputs[1], d_error)
    step_error = _rounded(d + mu * outputs[1], d_error + mu * m_error)
    return _error(gate, [_moved(outputs[0], rate, step_error), m_error])


def _rounded(value: np.ndarray, error: np.ndarray) -> np.ndarray:
    """The error of ``value``, off by ``error``, rounded once more."""
    return np.asarray(error + U * (np.abs(value) + error) + TINY)


def _moved(w_new: np.ndarray, rate: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Of w - rate * x where x is off by ``error``, in one rounding."""
    return _rounded(w_new, np.abs(rate) * error)


def _moments(g: np.ndarray, m: np.ndarray, v: np.ndarray, attrs: Attributes) -> Arrays:
    beta1, beta2 = attrs["beta1"], attrs["beta2"]
    return [beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g]


def adam(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    w, g, m, v, rate, scale, gate = float64(inputs)
    m_new, v_new = _moments(g + attrs["decay"] * w, m, v, attrs)
    moved = w - rate * m_new / (np.sqrt(v_new) * scale + attrs["epsilon"])
    return _gated(gate, [moved, m_new, v_new], [w, m, v])


def adamw(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    w, g, m, v, rate, scale, keep, gate = float64(inputs)
    m_new, v_new = _moments(g, m, v, attrs)
    moved = keep * w - rate * m_new / (np.sqrt(v_new) * scale + attrs["epsilon"])
    return _gated(gate, [moved, m_new, v_new], [w, m, v])


def adam_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    w, g, _, _, rate, scale, gate = float64(inputs)
    g = g + node.attrs["decay"] * w
    return _error(gate, _adam_bound(g, U * np.abs(g) + TINY, rate, scale, outputs, node.attrs, np.zeros_like(g)))


def adamw_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    w, g, _, _, rate, scale, keep, gate = float64(inputs)
    kept_error = U * np.abs(keep * w) + TINY
    return _error(gate, _adam_bound(g, np.zeros_like(g), rate, scale, outputs, node.attrs, kept_error))


def _adam_bound(
    g: np.ndarray, g_error: np.ndarray, rate: np.ndarray, scale: np.ndarray, outputs: Arrays, attrs: Attributes,
    w_error: np.ndarray,
) -> Arrays:  # fmt: skip
    """1 - beta, its product with g, and that with g again are rounded; then each fused multiply-add once.

    The root is followed through its interval; below the smallest normal number it is that of that number.
    """
    w_new, m, v = outputs
    c1, c2 = 1 - attrs["beta1"], 1 - attrs["beta2"]
    m_error = _rounded(m, c1 * (2 * U * np.abs(g) + g_error) + TINY)
    largest = (np.abs(g) + g_error) ** 2
    v_error = _rounded(v, c2 * (largest - g * g + 3 * U * largest) + TINY * (1 + np.abs(g)))
    root = np.sqrt(v)
    high = np.sqrt(np.maximum(v + v_error, SMALLEST_NORMAL))
    low = np.sqrt(np.maximum(v - v_error, 0.0))
    root_error = np.maximum(high - root, root - low) + (RSQRT + U) * high
    below = root * scale + attrs["epsilon"]
    below_error = scale * root_error + U * (below + scale * root_error)
    quotient = np.abs(rate * m) / below
    reached = np.abs(rate) * (np.abs(m) + m_error) / np.maximum(below - below_error, attrs["epsilon"] * (1 - U))
    moved = reached * (1 + RECIP + U) - quotient + TINY * (1 + 1 / below)
    return [_rounded(w_new, moved + w_error) * SECOND_ORDER, m_error * SECOND_ORDER, v_error * SECOND_ORDER]


def accumulate(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    acc, g, gate = float64(inputs)
    return [attrs["share"] * (acc + g), np.zeros_like(acc) if gate[0] else acc + g]


def accumulate_bound(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    acc, g, gate = float64(inputs)
    total_error = U * np.abs(acc + g) + TINY
    return [
        _rounded(outputs[0], node.attrs["share"] * total_error),
        np.zeros_like(acc) if gate[0] else total_error,
    ]


def scale_by(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    g, factor = float64(inputs)
    return [g * factor]


OPERATORS: dict[str, tuple[Model, Bound]] = {
    "Sgd": (sgd, one_rounding),
    "SgdRate": (sgd_rate, sgd_rate_bound),
    "Momentum": (momentum, momentum_bound),
    "Nesterov": (nesterov, nesterov_bound),
    "Adam": (adam, adam_bound),
    "AdamW": (adamw, adamw_bound),
    "Accumulate": (accumulate, accumulate_bound),
    "ScaleBy": (scale_by, one_rounding),
}
