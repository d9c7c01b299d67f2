# SPDX-License-Identifier: Apache-2.0
"""A gradient that is not the slope of the loss is noticed, whatever rule made it; one that is right holds."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from golden.directional import BRANCHES, slopes
from golden.math import OPS
from golden.model import Arrays, Attributes
from tests.app.checks.conftest import Damage, compiled_run, failed
from traindeploy.app.checks import gradients
from traindeploy.app.options import Options
from traindeploy.app.pipeline import build_training_graph
from traindeploy.frontend.data import load_samples
from traindeploy.ir import Graph, Node
from traindeploy.ir.emit import Emitter
from traindeploy.training import autodiff
from traindeploy.training.rules import RULES, Gradients, Rule

SLOPES = "gradients against slopes of the loss"
FT2 = Options(model="cct_tiny", strategy="ft2")


def scaled(rule: Rule, factor: float) -> Rule:
    """The first gradient that the rule makes, times ``factor``."""

    def wrong(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
        first, *rest = rule(emit, node, dy, wanted)
        if first is not None:
            first = emit.one("Scale", f"{node.name}.wrong", [first], emit.shape(first), alpha=factor)
        return [first, *rest]

    return wrong


def noticed(options: Options, damage: Damage = lambda graph: None) -> list[str]:
    return failed(gradients.check(compiled_run(options, damage, runs=False)))


@pytest.mark.parametrize("op", ["Add", "Gelu", "Gemm", "LayerNorm", "Scale", "Softmax", "SoftmaxCrossEntropy"])
def test_a_rule_that_is_wrong_by_a_hundredth_is_noticed(monkeypatch: pytest.MonkeyPatch, op: str) -> None:
    monkeypatch.setitem(RULES, op, scaled(RULES[op], 1.01))
    assert noticed(FT2) == [SLOPES]


@pytest.mark.parametrize("strategy", ["ft1", "ft2", "lora1", "lora2"])
@pytest.mark.parametrize("keep", [0, -1])
def test_a_dropped_contribution_is_noticed(monkeypatch: pytest.MonkeyPatch, strategy: str, keep: int) -> None:
    total = autodiff._total

    def dropping(emit: Emitter, name: str, contributions: dict[str, list[str]]) -> str:
        contributions[name] = [contributions[name][keep]]
        return total(emit, name, contributions)

    monkeypatch.setattr(autodiff, "_total", dropping)
    assert noticed(Options(model="cct_tiny", strategy=strategy)) == [SLOPES]


def test_a_wrong_gradient_that_a_blank_first_image_hides_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is zero in the first step, right or wrong, and wrong in all others."""
    nodes = [helper.make_node("MatMul", ["x", "w"], ["xw"], name="fc"), helper.make_node("Add", ["xw", "b"], ["y"])]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, size]) for name, size in (("x", 6), ("y", 4))]
    weight = numpy_helper.from_array(np.random.default_rng(0).standard_normal((6, 4)).astype(np.float32), "w")
    bias = numpy_helper.from_array(np.arange(4, dtype=np.float32), "b")
    graph = helper.make_graph(nodes, "blank", ends[:1], ends[1:], [weight, bias])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "m.onnx")
    np.savez(tmp_path / "d.npz", images=np.zeros((3, 6), np.float32), labels=np.array([1, 2, 3]))
    options = Options(model=str(tmp_path / "m.onnx"), strategy="lp", data=str(tmp_path / "d.npz"))
    assert noticed(options) == []
    rule = RULES["Gemm"]

    def wrong(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
        found = rule(emit, node, dy, wanted)
        weights = found[1]
        assert weights is not None
        found[1] = emit.one("Scale", f"{node.name}.wrong", [weights], emit.shape(weights), alpha=2.0)
        return found

    monkeypatch.setitem(RULES, "Gemm", wrong)
    assert noticed(options) == [SLOPES]


def test_a_parameter_without_update_is_noticed() -> None:
    def forget(graph: Graph) -> None:
        last = [node for node in graph.nodes if node.op == "Sgd"][-1]
        graph.nodes.remove(last)
        graph.outputs = [name for name in graph.outputs if name not in last.outputs]

    assert noticed(FT2, forget) == ["trained parameters with a gradient"]


def test_adapters_that_start_at_zero_hide_no_gradient() -> None:
    graph = build_training_graph("cct_tiny", "lora1")
    found = slopes(graph, load_samples("", graph, 1, 0)[0])
    behind = [slope for slope in found if "lora_A" in slope.parameter]
    assert behind
    assert all(slope.error <= slope.limit < 1e-3 * slope.typical for slope in behind)


def test_a_sample_that_the_model_knows_hides_no_gradient() -> None:
    graph = build_training_graph("cct_tiny", "lp")
    sample = load_samples("", graph, 1, 0)[0]
    label = int(sample["label"][0])
    bias = next(tensor for name, tensor in graph.tensors.items() if name == "classifier.bias")
    assert bias.data is not None
    bias.data = bias.data + np.float32(60) * (np.arange(10) == label).astype(np.float32)
    found = slopes(graph, sample)
    largest = max(slope.typical for slope in found)
    assert largest > 1e-3
    assert all(slope.error <= slope.limit and slope.shows(largest) for slope in found)


def test_logits_that_do_not_move_are_called_what_they_are(tmp_path: Path) -> None:
    nodes = [helper.make_node("Gemm", ["x", "w", "c"], ["z"]), helper.make_node("Relu", ["z"], ["y"])]
    value = helper.make_tensor_value_info
    weights = {"w": np.ones((6, 4), np.float32), "c": np.full(4, -100, np.float32)}
    graph = helper.make_graph(
        nodes, "dead", [value("x", TensorProto.FLOAT, [1, 6])], [value("y", TensorProto.FLOAT, [1, 4])],
        [numpy_helper.from_array(data, name) for name, data in weights.items()],
    )  # fmt: skip
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "d.onnx")
    np.savez(tmp_path / "d.npz", images=np.ones((2, 6), np.float32), labels=[1, 2])
    options = Options(model=str(tmp_path / "d.onnx"), strategy="lp", data=str(tmp_path / "d.npz"))
    checks = gradients.check(compiled_run(options, runs=False))
    assert failed(checks) == [SLOPES]
    assert "the logits do not move with any trained parameter" in checks[-1].text


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("strategy", ["lp", "ft1", "ft2", "lora1", "lora2"])
def test_right_gradients_hold_by_far_less_than_a_dropped_contribution(strategy: str, seed: int) -> None:
    graph = build_training_graph("cct_tiny", strategy, seed=seed)
    found = slopes(graph, load_samples("", graph, 1, seed)[0], seed)
    largest = max(slope.typical for slope in found)
    assert all(slope.error <= slope.limit and slope.shows(largest) for slope in found)


@pytest.mark.parametrize("position", [0, 7, -1])
@pytest.mark.parametrize("name", ["classifier.dW", "blocks.0.mlp.fc1.dW", "blocks.1.attn.k.dW"])
def test_one_wrong_element_of_a_gradient_is_noticed(monkeypatch: pytest.MonkeyPatch, name: str, position: int) -> None:
    right = OPS["Gemm"]

    def wrong(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
        (product,) = right(node, inputs, attrs)
        if node.name == name:
            product = product.copy()
            product.reshape(-1)[position] += 0.01 * np.abs(product).max()
        return [product]

    monkeypatch.setitem(OPS, "Gemm", wrong)
    assert noticed(FT2) == [SLOPES]


@pytest.mark.parametrize("op", ["Relu", "MaxPool"])
def test_kinks_are_followed_along_the_branch_of_the_point(op: str) -> None:
    random = np.random.default_rng(1)
    x = random.standard_normal((1, 8, 8, 3))
    attrs = {"kernel": (3, 3), "strides": (2, 2), "pads": (1, 1, 1, 1)} if op == "MaxPool" else {}
    node = Node(op, op, ["x"], ["y"], attrs)
    near, far = x + 1e-9 * random.standard_normal(x.shape), x + random.standard_normal(x.shape)
    assert np.array_equal(BRANCHES[op](node, [x], [near])[0], OPS[op](node, [near], attrs)[0])
    middle = BRANCHES[op](node, [x], [(x + far) / 2])[0]
    ends = (BRANCHES[op](node, [x], [x])[0] + BRANCHES[op](node, [x], [far])[0]) / 2
    assert np.allclose(middle, ends)  # the branch is linear, the operator is not
    assert not np.allclose(middle, OPS[op](node, [(x + far) / 2], attrs)[0])
