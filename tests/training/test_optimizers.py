# SPDX-License-Identifier: Apache-2.0
"""A hundred steps of each optimizer are torch.optim's, and every update lies within its bound."""

from typing import Any

import numpy as np
import pytest
import torch

from golden import math as definition
from golden.machine import OPS
from golden.math import BOUNDS
from golden.math.rounding import U
from golden.program import interpret
from golden.training import execute_steps
from traindeploy.codegen import check_program, l3_image
from traindeploy.errors import UserError
from traindeploy.frontend import load_model
from traindeploy.frontend.data import load_samples
from traindeploy.ir import Node
from traindeploy.native import NativeMachine, load_library
from traindeploy.ops import OPERATORS
from traindeploy.platform import CONFIGS
from traindeploy.records.run import Optimizer
from traindeploy.schedule import build_program
from traindeploy.training import Training, build_step
from traindeploy.training.rates import OPTIMIZERS, Updates, feeds

STEPS, SIZE = 100, 50
WAYS = [
    Updates("sgd", 0.1, "cosine", decay=0.01, steps=STEPS),
    Updates("momentum", 0.05, momentum=0.875, decay=0.03125, steps=STEPS),
    Updates("nesterov", 0.05, "step", momentum=0.875, steps=STEPS),
    Updates("adam", 0.01, decay=0.03125, steps=STEPS),
    Updates("adamw", 0.01, "cosine", warmup=10, decay=0.125, steps=STEPS),
]


def in_torch(updates: Updates, start: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """w after all steps, in float64."""
    w = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
    beta1, beta2 = (float(np.float32(beta)) for beta in (0.9, 0.999))
    adam: dict[str, Any] = {"betas": (beta1, beta2), "eps": float(np.float32(1e-8)), "weight_decay": updates.decay}
    sgd: dict[str, Any] = {
        "weight_decay": updates.decay,
        "momentum": 0.0 if updates.optimizer == "sgd" else updates.momentum,
    }
    optimizer: torch.optim.Optimizer = {
        "adam": lambda: torch.optim.Adam([w], lr=1.0, **adam),
        "adamw": lambda: torch.optim.AdamW([w], lr=1.0, **adam),
        "nesterov": lambda: torch.optim.SGD([w], lr=1.0, nesterov=True, **sgd),
    }.get(updates.optimizer, lambda: torch.optim.SGD([w], lr=1.0, **sgd))()
    for step, gradient in enumerate(gradients, 1):
        optimizer.param_groups[0]["lr"] = updates.rate(step)
        w.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
    return w.detach().numpy()


@pytest.mark.parametrize("updates", WAYS, ids=lambda one: one.optimizer)
def test_a_hundred_steps_are_torchs(updates: Updates) -> None:
    """Rates are rounded to float32: each moves a step by U of it, and AdamW's keep a weight."""
    random = np.random.default_rng(1)
    start = random.standard_normal(SIZE).astype(np.float32)
    gradients = random.standard_normal((STEPS, SIZE)).astype(np.float32)
    operator = OPERATORS[updates.operator]
    given: dict[str, Any] = {a.name: updates.attributes.get(a.name, a.default) for a in operator.attributes}
    attrs = {a.name: a.rounded(given[a.name]) for a in operator.attributes}
    states = len(operator.outputs) - 1
    exact = [start.astype(np.float64), *(np.zeros(SIZE) for _ in range(states))]
    machine = [start, *(np.zeros(SIZE, np.float32) for _ in range(states))]
    allowed = np.zeros(SIZE)
    for step, gradient in enumerate(gradients, 1):
        numbers = list(updates.numbers(step).values())
        before = exact[0]
        node = Node("update", operator.name, [], [], attrs)
        exact = definition.OPS[operator.name](node, [exact[0], gradient, *exact[1:], *numbers], attrs)
        allowed += 2 * U * np.abs(exact[0] - before) + 2 * U * np.abs(before)
        inputs = [machine[0], gradient, *machine[1:], *numbers]
        ideal = definition.OPS[operator.name](node, inputs, attrs)
        bounds = BOUNDS[operator.name](node, inputs, ideal)
        machine = OPS[operator.name](node, inputs, attrs)
        for found, wanted, bound in zip(machine, ideal, bounds, strict=True):
            assert (np.abs(found - wanted) <= bound).all(), step
    expected = in_torch(updates, start, gradients)
    assert (np.abs(exact[0] - expected) <= allowed).all()
    assert np.abs(expected - start).max() > 0.05
    assert (np.abs(in_torch(updates, start, -gradients) - expected) > allowed).any(), "the comparison notices a sign"


@pytest.mark.parametrize("optimizer", [name for name in OPTIMIZERS if name != "sgd"])
def test_states_carry_over_in_a_program_and_in_native_code(optimizer: Optimizer) -> None:
    updates = Updates(optimizer, 0.01, steps=4)
    training = Training("lp", optimizer=updates.operator, numbers=updates.attributes, learning_rate=0.01)
    graph = build_step(load_model("cct_tiny"), training)
    given = enumerate(load_samples("", graph, 4, 0), 1)
    samples = [sample | feeds(graph, updates, step) for step, sample in given]
    program = build_program(graph, CONFIGS["compact"], "redmule", steps=4)
    check_program(program)
    expected = execute_steps(graph, samples)
    compared = []

    def report(step, output, values) -> None:
        want = np.ascontiguousarray(expected[step][output.tensor], values.dtype)
        assert np.array_equal(values.view(np.uint32), want.view(np.uint32)), (step, output.tensor)
        compared.append(output.tensor)

    interpret(program, l3_image(program, samples), report)
    states = [name for name in graph.outputs if name.endswith((".m.new", ".v.new"))]
    assert len(states) == 2 * (len(OPERATORS[updates.operator].outputs) - 1)
    assert all(compared.count(name) == 4 for name in states)
    machine = NativeMachine(graph, load_library())
    assert not machine.in_numpy
    for sample, values in zip(samples, expected, strict=True):
        machine.step(sample)
        assert all(machine.value(name).tobytes() == values[name].tobytes() for name in graph.outputs)


def test_a_batch_is_the_sum_of_its_gradients_ascending() -> None:
    updates = Updates("momentum", 0.01, steps=6, batch=3)
    training = Training("lp", optimizer=updates.operator, numbers=updates.attributes, batch=3)
    graph = build_step(load_model("cct_tiny"), training)
    given = enumerate(load_samples("", graph, 6, 0), 1)
    samples = [sample | feeds(graph, updates, step) for step, sample in given]
    program = build_program(graph, CONFIGS["compact"], "redmule", steps=6)
    check_program(program)
    expected = execute_steps(graph, samples)
    wrong = []

    def report(step, output, values) -> None:
        want = np.ascontiguousarray(expected[step][output.tensor], values.dtype)
        wrong.extend([(step, output.tensor)] * (not np.array_equal(values.view(np.uint32), want.view(np.uint32))))

    interpret(program, l3_image(program, samples), report)
    assert wrong == []
    sums = [node for node in graph.nodes if node.op == "Accumulate"]
    assert len(sums) == 2
    for node in sums:
        update = next(other for other in graph.nodes if node.outputs[0] in other.inputs)
        gradients = [values[node.inputs[1]] for values in expected]
        for last in (2, 5):
            total = (gradients[last - 2] + gradients[last - 1]) + gradients[last]
            mean = total * np.float32(1 / 3)
            assert expected[last][node.outputs[0]].tobytes() == mean.tobytes()
            assert not expected[last][node.outputs[1]].any()
        weights = [values[update.outputs[0]] for values in expected]
        assert weights[0].tobytes() == weights[1].tobytes() != weights[2].tobytes()
        assert weights[2].tobytes() == weights[4].tobytes() != weights[5].tobytes()


def test_rates_follow_their_schedule() -> None:
    cosine = Updates("sgd", 1.0, "cosine", final=0.1, warmup=4, steps=104)
    assert [cosine.rate(step) for step in (1, 2, 4)] == [0.25, 0.5, 1.0]
    assert cosine.rate(54) == pytest.approx(0.55)
    assert cosine.rate(104) == pytest.approx(0.1)
    step = Updates("sgd", 1.0, "step", steps=100)
    assert [step.rate(n) for n in (1, 50, 51, 75, 76, 100)] == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])
    assert Updates("sgd", 0.01).operator == "Sgd"
    assert Updates("sgd", 0.01, decay=0.1).operator == "SgdRate"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"momentum": 1.5}, "MOMENTUM"), ({"decay": -0.1}, "DECAY"), ({"final": float("nan")}, "FINAL_LR"),
     ({"learning_rate": 0.0}, "learning rate"), ({"learning_rate": float("inf")}, "learning rate")],
)  # fmt: skip
def test_bad_numbers_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        Updates("momentum", **wrong)
