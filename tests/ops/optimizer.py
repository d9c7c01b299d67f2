# SPDX-License-Identifier: Apache-2.0
"""Updates of parameters; tests/training/test_optimizers.py holds them against torch.optim."""

import torch

from tests.ops.spec import Spec

Tensors = tuple[torch.Tensor, ...]


def where(gate: torch.Tensor, new: Tensors, old: Tensors) -> Tensors:
    return tuple(torch.where(gate != 0, a, b) for a, b in zip(new, old, strict=True))


def sgd(w: torch.Tensor, g: torch.Tensor, rate: torch.Tensor, gate: torch.Tensor, decay: float) -> torch.Tensor:
    return torch.where(gate != 0, w - rate * g.add(w, alpha=decay), w)


def momentum(*inputs: torch.Tensor, momentum: float, decay: float) -> Tensors:
    w, g, m, rate, gate = inputs
    new = m.mul(momentum).add(g.add(w, alpha=decay))
    return where(gate, (w - rate * new, new), (w, m))


def nesterov(*inputs: torch.Tensor, momentum: float, decay: float) -> Tensors:
    w, g, m, rate, gate = inputs
    g = g.add(w, alpha=decay)
    new = m.mul(momentum).add(g)
    return where(gate, (w - rate * g.add(new, alpha=momentum), new), (w, m))


def adamw(*inputs: torch.Tensor, beta1: float, beta2: float, epsilon: float) -> Tensors:
    w, g, m, v, rate, scale, keep, gate = inputs
    first = m.lerp(g, 1 - beta1)
    second = v.mul(beta2).addcmul(g, g, value=1 - beta2)
    new = (w * keep).addcdiv(first * -rate, second.sqrt() * scale + epsilon)
    return where(gate, (new, first, second), (w, m, v))


def adam(*inputs: torch.Tensor, decay: float, **attrs: float) -> Tensors:
    w, g, m, v, rate, scale, gate = inputs
    return adamw(w, g.add(w, alpha=decay), m, v, rate, scale, torch.ones(1), gate, **attrs)


def accumulate(acc: torch.Tensor, g: torch.Tensor, gate: torch.Tensor, share: float) -> Tensors:
    return (acc + g) * share, torch.where(gate != 0, torch.zeros_like(acc), acc + g)


SPECS = {
    "Sgd": Spec(torch=lambda w, g, lr: w - lr * g),
    "SgdRate": Spec(torch=sgd),
    "Momentum": Spec(torch=momentum),
    "Nesterov": Spec(torch=nesterov),
    "Adam": Spec(torch=adam),
    "AdamW": Spec(torch=adamw),
    "Accumulate": Spec(torch=accumulate),
    "ScaleBy": Spec(torch=lambda g, factor: g * factor),
}
