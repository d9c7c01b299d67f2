# SPDX-License-Identifier: Apache-2.0
"""Activation functions and their gradients."""

from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812

from tests.ops.spec import Spec, autograd


def of(function: Callable[[torch.Tensor], torch.Tensor]) -> Callable[..., torch.Tensor]:
    """dY, X -> dX by autograd."""
    return lambda dy, x: autograd(function, dy, x)


EXACT = "exact: nothing is rounded"

SPECS = {
    "Relu": Spec(torch=F.relu, share=EXACT),
    "ReluGrad": Spec(torch=of(F.relu), share=EXACT),
    "Gelu": Spec(torch=F.gelu, share=0.4),
    "GeluGrad": Spec(torch=of(F.gelu), share=0.7),
    "Sigmoid": Spec(torch=torch.sigmoid, share=0.35),
    "Tanh": Spec(torch=torch.tanh, share=0.35),
    "TanhGrad": Spec(torch=lambda dy, y: dy * (1 - y * y), share=0.5),
    "SigmoidGrad": Spec(torch=lambda dy, y: dy * y * (1 - y), share=0.5),
}
