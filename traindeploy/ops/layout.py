# SPDX-License-Identifier: Apache-2.0
"""Operators that move nothing where a strided view will do: ``ir.views`` removes them or leaves a copy."""

from traindeploy.ops.declare import with_kernel
from traindeploy.ops.operator import Attribute, Operator, Port

_X, _OUT = Port("x", "X", "operand"), Port("out", "Y", "operand")

OPERATORS = (
    with_kernel(
        Operator(
            "Transpose",
            "layout",
            "layout",
            (_X,),
            (_OUT,),
            "copy; only where a view cannot express the layout",
            attributes=(Attribute("perm", number=False),),
        ),
        "td_transpose",
        "out[c][r] = x[r][c]; pitches in bytes (0: dense)",
        9.0,
        ("rows", "cols", "x_pitch", "out_pitch"),
    ),
    Operator("Reshape", "layout", "layout", (_X,), (_OUT,), "none: a view of the same elements"),
)
