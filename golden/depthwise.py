# SPDX-License-Identifier: Apache-2.0
"""Kernels of depthwise convolutions in the host interpreter: position by position, on the tile that a call is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from golden import fp32
from traindeploy.ir.program import Call

if TYPE_CHECKING:
    from golden.program import Machine


def _tile(machine: Machine, call: Call, name: str, rows: int, width: int) -> np.ndarray:
    """[rows,width,C] of an operand that lies densely."""
    a: dict[str, Any] = call.args
    channels = a["channels"]
    steps = (4 * width * channels, 4 * channels, 4)
    return machine.rows(a[name].address, (rows, width, channels), steps, np.dtype(np.float32))


def _each(call: Call, rows: range, add: Callable[[int, int, int, int, int, int], None]) -> None:
    """``add(oy, ox, iy, ix, ky, kx)`` for each position of the windows of ``rows``, row by row, that may be in x."""
    a: dict[str, Any] = call.args
    for oy in rows:
        for ox in range(a["out_width"]):
            for ky in range(a["kernel_h"]):
                for kx in range(a["kernel_w"]):
                    iy, ix = oy * a["stride_h"] - a["pad_top"] + ky, ox * a["stride_w"] - a["pad_left"] + kx
                    if iy >= 0 and 0 <= ix < a["width"]:
                        add(oy, ox, iy, ix, ky, kx)


def depthwise(machine: Machine, call: Call) -> None:
    """Some output rows."""
    a: dict[str, Any] = call.args
    begin, end, first = a["row_begin"], a["row_end"], a["x_row_begin"]
    z, w = (
        _tile(machine, call, "z", end - begin, a["out_width"]),
        _tile(machine, call, "w", a["kernel_h"], a["kernel_w"]),
    )
    z[...] = 0

    def add(oy: int, ox: int, iy: int, ix: int, ky: int, kx: int) -> None:
        if iy < a["height"]:
            assert iy >= first, f"{call.label}: row {iy} lies before the first present"
            x = _tile(machine, call, "x", iy - first + 1, a["width"])[iy - first, ix]
            z[oy - begin, ox] = fp32.fma(x, w[ky, kx], z[oy - begin, ox])

    _each(call, range(begin, end), add)


def depthwise_weights(machine: Machine, call: Call) -> None:
    """What some output rows add."""
    a: dict[str, Any] = call.args
    begin, end, first = a["row_begin"], a["row_end"], a["x_row_begin"]
    dz = _tile(machine, call, "dz", end - begin, a["out_width"])
    dw = _tile(machine, call, "dw", a["kernel_h"], a["kernel_w"])
    if not a["accumulate"]:
        dw[...] = 0

    def add(oy: int, ox: int, iy: int, ix: int, ky: int, kx: int) -> None:
        if iy < a["height"]:
            assert iy >= first, f"{call.label}: row {iy} lies before the first present"
            x = _tile(machine, call, "x", iy - first + 1, a["width"])[iy - first, ix]
            dw[ky, kx] = fp32.fma(x, dz[oy - begin, ox], dw[ky, kx])

    _each(call, range(begin, end), add)


def depthwise_grad(machine: Machine, call: Call) -> None:
    """Windows descending: a pixel's have it at ascending positions of the kernel."""
    a: dict[str, Any] = call.args
    begin, end, first, last = a["row_begin"], a["row_end"], a["window_begin"], a["window_end"]
    dx, w = _tile(machine, call, "dx", end - begin, a["width"]), _tile(machine, call, "w", a["kernel_h"], a["kernel_w"])
    dx[...] = 0
    dz = _tile(machine, call, "dz", max(last - first, 1), a["out_width"])
    found: list[tuple[int, int, int, int, int, int]] = []
    _each(call, range(first, last), lambda *each: found.append(each))
    for oy, ox, iy, ix, ky, kx in sorted(found, key=lambda each: each[4:]):
        if begin <= iy < end:
            dx[iy - begin, ix] = fp32.fma(dz[oy - first, ox], w[ky, kx], dx[iy - begin, ix])


KERNELS: dict[str, Callable[[Any, Call], None]] = {
    "td_depthwise": depthwise,
    "td_depthwise_grad": depthwise_grad,
    "td_depthwise_weights": depthwise_weights,
}
