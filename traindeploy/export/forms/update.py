# SPDX-License-Identifier: Apache-2.0
"""Updates of parameters; where ``gate`` is zero they leave everything as it is."""

from collections.abc import Sequence

from traindeploy.export.builder import Builder
from traindeploy.export.forms.form import Call, Form


def _gated(b: Builder, gate: str, new: Sequence[str], old: Sequence[str]) -> list[str]:
    opened = b.op("Not", b.op("Equal", gate, b.number(0)))
    return [b.chosen(opened, ours, theirs) for ours, theirs in zip(new, old, strict=True)]


def _decayed(b: Builder, call: Call, w: str, g: str) -> str:
    """The gradient with weight decay."""
    decay = call.attrs["decay"]
    return b.add(g, b.mul(w, b.number(decay))) if decay else g


def sgd(b: Builder, call: Call) -> list[str]:
    w, g = call.inputs
    return [b.sub(w, b.mul(g, b.number(call.attrs["lr"])))]


def sgd_rate(b: Builder, call: Call) -> list[str]:
    w, g, rate, gate = call.inputs
    return _gated(b, gate, [b.sub(w, b.mul(rate, _decayed(b, call, w, g)))], [w])


def momentum(b: Builder, call: Call) -> list[str]:
    w, g, m, rate, gate = call.inputs
    new = b.add(b.mul(m, b.number(call.attrs["momentum"])), _decayed(b, call, w, g))
    return _gated(b, gate, [b.sub(w, b.mul(rate, new)), new], [w, m])


def nesterov(b: Builder, call: Call) -> list[str]:
    w, g, m, rate, gate = call.inputs
    factor, d = b.number(call.attrs["momentum"]), _decayed(b, call, w, g)
    new = b.add(b.mul(m, factor), d)
    return _gated(b, gate, [b.sub(w, b.mul(rate, b.add(d, b.mul(new, factor)))), new], [w, m])


def _adam(b: Builder, call: Call, g: str, m: str, v: str, rate: str, scale: str) -> tuple[str, str, str]:
    """What is subtracted from the weights, and the new moments."""
    beta1, beta2 = call.attrs["beta1"], call.attrs["beta2"]
    m_new = b.add(b.mul(m, b.number(beta1)), b.mul(g, b.number(1 - beta1)))
    v_new = b.add(b.mul(v, b.number(beta2)), b.mul(g, g, b.number(1 - beta2)))
    below = b.add(b.mul(b.op("Sqrt", v_new), scale), b.number(call.attrs["epsilon"]))
    return b.op("Div", b.mul(rate, m_new), below), m_new, v_new


def adam(b: Builder, call: Call) -> list[str]:
    w, g, m, v, rate, scale, gate = call.inputs
    step, m_new, v_new = _adam(b, call, _decayed(b, call, w, g), m, v, rate, scale)
    return _gated(b, gate, [b.sub(w, step), m_new, v_new], [w, m, v])


def adamw(b: Builder, call: Call) -> list[str]:
    w, g, m, v, rate, scale, keep, gate = call.inputs
    step, m_new, v_new = _adam(b, call, g, m, v, rate, scale)
    return _gated(b, gate, [b.sub(b.mul(keep, w), step), m_new, v_new], [w, m, v])


def accumulate(b: Builder, call: Call) -> list[str]:
    """The mean so far, and the sum, which begins anew where ``gate`` is not zero."""
    acc, g, gate = call.inputs
    total = b.add(acc, g)
    nothing = b.mul(acc, b.number(0))
    return [b.mul(total, b.number(call.attrs["share"])), *_gated(b, gate, [nothing], [total])]


def scale_by(b: Builder, call: Call) -> list[str]:
    return [b.mul(*call.inputs)]


FORMS: dict[str, Form] = {
    "Sgd": sgd,
    "SgdRate": sgd_rate,
    "Momentum": momentum,
    "Nesterov": nesterov,
    "Adam": adam,
    "AdamW": adamw,
    "Accumulate": accumulate,
    "ScaleBy": scale_by,
}
