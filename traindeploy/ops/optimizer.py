# SPDX-License-Identifier: Apache-2.0
"""Updates of parameters: what an output replaces is stored where the next training step reads it.

``Sgd`` has its learning rate compiled in. The others read theirs, and what else changes from step to step, from tensors
of one element that lie in L3 beside each step's sample: ``training/rates.py`` says what these hold. Where ``gate`` is
zero they leave everything as it is: the step is not the last one of its batch, whose gradients ``Accumulate`` sums.
"""

from traindeploy.ops.declare import with_kernel
from traindeploy.ops.operator import Attribute, Operator, Port

_ENDS = "an update ends the graph"
_DECAY = Attribute("decay", default=0.0, low=0.0, high=1.0)
_MOMENTUM = Attribute("momentum", default=0.9, low=0.0, high=1.0)
_BETAS = (Attribute("beta1", default=0.9, low=0.0, high=1.0), Attribute("beta2", default=0.999, low=0.0, high=1.0))
_EPSILON = Attribute("epsilon", default=1e-8, low=1e-30, high=1.0)


def _update(
    name: str, kernel: str, state: str, numbers: str, order: str, comment: str, cycles: float, *attributes: Attribute
) -> Operator:
    """An update of w by g with tensors ``state``, which it replaces too, and ``numbers`` of one element."""
    kept = ("w", *state.split())
    inputs = [Port(field, field) for field in ("w", "g", *state.split())]
    inputs += [Port(field, f"{field}[1]", "one") for field in numbers.split()]
    outputs = tuple(Port(f"{field}_new", f"{field}_new", replaces=field) for field in kept)
    plain = Operator(
        name, "optimizer", "elementwise", tuple(inputs), outputs, order, attributes=attributes, gradient=_ENDS
    )
    return with_kernel(plain, kernel, comment, cycles)


_MOMENTS = "`m' = fma(beta1, m, (1 - beta1) * g)`, `v' = fma(beta2, v, (1 - beta2) * g * g)`"
_ADAM = "`q = recip(fma(max(v', 2^-126) * rsqrt(max(v', 2^-126)), scale, epsilon))`"

OPERATORS = (
    _update("Sgd", "td_sgd", "", "", "`fma(-lr, g, w)`", "w_new[i] = fma(-lr, g[i], w[i])", 5.0,
            Attribute("lr", positive=True)),
    _update(
        "SgdRate", "td_sgd_rate", "", "rate gate", "`fma(-rate, fma(decay, w, g), w)`",
        "w_new[i] = fma(-rate[0], fma(decay, w[i], g[i]), w[i])", 9.0, _DECAY,
    ),
    _update(
        "Momentum", "td_momentum", "m", "rate gate", "`m' = fma(momentum, m, fma(decay, w, g))`, `fma(-rate, m', w)`",
        "m_new[i] = fma(momentum, m[i], fma(decay, w[i], g[i])); w_new[i] = fma(-rate[0], m_new[i], w[i])",
        14.0, _MOMENTUM, _DECAY,
    ),
    _update(
        "Nesterov", "td_nesterov", "m", "rate gate",
        "`d = fma(decay, w, g)`, `m' = fma(momentum, m, d)`, `fma(-rate, fma(momentum, m', d), w)`",
        "d = fma(decay, w[i], g[i]); m_new[i] = fma(momentum, m[i], d);\n"
        "w_new[i] = fma(-rate[0], fma(momentum, m_new[i], d), w[i])",
        16.0, _MOMENTUM, _DECAY,
    ),
    _update(
        "Adam", "td_adam", "m v", "rate scale gate",
        f"with `fma(decay, w, g)` for g: {_MOMENTS}, {_ADAM}, `fma(-(rate * m'), q, w)`",
        "Adam with g + decay * w for g: rate[0] = lr / (1 - beta1^t), scale[0] = 1 / sqrt(1 - beta2^t);\n"
        "w_new[i] = w[i] - rate * m_new[i] / (sqrt(v_new[i]) * scale + epsilon)",
        70.0, *_BETAS, _EPSILON, _DECAY,
    ),
    _update(
        "AdamW", "td_adamw", "m v", "rate scale keep gate",
        f"{_MOMENTS}, {_ADAM}, `fma(-(rate * m'), q, keep * w)`",
        "Adam whose weights shrink by keep[0] = 1 - lr * decay: w_new[i] = keep * w[i] -\n"
        "rate * m_new[i] / (sqrt(v_new[i]) * scale + epsilon); rate and scale as td_adam's",
        70.0, *_BETAS, _EPSILON,
    ),
    with_kernel(
        Operator(
            "Accumulate", "optimizer", "elementwise",
            (Port("acc", "acc"), Port("g", "g"), Port("gate", "gate[1]", "one")),
            (Port("mean", "mean"), Port("acc_new", "acc_new", replaces="acc")),
            "`sum = acc + g`, `sum * share`; `acc'` is +0 where gate is not 0, else sum",
            attributes=(Attribute("share", default=1.0, positive=True),),
            gradient=_ENDS,
        ),
        "td_accumulate",
        "mean[i] = (acc[i] + g[i]) * share; acc_new[i] = gate[0] ? 0 : acc[i] + g[i]",
        10.0,
    ),
    with_kernel(
        Operator(
            "ScaleBy", "optimizer", "elementwise", (Port("g", "g"), Port("factor", "factor[1]", "one")),
            (Port("out", "g'"),), "`g * factor`", gradient=_ENDS,
        ),
        "td_scale_by",
        "out[i] = g[i] * factor[0]",
        4.5,
    ),
)  # fmt: skip
