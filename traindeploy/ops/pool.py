# SPDX-License-Identifier: Apache-2.0
"""Pooling over windows of an image."""

from traindeploy.ops.declare import WINDOW_SIZES, with_kernel
from traindeploy.ops.operator import Attribute, Gradient, Operator, Port

_WINDOW = tuple(Attribute(name, number=False) for name in ("kernel", "strides", "pads"))
OPERATORS = (
    with_kernel(
        Operator(
            "MaxPool",
            "pool",
            "window",
            (Port("x", "X[1,H,W,C]", "operand"),),
            (Port("y", "Y[1,OH,OW,C]", "operand"),),
            "running fmax over the window, rows then columns; padding is skipped",
            attributes=_WINDOW,
            gradient=Gradient("MaxPoolGrad", ("dy", "x", "y")),
        ),
        "td_maxpool",
        "Running maximum over the window, rows then columns; padding is skipped. The image as for td_im2col;\n"
        "y: [row_end - row_begin, out_width, channels].",
        17.0,
        WINDOW_SIZES,
    ),
    with_kernel(
        Operator(
            "MaxPoolGrad",
            "pool",
            "window gradient",
            (
                Port("dy", "dY[1,OH,OW,C]", "operand"),
                Port("x", "X[1,H,W,C]", "operand"),
                Port("y", "Y[1,OH,OW,C]", "operand"),
            ),
            (Port("dx", "dX[1,H,W,C]", "operand"),),
            "from +0, windows row by row: dX at the first position of the window, row by row, where X equals Y gets "
            "`dX + dY`; a window of NaN has none",
            attributes=_WINDOW,
            gradient="second derivatives are not taken",
        ),
        "td_maxpool_grad",
        "Rows row_begin..row_end-1 of dx, [.., width, channels]: each window adds its dy, row by row, at its first\n"
        "position where x == y. x holds input rows from x_row_begin on; dy and y hold rows window_begin..window_end-1\n"
        "of windows: all that reach these rows of dx.",
        9.0,
        (*WINDOW_SIZES, "window_begin", "window_end"),
    ),
)
