# SPDX-License-Identifier: Apache-2.0
"""Convolutions. A shape is (image [1,H,W,C], weights [KH,KW,C,F])."""

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from golden.machine.conv import im2col
from tests.firmware.rtl_program import Call
from tests.ops.calls import destination, run_machine
from tests.ops.spec import Arrays, Attrs, Case, Draw, Shape, Spec
from tests.ops.window import WINDOWS, channels_first, row_tiles

CASES = tuple(
    Case(((1, *size, channels), (*kernel, channels, 5)), {"strides": strides, "pads": pads})
    for size, channels, kernel, strides, pads in WINDOWS
)


def conv2d(x: torch.Tensor, weight: torch.Tensor, strides: tuple[int, ...], pads: tuple[int, ...]) -> torch.Tensor:
    weight = weight.permute(3, 2, 0, 1)
    return F.conv2d(channels_first(x, pads, 0.0), weight, stride=strides).permute(0, 2, 3, 1)


def draw(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    return [d.normal(*each) for each in shape]


def calls(name: str, inputs: Arrays, attrs: Attrs) -> list[Call]:
    """im2col in tiles of output rows, then the product of the whole matrix with the weights."""
    x, weight = inputs
    kernel, filters = weight.shape[:2], weight.shape[-1]
    matrix = im2col(x[0], kernel, attrs["strides"], attrs["pads"])
    (z,) = run_machine("Conv", inputs, attrs)
    rows = matrix.reshape(z.shape[1], z.shape[2], -1)
    found = []
    for begin, end, arguments in row_tiles(x[0], kernel, attrs):
        out = np.ascontiguousarray(rows[begin:end])
        found.append(
            Call(f"{name}_rows{begin}to{end}", "td_im2col", arguments | {"out": destination(out)}, {"out": out})
        )
    z = z.reshape(-1, filters)
    product = dict(
        x=matrix, w=weight.reshape(-1, filters), y=0, z=destination(z), m=len(matrix), n=matrix.shape[1], k=filters,
        x_pitch=0, w_pitch=0, y_pitch=0, z_pitch=0, flags=0,
    )  # fmt: skip
    return [*found, Call(f"{name}_product", "td_gemm", product, {"z": z})]


SPECS = {
    "Conv": Spec(
        torch=conv2d,
        cases=CASES,
        draw=draw,
        calls=calls,
        share={"short": 0.8, "medium": 0.5, "long": 0.2},
        terms=lambda shape: shape[1][0] * shape[1][1] * shape[1][2],
    )
}
