# SPDX-License-Identifier: Apache-2.0
"""Pooling."""

import torch
import torch.nn.functional as F  # noqa: N812

from tests.ops.spec import Spec
from tests.ops.window import channels_first


def maxpool(x: torch.Tensor, kernel: tuple[int, ...], strides: tuple[int, ...], pads: tuple[int, ...]) -> torch.Tensor:
    return F.max_pool2d(channels_first(x, pads, -torch.inf), kernel, strides).permute(0, 2, 3, 1)


SPECS = {"MaxPool": Spec(torch=maxpool, share="exact: nothing is rounded")}
