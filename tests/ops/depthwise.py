# SPDX-License-Identifier: Apache-2.0
"""Depthwise convolutions."""

import torch
import torch.nn.functional as F  # noqa: N812

from tests.ops.spec import Spec, autograd
from tests.ops.window import GRADIENT_WINDOWS, POINT, channels_first
from traindeploy.verify.stimuli.depthwise import case_of


def conv2d(x: torch.Tensor, weight: torch.Tensor, strides: tuple[int, ...], pads: tuple[int, ...]) -> torch.Tensor:
    filters = weight.permute(2, 0, 1)[:, None]
    image = channels_first(x, pads, 0.0)
    return F.conv2d(image, filters, stride=strides, groups=len(filters)).permute(0, 2, 3, 1)


def weight_grad(
    x: torch.Tensor, dz: torch.Tensor, kernel: tuple[int, ...], strides: tuple[int, ...], pads: tuple[int, ...]
) -> torch.Tensor:
    weight = torch.zeros(*kernel, x.shape[3], dtype=x.dtype)
    return autograd(lambda w: conv2d(x, w, strides, pads), dz, weight)


def input_grad(
    dz: torch.Tensor, weight: torch.Tensor, strides: tuple[int, ...], pads: tuple[int, ...], size: tuple[int, ...]
) -> torch.Tensor:
    image = torch.zeros(1, *size, weight.shape[2], dtype=dz.dtype)
    return autograd(lambda x: conv2d(x, weight, strides, pads), dz, image)


SHARE = {"short": 0.5, "medium": 0.3, "long": 0.1}  # the more terms a sum has, the less do all round the same way
SPECS = {
    "DepthwiseConv": Spec(
        torch=conv2d,
        share=SHARE,
        terms=lambda shape: shape[1][0] * shape[1][1],
        gradient_cases=tuple(case_of(window) for window in (*GRADIENT_WINDOWS, POINT)),
    ),
    "DepthwiseInputGrad": Spec(torch=input_grad, share=SHARE, terms=lambda shape: shape[1][0] * shape[1][1]),
    "DepthwiseWeightGrad": Spec(
        torch=weight_grad,
        share=SHARE,
        terms=lambda shape: shape[1][1] * shape[1][2],
    ),
}
