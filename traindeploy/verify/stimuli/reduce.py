# SPDX-License-Identifier: Apache-2.0
"""Sums over dimensions."""

import numpy as np

from golden.model import Arrays
from traindeploy.verify.call import Call, Definition, destination, run_machine
from traindeploy.verify.stimulus import ROWS, Attrs, Case, Shape, Stimulus, Variant, over, random_rows
from traindeploy.verify.values import Draw


def draw(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """The only input."""
    return [d.normal(*shape)]


def variants(case: Case) -> tuple[Variant, ...]:
    """From the first row, and from what the destination holds (a tile's part of the sum)."""
    return tuple(Variant("td_reduce_sum", {"accumulate": flag}) for flag in (0, 1))


def call(name: str, inputs: Arrays, attrs: Attrs, variant: Variant) -> Call:
    """The sum, or what it adds to."""
    (x,) = inputs
    accumulate = variant.how["accumulate"]
    total = x[-1].copy()
    summed = [np.concatenate([total[None], x])] if accumulate else [x]
    (out,) = run_machine("ReduceSum", summed, {})
    arguments = dict(x=x, out=total if accumulate else destination(out), rows=x.shape[0], cols=x.shape[1])
    return Call(
        f"{name}_{'more' if accumulate else 'first'}", "td_reduce_sum", arguments | {"accumulate": accumulate},
        {"out": out}, definition=Definition("ReduceSum", summed, {}),
    )  # fmt: skip


STIMULI = {
    "ReduceSum": Stimulus(
        cases=over((*ROWS, (2, 7), (300, 3))),
        random=lambda rng: Case(random_rows(rng)),
        draw=draw,
        variants=variants,
        call=call,
    )
}
