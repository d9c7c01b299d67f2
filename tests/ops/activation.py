# SPDX-License-Identifier: Apache-2.0
"""Activation functions and their gradients."""

from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812

from tests.ops.spec import Spec, autograd
from traindeploy.verify.stimuli.activation import ALPHAS, LIMITS
from traindeploy.verify.stimulus import Case


def of(function: Callable[[torch.Tensor], torch.Tensor]) -> Callable[..., torch.Tensor]:
    """dY, X -> dX by autograd."""
    return lambda dy, x: autograd(function, dy, x)


def hardtanh(x: torch.Tensor, low: float, high: float) -> torch.Tensor:
    return F.hardtanh(x, low, high)


def elu(x: torch.Tensor, alpha: float) -> torch.Tensor:
    return F.elu(x, alpha)


EXACT = "exact: nothing is rounded"

SPECS = {
    "Relu": Spec(torch=F.relu, share=EXACT),
    "ReluGrad": Spec(torch=of(F.relu), share=EXACT),
    "Gelu": Spec(torch=F.gelu, share=0.4),
    "GeluGrad": Spec(torch=of(F.gelu), share=0.7),
    "Clip": Spec(torch=hardtanh, share=EXACT, gradient_cases=(Case((4, 6), LIMITS[1]),)),
    "ClipGrad": Spec(torch=lambda dy, x, low, high: autograd(lambda v: hardtanh(v, low, high), dy, x), share=EXACT),
    "Elu": Spec(torch=elu, share=0.3, gradient_cases=(Case((4, 6), ALPHAS[1]),)),
    "EluGrad": Spec(torch=lambda dy, y, alpha: torch.where(y > 0, dy, dy * (y + alpha))),
    "Softplus": Spec(torch=lambda x: torch.logaddexp(x, torch.zeros_like(x)), share=0.4),
    "Sigmoid": Spec(torch=torch.sigmoid, share=0.35),
    "Tanh": Spec(torch=torch.tanh, share=0.35),
    "TanhGrad": Spec(torch=lambda dy, y: dy * (1 - y * y), share=0.5),
    "SigmoidGrad": Spec(torch=lambda dy, y: dy * y * (1 - y), share=0.5),
}
