# SPDX-License-Identifier: Apache-2.0
"""Depthwise convolutions: a filter a channel, on the cores."""

from collections.abc import Sequence
from math import prod

from traindeploy.ops.declare import WINDOW_SIZES, with_kernel
from traindeploy.ops.operator import Attribute, Operator, Port, Shape


def _flop(inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    """Multiplications by padding included."""
    return 2 * prod(outputs[0]) * prod(inputs[1][:-1])


def _input_flop(inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    """As the convolution's."""
    return 2 * prod(inputs[0]) * prod(inputs[1][:-1])


def _weight_flop(inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    """As the convolution's."""
    return 2 * prod(inputs[1]) * prod(outputs[0][:-1])


_SLIDING = tuple(Attribute(name, number=False) for name in ("strides", "pads"))
_X, _DZ = Port("x", "X[1,H,W,C]", "operand"), Port("dz", "dZ[1,OH,OW,C]", "operand")
_W = Port("w", "Wt[KH,KW,C]", "operand")
IMAGE_SIZES = (*(name for name in WINDOW_SIZES if name not in ("height", "x_row_begin")), "window_begin", "window_end")

OPERATORS = (
    with_kernel(
        Operator(
            "DepthwiseConv",
            "depthwise",
            "depthwise",
            (_X, _W),
            (Port("z", "Z[1,OH,OW,C]", "operand"),),
            "`acc = +0; for the window's positions, row by row: acc = fma(x, w, acc)`; padding is skipped",
            attributes=_SLIDING,
            flop=_flop,
        ),
        "td_depthwise",
        "z = sum over the window, row by row, of x w, channel by channel; padding is skipped. The image as for\n"
        "td_im2col; z: [row_end - row_begin, out_width, channels].",
        6.0,
        WINDOW_SIZES,
    ),
    with_kernel(
        Operator(
            "DepthwiseInputGrad",
            "depthwise",
            "depthwise image",
            (_DZ, _W),
            (Port("dx", "dX[1,H,W,C]", "operand"),),
            "`acc = +0; for the window's positions, row by row: acc = fma(dz, w, acc)`, dz being that of the window "
            "that has it at this pixel, where there is such a window",
            attributes=(*_SLIDING, Attribute("size", number=False)),
            flop=_input_flop,
            gradient="second derivatives are not taken",
        ),
        "td_depthwise_grad",
        "Rows row_begin..row_end-1 of dx, [.., width, channels]: sums of dz w, kernel positions row by row. dz holds\n"
        "rows window_begin..window_end-1 of windows: all that reach these rows of dx.",
        6.0,
        IMAGE_SIZES,
    ),
    with_kernel(
        Operator(
            "DepthwiseWeightGrad",
            "depthwise",
            "depthwise weights",
            (_X, _DZ),
            (Port("dw", "dWt[KH,KW,C]", "operand"),),
            "`acc = +0; for windows, row by row: acc = fma(x, dz, acc)`; padding is skipped",
            attributes=(Attribute("kernel", number=False), *_SLIDING),
            flop=_weight_flop,
            gradient="second derivatives are not taken",
        ),
        "td_depthwise_weights",
        "dw = (accumulate ? dw : +0) + sum over output rows row_begin..row_end-1, row by row, of x dz; padding is\n"
        "skipped. The image as for td_im2col; dz: [row_end - row_begin, out_width, channels].",
        6.0,
        (*WINDOW_SIZES, "accumulate"),
    ),
)
