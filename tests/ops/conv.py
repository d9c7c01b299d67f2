# SPDX-License-Identifier: Apache-2.0
"""Convolutions."""

import torch
import torch.nn.functional as F  # noqa: N812

from tests.ops.spec import Spec
from tests.ops.window import channels_first


def conv2d(x: torch.Tensor, weight: torch.Tensor, strides: tuple[int, ...], pads: tuple[int, ...]) -> torch.Tensor:
    weight = weight.permute(3, 2, 0, 1)
    return F.conv2d(channels_first(x, pads, 0.0), weight, stride=strides).permute(0, 2, 3, 1)


SPECS = {
    "Conv": Spec(
        torch=conv2d,
        share={"short": 0.8, "medium": 0.5, "long": 0.2},
        terms=lambda shape: shape[1][0] * shape[1][1] * shape[1][2],
    )
}
