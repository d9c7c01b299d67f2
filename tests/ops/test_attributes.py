# SPDX-License-Identifier: Apache-2.0
"""An attribute reaches every part: changed alone, it changes definition, machine model, kernel, schedule, gradient."""

from typing import Any

import numpy as np
import pytest

from golden import math
from golden.executor import execute
from golden.model import Arrays
from tests.ops import SPECS
from tests.ops.graphs import label_of, loss_network, network, with_gradients
from tests.ops.spec import in_torch
from traindeploy.errors import UserError
from traindeploy.ir import Graph
from traindeploy.ir.emit import Emitter
from traindeploy.ops import OPERATORS
from traindeploy.platform import CONFIGS
from traindeploy.schedule.tiling import tile_graph
from traindeploy.verify.call import node_of, run_machine
from traindeploy.verify.stimuli import STIMULI
from traindeploy.verify.stimulus import Case, calls_of, directed, float32, inputs_of
from traindeploy.verify.values import Draw

ATTRIBUTES = sorted((op.name, attribute.name) for op in OPERATORS.values() for attribute in op.attributes)


def pair(op: str, attribute: str) -> tuple[Case, Case]:
    """Two cases of the operator's table that differ in this attribute alone."""
    cases = directed(op, STIMULI[op])[::-1]  # the larger ones come last
    for first in cases:
        for second in cases:
            rest = [{k: v for k, v in case.attrs.items() if k != attribute} for case in (first, second)]
            if first.shape == second.shape and rest[0] == rest[1] and first.attrs != second.attrs:
                return first, second
    raise AssertionError(f"stimuli/{OPERATORS[op].family}.py: no two cases of {op} differ in {attribute} alone")


def drawn(op: str, case: Case) -> Arrays:
    return float32(inputs_of(op, STIMULI[op], case, Draw(9)))


def same(a: Arrays, b: Arrays) -> bool:
    return all(x.shape == y.shape and (x == y).all() for x, y in zip(a, b, strict=True))


def in_model(op: str, inputs: Arrays, case: Case) -> Arrays:
    return math.OPS[op](node_of(op, inputs, case.attrs), inputs, case.attrs)


@pytest.mark.parametrize(("op", "attribute"), ATTRIBUTES)
def test_attribute_reaches_both_models_and_torchs(op: str, attribute: str) -> None:
    first, second = pair(op, attribute)
    inputs = drawn(op, first)
    assert not same(in_model(op, inputs, first), in_model(op, inputs, second))
    assert not same(run_machine(op, inputs, first.attrs), run_machine(op, inputs, second.attrs))
    assert not same(*(list(in_torch(SPECS[op], inputs, case.attrs)) for case in (first, second)))


def scalars_and_outputs(op: str, inputs: Arrays, case: Case) -> list[Any]:
    """What a kernel is told beside its tensors, and what is expected of it."""
    found: list[Any] = []
    for call in calls_of(op, STIMULI[op], case, inputs):
        found.append({name: value for name, value in call.arguments.items() if not isinstance(value, np.ndarray)})
        found.append({name: value.tobytes() for name, value in call.outputs.items()})
    return found


@pytest.mark.parametrize(("op", "attribute"), ATTRIBUTES)
def test_attribute_reaches_the_kernel_as_an_argument(op: str, attribute: str) -> None:
    first, second = pair(op, attribute)
    inputs = drawn(op, first)
    one, other = (scalars_and_outputs(op, inputs, case) for case in (first, second))
    declared = next(a for a in OPERATORS[op].attributes if a.name == attribute)
    if declared.number:
        assert one[0][attribute] != other[0][attribute]
    assert one == [] or one != other  # of permutations there is one kernel, of matrices


def scheduled(op: str, inputs: Arrays, case: Case) -> str:
    """The tasks that the schedule makes of the operator, or why it makes none, as text."""
    graph = Graph(op)
    emit = Emitter(graph)
    names = [emit.parameter(f"p{i}", x) for i, x in enumerate(inputs)]
    emit.op(op, "op", names, [y.shape for y in in_model(op, inputs, case)], dict(case.attrs))
    try:
        tasks, _ = tile_graph(graph, CONFIGS["compact"], "cores", 64 * 1024)
    except UserError as error:
        return str(error)
    return "\n".join(f"{task.kernel} {task.args}" for task in tasks)


@pytest.mark.parametrize(("op", "attribute"), ATTRIBUTES)
def test_attribute_reaches_the_schedule(op: str, attribute: str) -> None:
    first, second = pair(op, attribute)
    inputs = drawn(op, first)
    assert scheduled(op, inputs, first) != scheduled(op, inputs, second)


@pytest.mark.parametrize(
    ("op", "attribute"), [pair for pair in ATTRIBUTES if not isinstance(OPERATORS[pair[0]].gradient, str)]
)
def test_attribute_reaches_the_gradient(op: str, attribute: str) -> None:
    """The gradients of the trained inputs in a network round the operator."""
    gradients = []
    for case in pair(op, attribute):
        graph = loss_network(op, case) if OPERATORS[op].family == "loss" else network(op, SPECS[op], case)
        found = with_gradients(graph).values()
        values = execute(graph, {"label": label_of(graph)}, "math")
        gradients.append([values[gradient] for gradient in found])
    assert not any(same([one], [other]) for one, other in zip(*gradients, strict=True))
