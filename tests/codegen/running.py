# SPDX-License-Identifier: Apache-2.0
"""Runs programs on the host interpreter and compares them with the graph's own execution."""

from collections.abc import Mapping, Sequence

import numpy as np

from golden.program import Order, interpret
from traindeploy.codegen.image import l3_image
from traindeploy.ir.program import Output, Program


def mismatches(
    program: Program,
    values: list[dict[str, np.ndarray]],
    samples: Sequence[Mapping[str, np.ndarray]],
    order: Order = "early",
) -> tuple[list[tuple[int, str]], int]:
    """((training step, tensor) of each output that is not bit-identical, number of outputs compared)."""
    wrong: list[tuple[int, str]] = []
    compared = 0

    def report(step: int, output: Output, actual: np.ndarray) -> None:
        nonlocal compared
        compared += 1
        want = np.ascontiguousarray(values[step][output.tensor], actual.dtype)
        if not np.array_equal(actual.view(np.uint32), want.view(np.uint32)):
            wrong.append((step, output.tensor))

    interpret(program, l3_image(program, samples), report, order=order)
    return wrong, compared
