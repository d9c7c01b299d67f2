# SPDX-License-Identifier: Apache-2.0
"""Operators that move elements: views where strides will do (``ir.views`` removes them or leaves a copy), and parts.

Parts are cut out and put together along the middle one of three dimensions, as which any shape can be seen.
"""

from traindeploy.ops.declare import with_kernel
from traindeploy.ops.operator import Attribute, Operator, Port

COPY_LOOPS = ("block", "plane", "row", "col")  # of td_transpose, outermost first
_X, _OUT = Port("x", "X", "operand"), Port("out", "Y", "operand")

OPERATORS = (
    with_kernel(
        Operator(
            "Transpose",
            "layout",
            "layout",
            (_X,),
            (_OUT,),
            "copy, of any permutation; only where a view cannot express the layout",
            attributes=(Attribute("perm", number=False),),
        ),
        "td_transpose",
        "out at (b, p, r, c) = x at (b, p, r, c), for blocks x planes x rows x cols elements: (b, p, r, c) lies\n"
        "b block + p plane + r row + c col bytes behind the first one, with the strides x_... in x and out_... in out.",
        9.0,
        (*(f"{loop}s" for loop in COPY_LOOPS), *(f"{side}_{loop}" for side in ("x", "out") for loop in COPY_LOOPS)),
    ),
    Operator(
        "Slice",
        "layout",
        "part",
        (Port("x", "X[O,A,I]", "operand"),),
        (Port("out", "Y[O,B,I]", "operand"),),
        "copy: `Y[o,b,i] = X[o,start + b step,i]`, up to and without stop",
        attributes=tuple(Attribute(name, number=False) for name in ("start", "stop", "step")),
    ),
    Operator(
        "Concat",
        "layout",
        "part",
        (Port("a", "A[O,A,I]", "operand"), Port("b", "B[O,B,I]", "operand")),
        (Port("out", "Y[O,A+B,I]", "operand"),),
        "copy: A, and B behind it",
    ),
    Operator("Reshape", "layout", "layout", (_X,), (_OUT,), "none: a view of the same elements"),
)
