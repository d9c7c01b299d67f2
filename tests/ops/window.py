# SPDX-License-Identifier: Apache-2.0
"""What PyTorch's convolutions and poolings take."""

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from traindeploy.verify.stimuli.windows import Window, random_window

SEEDS = range(12)
POINT: Window = ((4, 5), 3, (1, 1), (1, 1), (0, 0, 0, 0))


def remainder(window: Window) -> bool:
    """Whether the stride leaves rows or columns that no window reaches."""
    size, _, kernel, strides, (top, left, bottom, right) = window
    over = (size[0] + top + bottom - kernel[0]) % strides[0], (size[1] + left + right - kernel[1]) % strides[1]
    return any(over)


GRADIENT_WINDOWS = [random_window(np.random.default_rng([13, seed])) for seed in SEEDS]  # most with remainders


def channels_first(x: torch.Tensor, pads: tuple[int, ...], padding: float) -> torch.Tensor:
    """NHWC -> NCHW with ``padding`` round it; ``pads`` are (top, left, bottom, right)."""
    top, left, bottom, right = pads
    return F.pad(x.permute(0, 3, 1, 2), (left, right, top, bottom), value=padding)
