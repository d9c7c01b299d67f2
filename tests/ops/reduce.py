# SPDX-License-Identifier: Apache-2.0
"""Sums over dimensions."""

import numpy as np

from tests.firmware.rtl_program import Call
from tests.ops.calls import destination, run_machine
from tests.ops.spec import ROWS, Arrays, Attrs, Draw, Shape, Spec, over


def draw(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    return [d.normal(*shape)]


def calls(name: str, inputs: Arrays, attrs: Attrs) -> list[Call]:
    """From the first row, and from what the destination holds (a tile's part of the sum)."""
    (x,) = inputs
    size = dict(rows=x.shape[0], cols=x.shape[1])
    (first,) = run_machine("ReduceSum", [x], {})
    total = x[-1].copy()
    (more,) = run_machine("ReduceSum", [np.concatenate([total[None], x])], {})
    return [
        Call(f"{name}_first", "td_reduce_sum", dict(x=x, out=destination(first), **size, accumulate=0), {"out": first}),
        Call(f"{name}_more", "td_reduce_sum", dict(x=x, out=total, **size, accumulate=1), {"out": more}),
    ]


SPECS = {
    "ReduceSum": Spec(
        torch=lambda x: x.sum(0),
        cases=over((*ROWS, (2, 7), (300, 3))),
        draw=draw,
        calls=calls,
        share={"short": 0.9, "medium": 0.5, "long": 0.25},
        terms=lambda shape: shape[0],
    )
}
