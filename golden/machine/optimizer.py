# SPDX-License-Identifier: Apache-2.0
"""Updates of parameters (firmware/kernels/optimizer.c)."""

import numpy as np

from golden.fp32 import Float, add, fma, fmax, mul, sub
from golden.machine.functions import recip, rsqrt
from golden.model import Arrays, Attributes, Model
from traindeploy.ir import Node

SMALLEST_NORMAL = np.float32(2.0**-126)


def sgd(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """fma(-lr, g, w)"""
    w, g = inputs
    return [fma(-np.float32(attrs["lr"]), g, w)]


def _gated(gate: np.ndarray, new: Arrays, old: Arrays) -> Arrays:
    """``new``, or ``old`` bit for bit where the gate is zero."""
    return [array.copy() for array in (old if gate[0] == 0 else new)]


def sgd_rate(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """fma(-rate, fma(decay, w, g), w)"""
    w, g, rate, gate = inputs
    return _gated(gate, [fma(-rate, fma(np.float32(attrs["decay"]), w, g), w)], [w])


def momentum(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """m' = fma(momentum, m, fma(decay, w, g)); fma(-rate, m', w)"""
    w, g, m, rate, gate = inputs
    m_new = fma(np.float32(attrs["momentum"]), m, fma(np.float32(attrs["decay"]), w, g))
    return _gated(gate, [fma(-rate, m_new, w), m_new], [w, m])


def nesterov(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """d = fma(decay, w, g); m' = fma(momentum, m, d); fma(-rate, fma(momentum, m', d), w)"""
    w, g, m, rate, gate = inputs
    mu, d = np.float32(attrs["momentum"]), fma(np.float32(attrs["decay"]), w, g)
    m_new = fma(mu, m, d)
    return _gated(gate, [fma(-rate, fma(mu, m_new, d), w), m_new], [w, m])


def _moments(g: Float, m: Float, v: Float, attrs: Attributes) -> tuple[np.ndarray, np.ndarray]:
    beta1, beta2, one = np.float32(attrs["beta1"]), np.float32(attrs["beta2"]), np.float32(1)
    return fma(beta1, m, mul(sub(one, beta1), g)), fma(beta2, v, mul(mul(sub(one, beta2), g), g))


def _step(w: Float, m: Float, v: Float, rate: Float, scale: Float, epsilon: float) -> np.ndarray:
    """w - rate * m / (sqrt(v) * scale + epsilon), the root of at least the smallest normal number."""
    positive = fmax(v, SMALLEST_NORMAL)
    q = recip(fma(mul(positive, rsqrt(positive)), scale, np.float32(epsilon)))
    return fma(-mul(rate, m), q, w)


def adam(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """The moments of fma(decay, w, g), then ``_step`` of w."""
    w, g, m, v, rate, scale, gate = inputs
    m_new, v_new = _moments(fma(np.float32(attrs["decay"]), w, g), m, v, attrs)
    return _gated(gate, [_step(w, m_new, v_new, rate, scale, attrs["epsilon"]), m_new, v_new], [w, m, v])


def adamw(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """The moments of g, then ``_step`` of keep * w."""
    w, g, m, v, rate, scale, keep, gate = inputs
    m_new, v_new = _moments(g, m, v, attrs)
    return _gated(gate, [_step(mul(keep, w), m_new, v_new, rate, scale, attrs["epsilon"]), m_new, v_new], [w, m, v])


def accumulate(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """sum = acc + g: sum * share, and what is left in acc"""
    acc, g, gate = inputs
    total = add(acc, g)
    return [mul(total, np.float32(attrs["share"])), total if gate[0] == 0 else np.zeros_like(total)]


def scale_by(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
    """g * factor"""
    return [mul(*inputs)]


OPS: dict[str, Model] = {
    "Sgd": sgd,
    "SgdRate": sgd_rate,
    "Momentum": momentum,
    "Nesterov": nesterov,
    "Adam": adam,
    "AdamW": adamw,
    "Accumulate": accumulate,
    "ScaleBy": scale_by,
}
