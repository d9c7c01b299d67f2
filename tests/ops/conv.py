# SPDX-License-Identifier: Apache-2.0
"""Convolutions."""

import torch
import torch.nn.functional as F  # noqa: N812

from tests.ops.spec import Spec, autograd
from tests.ops.window import GRADIENT_WINDOWS, POINT, channels_first
from traindeploy.verify.stimuli.conv import case_of


def conv2d(x: torch.Tensor, weight: torch.Tensor, strides: tuple[int, ...], pads: tuple[int, ...]) -> torch.Tensor:
    weight = weight.permute(3, 2, 0, 1)
    return F.conv2d(channels_first(x, pads, 0.0), weight, stride=strides).permute(0, 2, 3, 1)


def weight_grad(
    x: torch.Tensor, dz: torch.Tensor, kernel: tuple[int, ...], strides: tuple[int, ...], pads: tuple[int, ...]
) -> torch.Tensor:
    weight = torch.zeros(*kernel, x.shape[3], dz.shape[3], dtype=x.dtype)
    return autograd(lambda w: conv2d(x, w, strides, pads), dz, weight)


def input_grad(dz: torch.Tensor, weight: torch.Tensor, pads: tuple[int, ...]) -> torch.Tensor:
    top, left, bottom, right = pads
    height, width = (n + k - 1 for n, k in zip(dz.shape[1:3], weight.shape[:2], strict=True))
    image = torch.zeros(1, height - top - bottom, width - left - right, weight.shape[2], dtype=dz.dtype)
    return autograd(lambda x: conv2d(x, weight, (1, 1), pads), dz, image)


def col2im(
    m: torch.Tensor, kernel: tuple[int, ...], strides: tuple[int, ...], pads: tuple[int, ...], size: tuple[int, ...]
) -> torch.Tensor:
    top, left, bottom, right = pads
    columns = m.reshape(len(m), kernel[0] * kernel[1], -1).permute(2, 1, 0).reshape(1, -1, len(m))
    padded = (size[0] + top + bottom, size[1] + left + right)
    image = F.fold(columns, padded, kernel, stride=strides)
    return image[:, :, top : top + size[0], left : left + size[1]].permute(0, 2, 3, 1)


SPECS = {
    "Conv": Spec(
        torch=conv2d,
        share={"short": 0.8, "medium": 0.5, "long": 0.2},
        terms=lambda shape: shape[1][0] * shape[1][1] * shape[1][2],
        gradient_cases=tuple(case_of(window) for window in (*GRADIENT_WINDOWS, POINT)),
    ),
    "ConvWeightGrad": Spec(
        torch=weight_grad,
        share={"short": 0.8, "medium": 0.5, "long": 0.2},
        terms=lambda shape: shape[1][1] * shape[1][2],
    ),
    "ConvInputGrad": Spec(
        torch=input_grad,
        share={"short": 0.8, "medium": 0.5, "long": 0.2},
        terms=lambda shape: shape[1][0] * shape[1][1] * shape[1][3],
    ),
    "Col2im": Spec(torch=col2im),
}
