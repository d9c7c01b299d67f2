# SPDX-License-Identifier: Apache-2.0
"""Optimizers are data: one with two state tensors goes through training, placement and program like Sgd."""

import numpy as np
import pytest

import golden.machine
import traindeploy.ops as ops
from golden import fp32
from golden.program import interpret
from golden.training import execute_steps
from traindeploy.codegen import check_program, l3_image
from traindeploy.errors import UserError
from traindeploy.frontend import load_model
from traindeploy.frontend.data import load_samples
from traindeploy.ops.declare import with_kernel
from traindeploy.ops.operator import Attribute, Operator, Port
from traindeploy.platform import CONFIGS
from traindeploy.schedule import build_program
from traindeploy.training import Training, build_step

TWO_STATES = with_kernel(
    Operator(
        "TwoStates",
        "optimizer",
        "elementwise",
        (Port("w", "w"), Port("g", "g"), Port("m", "m"), Port("v", "v")),
        tuple(Port(f"{field}_new", f"{field}_new", replaces=field) for field in ("w", "m", "v")),
        "`fma(beta, m, g)`, `fma(g, g, v)`, `fma(-lr, m_new, w)`",
        attributes=(Attribute("lr", positive=True), Attribute("beta", default=0.5, low=0.0, high=1.0)),
    ),
    "td_two_states",
    "a made-up update",
    6.0,
)


def two_states(node, inputs, attrs):
    w, g, m, v = inputs
    m_new = fp32.fma(np.float32(attrs["beta"]), m, g)
    return [fp32.fma(-np.float32(attrs["lr"]), m_new, w), m_new, fp32.fma(g, g, v)]


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue with one more operator; nothing else is told of it."""
    monkeypatch.setitem(ops.OPERATORS, TWO_STATES.name, TWO_STATES)
    monkeypatch.setitem(ops.KERNELS, TWO_STATES.kernel.name, TWO_STATES.kernel)
    monkeypatch.setitem(ops.OPERATOR_OF_KERNEL, TWO_STATES.kernel.name, TWO_STATES)
    monkeypatch.setitem(golden.machine.OPS, TWO_STATES.name, two_states)


@pytest.mark.usefixtures("catalogue")
def test_an_optimizer_with_two_state_tensors_needs_no_change_of_the_compiler() -> None:
    graph = build_step(load_model("cct_tiny"), Training("lp", optimizer="TwoStates"))
    samples = load_samples("", graph, 3, 0)
    program = build_program(graph, CONFIGS["compact"], "redmule", steps=3)
    check_program(program)
    expected = execute_steps(graph, samples)
    compared = []

    def report(step, output, values) -> None:
        want = np.ascontiguousarray(expected[step][output.tensor], values.dtype)
        assert np.array_equal(values.view(np.uint32), want.view(np.uint32)), (step, output.tensor)
        compared.append(output.tensor)

    interpret(program, l3_image(program, samples), report)
    states = [name for name in graph.outputs if name.endswith((".m.new", ".v.new"))]
    assert len(states) == 2 * sum(t.trainable for t in graph.tensors.values() if t.view is None)
    assert all(compared.count(name) == 3 for name in states)
    home = program.homes
    assert all(name.removesuffix(".new") in home for name in states), "state carries over from step to step in L3"
    first, last = expected[0][states[0]], expected[2][states[0]]
    assert not np.array_equal(first, last)


@pytest.mark.parametrize("lr", [0.0, -1.0, float("nan"), float("inf"), 1e39, 1e-60])
def test_a_learning_rate_that_float32_does_not_hold_is_refused(lr: float) -> None:
    with pytest.raises(UserError, match=r"learning rate .*: expected a positive number that float32 holds"):
        build_step(load_model("cct_tiny"), Training("lp", learning_rate=lr))
