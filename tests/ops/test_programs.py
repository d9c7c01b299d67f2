# SPDX-License-Identifier: Apache-2.0
"""An operator alone as a program, run by the host interpreter: tiles and arguments give the machine model's bits."""

from typing import Any

import numpy as np
import pytest

from golden.training import execute_steps
from tests.codegen.running import mismatches
from tests.ops import SPECS
from traindeploy.codegen.check import check_program
from traindeploy.ir import Graph, Node, Tensor
from traindeploy.ops import OPERATORS
from traindeploy.platform import CONFIGS
from traindeploy.records.program import Engine
from traindeploy.schedule import build_program
from traindeploy.verify.call import run_machine
from traindeploy.verify.stimuli import STIMULI
from traindeploy.verify.stimulus import Case, directed, float32, inputs_of
from traindeploy.verify.values import Draw

SEVERAL_TILES = {"elementwise": (10_003,), "row": (130, 100)}


def programs() -> list[Any]:
    """Every case that a tiler takes, and for operators of elements and rows one of several tiles."""
    found = []
    for op in sorted(op for op, spec in SPECS.items() if "kernel" not in spec.absent):
        cases = [*directed(op, STIMULI[op])]
        shape = SEVERAL_TILES.get(OPERATORS[op].pattern)
        cases += [Case(shape, cases[-1].attrs)] if shape else []
        found += [pytest.param(op, case, id=f"{op}-{case.name}") for case in cases]
    return found


def graph_of(op: str, case: Case) -> tuple[Graph, dict[str, np.ndarray]]:
    """The operator with its inputs as parameters (labels are fed)."""
    inputs = float32(inputs_of(op, STIMULI[op], case, Draw(7)))
    graph, feeds = Graph(op), {}
    ports = OPERATORS[op].inputs[: len(inputs)]
    for port, data in zip(ports, inputs, strict=True):
        if port.dtype == "int32":
            graph.add(Tensor(port.field, data.shape, "int32", "label"))
            graph.inputs.append(port.field)
            feeds[port.field] = data
        else:
            graph.add(Tensor(port.field, data.shape, kind="parameter", data=data))
    results = zip(OPERATORS[op].outputs, run_machine(op, inputs, case.attrs), strict=True)
    outputs = [graph.add(Tensor(f"{port.field}.out", y.shape)).name for port, y in results]
    graph.nodes = [Node("op", op, [port.field for port in ports], outputs, dict(case.attrs))]
    graph.outputs = outputs
    return graph, feeds


@pytest.mark.parametrize(("op", "case"), programs())
def test_program_of_the_operator_gives_the_machine_models_bits(op: str, case: Case) -> None:
    graph, feeds = graph_of(op, case)
    values = execute_steps(graph, [feeds])
    engines: tuple[Engine, ...] = ("cores",)
    if OPERATORS[op].pattern.startswith(("matrix product", "convolution")):
        engines = ("redmule", "cores")
    for engine in engines:
        program = build_program(graph, CONFIGS["compact"], engine)
        check_program(program)
        assert mismatches(program, values, [feeds], "late") == ([], len(OPERATORS[op].outputs))
