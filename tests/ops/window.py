# SPDX-License-Identifier: Apache-2.0
"""What PyTorch's convolutions and poolings take."""

import torch
import torch.nn.functional as F  # noqa: N812


def channels_first(x: torch.Tensor, pads: tuple[int, ...], padding: float) -> torch.Tensor:
    """NHWC -> NCHW with ``padding`` round it; ``pads`` are (top, left, bottom, right)."""
    top, left, bottom, right = pads
    return F.pad(x.permute(0, 3, 1, 2), (left, right, top, bottom), value=padding)
