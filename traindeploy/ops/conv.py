# SPDX-License-Identifier: Apache-2.0
"""Convolutions: im2col on the cores, the product on the engine."""

from collections.abc import Sequence
from math import prod

from traindeploy.ops.declare import WINDOW_SIZES, with_kernel
from traindeploy.ops.operator import Attribute, Kernel, Operator, Port, Shape


def _flop(inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    """Multiplications by padding included."""
    return 2 * prod(outputs[0]) * prod(inputs[1][:-1])


def _weight_flop(inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    """As the convolution's."""
    return 2 * prod(inputs[1]) * prod(outputs[0][:-1])


def _input_flop(inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    """Multiplications by padding included."""
    kernel_h, kernel_w, _, filters = inputs[1]
    return 2 * prod(outputs[0]) * kernel_h * kernel_w * filters


_WINDOW = tuple(Attribute(name, number=False) for name in ("kernel", "strides", "pads"))
_COLUMNS = "M[OH*OW,KH*KW*C]"

COLUMN_SIZES = (
    *("out_height", "out_width", "channels", "kernel_row", "kernel_w", "stride_h", "stride_w", "pad_top", "pad_left"),
    *("width", "row_begin", "row_end", "x_row_begin", "x_pitch", "accumulate"),
)

IM2COL = Kernel(
    "td_im2col",
    "Output rows row_begin..row_end-1 of the im2col matrix of an image [height, width, channels], zeros in the\n"
    "padding; x points at input row x_row_begin. pad_left is negative (mod 2^32) for later columns of a kernel alone.\n"
    "out: dense [(row_end - row_begin) * out_width, kernel_h * kernel_w * channels].",
    WINDOW_SIZES,
    2.2,
    (Port("x", "X", "operand"),),
    (Port("out", "im2col", "operand"),),
)

KERNELS = (IM2COL,)
OPERATORS = (
    Operator(
        "Conv",
        "conv",
        "convolution",
        (Port("x", "X[1,H,W,C]", "operand"), Port("w", "Wt[KH,KW,C,F]", "operand")),
        (Port("z", "Z[1,OH,OW,F]", "operand"),),
        "Gemm of the im2col matrix [OH*OW, KH*KW*C] (zeros in the padding are multiplied too) with Wt as [KH*KW*C, F]",
        attributes=(Attribute("strides", number=False), Attribute("pads", number=False)),
        flop=_flop,
    ),
    Operator(
        "ConvWeightGrad",
        "conv",
        "convolution weights",
        (Port("x", "X[1,H,W,C]", "operand"), Port("dz", "dZ[1,OH,OW,F]", "operand")),
        (Port("dw", "dWt[KH,KW,C,F]", "operand"),),
        "Gemm of the transposed im2col matrix of X with dZ as [OH*OW, F]",
        attributes=_WINDOW,
        flop=_weight_flop,
        gradient="second derivatives are not taken",
    ),
    Operator(
        "ConvInputGrad",
        "conv",
        "convolution image",
        (Port("dz", "dZ[1,OH,OW,F]", "operand"), Port("w", "Wt[KH,KW,C,F]", "operand")),
        (Port("dx", "dX[1,H,W,C]", "operand"),),
        "Conv of dZ, stride 1, with Wt turned by half a turn and C, F exchanged; pads KH-1-top and so on",
        attributes=(Attribute("pads", number=False),),
        flop=_input_flop,
        gradient="second derivatives are not taken",
    ),
    with_kernel(
        Operator(
            "Col2im",
            "conv",
            "image of columns",
            (Port("x", _COLUMNS, "operand"),),
            (Port("out", "X[1,H,W,C]", "operand"),),
            "`acc = +0; for the window's positions, row by row: acc = acc + the position's value in the window that "
            "has it at this pixel`, where there is such a window; pixels that no window covers get +0",
            attributes=(*_WINDOW, Attribute("size", number=False)),
            gradient="only gradients need it",
        ),
        "td_col2im",
        "out[iy][ix][c] = (accumulate ? out : +0) + sum over kernel columns kx ascending of what the window that has\n"
        "(kernel_row, kx) holds there; out: rows row_begin..row_end-1 of an image [.., width, channels].\n"
        "x: that kernel row, [kernel_w * channels], of consecutive windows, x_pitch bytes apart, from those of output\n"
        "row x_row_begin on.",
        1.6,
        COLUMN_SIZES,
    ),
)
