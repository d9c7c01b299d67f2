# SPDX-License-Identifier: Apache-2.0
"""Runs programs on the host interpreter and compares them with the graph's own execution."""

from collections.abc import Mapping, Sequence

import numpy as np

from golden.executor import execute
from traindeploy.codegen.image import l3_image
from traindeploy.codegen.interpret import Order, interpret
from traindeploy.ir import Graph
from traindeploy.schedule import Program
from traindeploy.schedule.program import Output


def expected(graph: Graph, samples: Sequence[Mapping[str, np.ndarray]]) -> list[dict[str, np.ndarray]]:
    """All tensors of each training step; weights carry over."""
    weights: dict[str, np.ndarray] = {}
    steps = []
    for sample in samples:
        values = execute(graph, {**sample, **weights})
        for node in graph.nodes:
            if node.op == "Sgd":
                weights[graph.storage(node.inputs[0]).name] = values[node.outputs[0]]
        steps.append(values)
    return steps


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
