# SPDX-License-Identifier: Apache-2.0
"""Pooling. A shape is an image [1,H,W,C]."""

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from tests.firmware.rtl_program import Call
from tests.ops.calls import destination, run_machine
from tests.ops.spec import Arrays, Attrs, Case, Draw, Shape, Spec
from tests.ops.window import WINDOWS, channels_first, row_tiles

CASES = tuple(
    Case((1, *size, channels), {"kernel": kernel, "strides": strides, "pads": pads})
    for size, channels, kernel, strides, pads in WINDOWS
)


def maxpool(x: torch.Tensor, kernel: tuple[int, ...], strides: tuple[int, ...], pads: tuple[int, ...]) -> torch.Tensor:
    return F.max_pool2d(channels_first(x, pads, -torch.inf), kernel, strides).permute(0, 2, 3, 1)


def negative(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """Below zero in the first channel: padding with zeros would be seen."""
    x = d.normal(*shape)
    with np.errstate(invalid="ignore"):
        x[..., 0] = -np.abs(x[..., 0])
    return [x]


def calls(name: str, inputs: Arrays, attrs: Attrs) -> list[Call]:
    """In tiles of output rows."""
    (x,) = inputs
    (pooled,) = run_machine("MaxPool", inputs, attrs)
    found = []
    for begin, end, arguments in row_tiles(x[0], attrs["kernel"], attrs):
        y = np.ascontiguousarray(pooled[0, begin:end])
        found.append(Call(f"{name}_rows{begin}to{end}", "td_maxpool", arguments | {"y": destination(y)}, {"y": y}))
    return found


SPECS = {
    "MaxPool": Spec(torch=maxpool, cases=CASES, draw=negative, calls=calls, share="exact: nothing is rounded"),
}
