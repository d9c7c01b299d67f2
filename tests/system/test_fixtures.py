# SPDX-License-Identifier: Apache-2.0
"""Published inference graphs, imported, differentiated and stepped once, give the updates their authors expect.

What is compared is the update w_new - w_old. Its expected value is known only as a difference of two float32 numbers:
each element is uncertain by half an ULP of the published w_new. The tolerance is a relative L2 error of 1e-3 plus
that uncertainty, and nothing else.

Peculiarities of these graphs: CCT2_LoRA1 has neither the 1/8 attention scale nor LoRA's alpha/r, and our step follows
the graph; its published training graph wires GeluGrad to the tensor before the bias, but ``outputs.npz`` is right; the
biases of projections and MLP and a second bias before GELU are one shared vector that is not trained; the bias of the
sequence pooling has a gradient of zero.
"""

from pathlib import Path

import numpy as np
import pytest

from golden.executor import execute
from traindeploy.app.pipeline import build_training_graph
from traindeploy.frontend.data import load_samples
from traindeploy.ir import Graph
from traindeploy.ops import flop
from traindeploy.training import trainable_parameters

FIXTURES = Path(__file__).resolve().parents[3] / "shared" / "fixtures"  # beside the checkout, not in it
pytestmark = pytest.mark.skipif(not FIXTURES.exists(), reason="../shared/fixtures (published CCT graphs) is not here")
CASES = [("CCT2_LP", "lp", 2), ("CCT2_LoRA1", "lora1", 16)]


def step_graph(name: str, strategy: str) -> tuple[Graph, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The step's graph, its feeds, and the expected new weights by parameter."""
    folder = FIXTURES / name
    graph = build_training_graph(str(folder / "network_infer.onnx"), strategy, learning_rate=0.01)
    feeds = load_samples(str(folder / "inputs.npz"), graph, 1, seed=0)[0]
    expected = np.load(folder / "outputs.npz")
    return graph, feeds, {k.removesuffix("_updated"): expected[k] for k in expected.files}


def excess(graph: Graph, values: dict[str, np.ndarray], parameter: str, expected: np.ndarray, rounded: bool) -> float:
    """L2 error of the update beyond what rounding explains, relative to the update; <= 1e-3 is a pass.

    ``rounded`` says that our own w_new is float32 too, and its rounding half an ULP more.
    """
    old = graph.tensors[parameter].data.astype(np.float64)
    update = expected.astype(np.float64) - old
    error = values[f"{parameter}.new"].astype(np.float64) - old - update
    ulp = np.spacing(np.maximum(np.abs(expected), np.abs(old.astype(np.float32)))).astype(np.float64)
    beyond = np.maximum(np.abs(error) - ulp * (1.0 if rounded else 0.5), 0.0)
    return float(np.linalg.norm(beyond) / max(np.linalg.norm(update), np.finfo(np.float32).tiny))


@pytest.mark.parametrize("model", ["math", "machine"])
@pytest.mark.parametrize(("name", "strategy", "count"), CASES)
def test_updates_match_the_published_ones(name, strategy, count, model):
    graph, feeds, expected = step_graph(name, strategy)
    values = execute(graph, feeds, model)
    assert set(expected) == {o.removesuffix(".new") for o in graph.outputs if o.endswith(".new")}
    assert len(expected) == count
    errors = {p: excess(graph, values, p, new, rounded=model == "machine") for p, new in expected.items()}
    assert max(errors.values()) <= 1e-3, errors


@pytest.mark.parametrize(("name", "strategy", "count"), CASES)
def test_the_float32_step_meets_them_without_any_allowance(name, strategy, count):
    """The same rounding w - lr g hides the same digits: most tensors are then equal to the last bit."""
    graph, feeds, expected = step_graph(name, strategy)
    values = execute(graph, feeds, "machine")
    for parameter, new in expected.items():
        old = graph.tensors[parameter].data.astype(np.float64)
        error = np.linalg.norm(values[f"{parameter}.new"].astype(np.float64) - new)
        assert error <= 1e-3 * np.linalg.norm(new - old), parameter


def test_the_pooling_bias_does_not_move():
    graph, feeds, expected = step_graph("CCT2_LoRA1", "lora1")
    bias = "classifier_attention_pool_bias"
    assert expected[bias] == graph.tensors[bias].data
    assert execute(graph, feeds, "machine")[f"{bias}.new"] == graph.tensors[bias].data


@pytest.mark.parametrize(("name", "strategy", "count"), CASES)
def test_a_wrong_gradient_is_noticed(name, strategy, count):
    """A gradient left zero exceeds the tolerance in every trained tensor, and one wrong by 1 % in most.

    Only tensors whose update exceeds the rounding of their weights can tell 1 %.
    """
    graph, feeds, expected = step_graph(name, strategy)
    values = execute(graph, feeds, "math")
    noticed = 0
    for parameter, new in expected.items():
        old = graph.tensors[parameter].data.astype(np.float64)
        if np.array_equal(new, old):
            continue
        frozen = {f"{parameter}.new": old}
        assert excess(graph, frozen, parameter, new, rounded=False) > 1e-3, parameter
        skewed = {f"{parameter}.new": old + 1.01 * (values[f"{parameter}.new"] - old)}
        noticed += excess(graph, skewed, parameter, new, rounded=False) > 1e-3
    assert noticed >= len(expected) // 2


def test_gelu_grad_reads_the_tensor_after_the_bias():
    """The published training graph has this defect: with it the fc1 update must break."""
    graph, feeds, expected = step_graph("CCT2_LoRA1", "lora1")
    grad = next(n for n in graph.nodes if n.op == "GeluGrad")
    bias_add = graph.producer(grad.inputs[1])
    assert bias_add.op == "AddRow"
    grad.inputs[1] = bias_add.inputs[0]
    values = execute(graph, feeds, "math")
    a, b = (f"node_0_classifier_blocks_1_linear1_Transpose{i}__0" for i in ("", "_1"))
    assert excess(graph, values, a, expected[a], rounded=False) > 1e-2
    assert excess(graph, values, b, expected[b], rounded=False) > 1e-2


@pytest.mark.parametrize(
    ("strategy", "parameters", "mflop"),
    [("lp", 1290, 70.7), ("ft1", 99723, 93.8), ("lora1", 7563, 84.2), ("ft2", 198027, 123.2), ("lora2", 13707, 102.5)],
)
def test_every_strategy_applies_to_the_plain_graph(strategy, parameters, mflop):
    graph = build_training_graph(str(FIXTURES / "CCT2_LP/network_infer.onnx"), strategy)
    assert trainable_parameters(graph) == parameters
    assert round(flop(graph) / 1e6, 1) == mflop


def test_lora2_trains_the_adapters_of_both_blocks_that_the_graph_carries():
    graph = build_training_graph(str(FIXTURES / "CCT2_LoRA1/network_infer.onnx"), "lora2")
    assert trainable_parameters(graph) == 13707
    assert not any("lora_A" in name for name in graph.tensors)
