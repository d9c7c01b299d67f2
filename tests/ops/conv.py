# SPDX-License-Identifier: Apache-2.0
"""Convolutions."""

import torch
import torch.nn.functional as F  # noqa: N812

from tests.ops.spec import Spec
from tests.ops.window import GRADIENT_WINDOWS, POINT, channels_first
from traindeploy.verify.stimuli.conv import case_of


def conv2d(x: torch.Tensor, weight: torch.Tensor, strides: tuple[int, ...], pads: tuple[int, ...]) -> torch.Tensor:
    weight = weight.permute(3, 2, 0, 1)
    return F.conv2d(channels_first(x, pads, 0.0), weight, stride=strides).permute(0, 2, 3, 1)


def im2col(x: torch.Tensor, kernel: tuple[int, ...], strides: tuple[int, ...], pads: tuple[int, ...]) -> torch.Tensor:
    """PyTorch's rows have the channels first, and its windows are columns."""
    columns = F.unfold(channels_first(x, pads, 0.0), kernel, stride=strides)[0]
    return columns.reshape(x.shape[3], -1, columns.shape[1]).permute(2, 1, 0).reshape(columns.shape[1], -1)


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
    "Im2col": Spec(torch=im2col, share="exact: nothing is rounded"),
    "Col2im": Spec(torch=col2im),
}
