# SPDX-License-Identifier: Apache-2.0
"""Convolutions: im2col on the cores, the product on the engine."""

from collections.abc import Sequence
from math import prod

from traindeploy.ops.declare import WINDOW_SIZES
from traindeploy.ops.operator import Attribute, Kernel, Operator, Port, Shape


def _flop(inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    """Multiplications by padding included."""
    return 2 * prod(outputs[0]) * prod(inputs[1][:-1])


IM2COL = Kernel(
    "td_im2col",
    "Output rows row_begin..row_end-1 of the im2col matrix of an image [height, width, channels], zeros in the\n"
    "padding; x points at input row x_row_begin.\n"
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
        gradient="not yet: no strategy trains or passes a convolution",
    ),
)
