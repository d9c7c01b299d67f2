# SPDX-License-Identifier: Apache-2.0
"""Whole programs give the graph's own results bit for bit, however their overlapping work is ordered."""

import pytest

from golden.training import execute_steps as expected
from tests.codegen.faults import with_attribute, with_zero, without_write_back
from tests.codegen.running import mismatches
from traindeploy.app.pipeline import build_training_graph
from traindeploy.codegen.check import check_program
from traindeploy.frontend.data import load_samples
from traindeploy.platform import CONFIGS
from traindeploy.records.program import Engine
from traindeploy.schedule import build_program
from traindeploy.training.strategies import STRATEGIES


@pytest.mark.parametrize("engine", ["redmule", "cores"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_two_steps_of_cct_tiny_are_bit_exact(strategy: str, engine: Engine) -> None:
    graph = build_training_graph("cct_tiny", strategy, lora_b="random")
    samples = load_samples("", graph, 2, 0)
    values = expected(graph, samples)
    program = build_program(graph, CONFIGS["paper"], engine, steps=2)
    check_program(program)
    for order in ("early", "late"):
        wrong, compared = mismatches(program, values, samples, order)
        assert wrong == []
        assert compared == 2 * sum(len(node.outputs) for node in graph.nodes)


@pytest.mark.parametrize(
    ("strategy", "engine", "config"),
    [("lora1", "redmule", "paper"), ("lora1", "cores", "paper"), ("lora1", "redmule", "compact"),
     ("ft2", "redmule", "paper"), ("lora2", "redmule", "paper")],
)  # fmt: skip
def test_a_step_of_cct2_is_bit_exact(strategy: str, engine: Engine, config: str) -> None:
    graph = build_training_graph("cct2", strategy, lora_b="random")
    samples = load_samples("", graph, 1, 0)
    program = build_program(graph, CONFIGS[config], engine)
    check_program(program)
    wrong, compared = mismatches(program, expected(graph, samples), samples, "late")
    assert wrong == []
    assert compared == sum(len(node.outputs) for node in graph.nodes)


@pytest.fixture(scope="module")
def tiny():
    graph = build_training_graph("cct_tiny", "lora1", lora_b="random")
    samples = load_samples("", graph, 2, 0)
    return graph, samples, expected(graph, samples)


def first_wrong(graph, samples, values) -> str:
    wrong, _ = mismatches(build_program(graph, CONFIGS["paper"], "redmule", steps=2), values, samples)
    return wrong[0][1] if wrong else ""


def test_a_wrong_scale_is_named_at_its_output(tiny) -> None:
    graph, samples, values = tiny
    node = [n for n in graph.nodes if n.op == "Scale"][-1]
    assert (
        first_wrong(with_attribute(graph, node.name, alpha=node.attrs["alpha"] * 2), samples, values) == node.outputs[0]
    )


def test_a_gradient_left_zero_is_named(tiny) -> None:
    graph, samples, values = tiny
    gradient = next(n.inputs[1] for n in graph.nodes if n.op == "Sgd" and len(graph.tensors[n.inputs[1]].shape) == 2)
    assert first_wrong(with_zero(graph, gradient), samples, values) == gradient


def test_a_weight_that_is_not_written_back_is_named(tiny) -> None:
    graph, samples, values = tiny
    program = build_program(graph, CONFIGS["paper"], "redmule", steps=2)
    update = next(n for n in graph.nodes if n.op == "Sgd")
    wrong, _ = mismatches(without_write_back(program, update.outputs[0]), values, samples)
    assert wrong[0] == (0, update.outputs[0])
