# SPDX-License-Identifier: Apache-2.0
"""Pooling over windows of an image."""

from traindeploy.ops.declare import WINDOW_SIZES, with_kernel
from traindeploy.ops.operator import Attribute, Operator, Port

OPERATORS = (
    with_kernel(
        Operator(
            "MaxPool",
            "pool",
            "window",
            (Port("x", "X[1,H,W,C]", "operand"),),
            (Port("y", "Y[1,OH,OW,C]", "operand"),),
            "running fmax over the window, rows then columns; padding is skipped",
            attributes=tuple(Attribute(name, number=False) for name in ("kernel", "strides", "pads")),
            gradient="not yet: no strategy passes a pooling",
        ),
        "td_maxpool",
        "Running maximum over the window, rows then columns; padding is skipped. The image as for td_im2col;\n"
        "y: [row_end - row_begin, out_width, channels].",
        30.0,
        WINDOW_SIZES,
    ),
)
