# SPDX-License-Identifier: Apache-2.0
"""Pooling."""

import torch
import torch.nn.functional as F  # noqa: N812

from tests.ops.spec import Spec, autograd
from tests.ops.window import GRADIENT_WINDOWS, channels_first
from traindeploy.verify.stimuli.pool import case_of


def maxpool(x: torch.Tensor, kernel: tuple[int, ...], strides: tuple[int, ...], pads: tuple[int, ...]) -> torch.Tensor:
    return F.max_pool2d(channels_first(x, pads, -torch.inf), kernel, strides).permute(0, 2, 3, 1)


def maxpool_grad(dy: torch.Tensor, x: torch.Tensor, y: torch.Tensor, **attrs: tuple[int, ...]) -> torch.Tensor:
    return autograd(lambda v: maxpool(v, **attrs), dy, x)


SPECS = {
    "MaxPool": Spec(
        torch=maxpool,
        share="exact: nothing is rounded",
        gradient_cases=tuple(case_of(window) for window in GRADIENT_WINDOWS),
    ),
    "MaxPoolGrad": Spec(torch=maxpool_grad),
}
