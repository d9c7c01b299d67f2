# SPDX-License-Identifier: Apache-2.0
"""Normalisations and their gradients."""

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from tests.ops.spec import ROWS, Arrays, Attrs, Case, Draw, Shape, Spec, autograd, over

EPSILONS = tuple({"epsilon": float(np.float32(e))} for e in (1e-5, 1e-3, 1e-12))


def layernorm(x: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor, epsilon: float) -> tuple[torch.Tensor, ...]:
    variance, mean = torch.var_mean(x, -1, correction=0)
    return F.layer_norm(x, gamma.shape, gamma, beta, epsilon), mean, torch.rsqrt(variance + epsilon)


def layernorm_grad(dy: torch.Tensor, x: torch.Tensor, gamma: torch.Tensor, *statistics: torch.Tensor) -> torch.Tensor:
    """By autograd, with the epsilon that ``rstd`` was computed with."""
    _, rstd = statistics
    epsilon = (rstd**-2 - torch.var(x, -1, correction=0))[:, None]

    def forward(x: torch.Tensor) -> torch.Tensor:
        centred = x - x.mean(-1, keepdim=True)
        return centred / torch.sqrt((centred**2).mean(-1, keepdim=True) + epsilon) * gamma

    return autograd(forward, dy, x)


def shifted(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """Every other row lies 30 standard deviations off zero."""
    columns = shape[1]
    x = d.normal(*shape)
    with np.errstate(invalid="ignore"):
        x[::2] += 30 * d.scale
    return [x, d.normal(columns), d.normal(columns)]


def with_statistics(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """dY, X, gamma, and mean and 1 / deviation as the forward node leaves them."""
    x, gamma, _ = shifted(d, shape, attrs)
    dy = d.normal(*shape)
    if d.special:
        return [dy, x, gamma, d.normal(shape[0]), d.normal(shape[0])]
    return [dy, x, gamma, x.mean(-1), 1 / np.sqrt(x.var(-1) + 1e-5)]


SPECS = {
    "LayerNorm": Spec(
        torch=layernorm,
        cases=over(ROWS, *EPSILONS),
        draw=shifted,
        share={"short": (0.4, 0.4, 0.3), "medium": (0.45, 0.3, 0.3), "long": (0.45, 0.25, 0.3)},
        trained=("x",),  # the rule refuses scale and shift, until they can be trained
        gradient_cases=tuple(Case((4, 6), e) for e in EPSILONS),
    ),
    "LayerNormGrad": Spec(torch=layernorm_grad, draw=with_statistics, share=0.45),
}
