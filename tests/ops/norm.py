# SPDX-License-Identifier: Apache-2.0
"""Normalisations and their gradients."""

import torch
import torch.nn.functional as F  # noqa: N812

from tests.ops.spec import Spec, autograd
from traindeploy.verify.stimuli.norm import EPSILONS
from traindeploy.verify.stimulus import Case


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


SPECS = {
    "LayerNorm": Spec(
        torch=layernorm,
        share={"short": (0.4, 0.4, 0.3), "medium": (0.45, 0.3, 0.3), "long": (0.45, 0.25, 0.3)},
        gradient_cases=tuple(Case((4, 6), e) for e in EPSILONS),
    ),
    "LayerNormGrad": Spec(torch=layernorm_grad, share=0.45),
}
