# SPDX-License-Identifier: Apache-2.0
"""An import that computes something else than onnxruntime does on the user's file is noticed."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.app.checks.conftest import compiled_run, failed
from traindeploy.app.checks import Compiled, model
from traindeploy.app.options import Options
from traindeploy.errors import UserError
from traindeploy.frontend.folding import fold_node
from traindeploy.frontend.lowering import Lowering
from traindeploy.frontend.rules import RULES
from traindeploy.frontend.source import ModelSource, OnnxNode
from traindeploy.ir import Graph
from traindeploy.records.self_check import SelfCheck

LOGITS, LOSS = "logits against onnxruntime", "first loss against onnxruntime"
ELSEWHERE = "logits of random numbers against onnxruntime"


def of(checks: Iterable[SelfCheck], name: str) -> SelfCheck:
    return next(check for check in checks if check.name == name)


@pytest.mark.parametrize("seed", range(4))
def test_logits_of_a_right_import_hold_and_a_thousandth_would_not(seed: int) -> None:
    checks = model.check(compiled_run(Options(model="cct_tiny", strategy="ft1", seed=seed)))
    logits, loss = of(checks, LOGITS), of(checks, LOSS)
    assert logits.passed
    assert loss.passed
    assert logits.limit < 1e-3


def scale_of(graph: Graph, op: str, attribute: str, factor: float) -> None:
    node = next(node for node in graph.nodes if node.op == op)
    node.attrs[attribute] *= factor


def constant(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Graph], None]:
    def damage(graph: Graph) -> None:
        tensor = graph.tensors[name]
        assert tensor.data is not None
        tensor.data = np.ascontiguousarray(change(tensor.data), np.float32)

    return damage


# Of a graph that training has changed where it must not.
DAMAGES: dict[str, Callable[[Graph], None]] = {
    "a scale wrong by a hundredth": lambda graph: scale_of(graph, "Scale", "alpha", 1.01),
    "an epsilon of 1e-3 for 1e-5": lambda graph: scale_of(graph, "LayerNorm", "epsilon", 100.0),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_training_graph_that_computes_something_else_is_noticed(damage: Callable[[Graph], None]) -> None:
    assert LOGITS in failed(model.check(compiled_run(Options(model="cct_tiny", strategy="lp"), damage)))


def test_a_weight_that_the_run_changes_before_it_starts_is_noticed() -> None:
    damage = constant("classifier.weight", lambda w: 1.01 * w)
    assert failed(model.check(compiled_run(Options(model="cct_tiny", strategy="lp"), damage))) == [
        LOGITS,
        LOSS,
        ELSEWHERE,
    ]


def test_a_frozen_weight_that_changed_is_noticed_where_adapters_start_at_random_values() -> None:
    damage = constant("blocks.0.attn.q.weight", lambda w: 1.1 * w)
    run = compiled_run(Options(model="cct_tiny", strategy="lora1", lora_b="random"), damage)
    assert failed(model.check(run)) == [LOGITS, ELSEWHERE]


def test_a_run_with_lora_starts_at_the_files_loss() -> None:
    options = Options(model="cct_tiny", strategy="lora1")
    right = of(model.check(compiled_run(options)), LOSS)
    assert right.passed
    assert right.text.startswith("the run starts at the file's loss")
    start = replace(options, lora_b="random")
    damaged = compiled_run(start)
    assert of(model.check(damaged), LOSS).passed
    assert "random values" in of(model.check(damaged), LOSS).text
    assert failed(model.check(replace(damaged, options=options))) == [LOSS]


def saved(path: Path, nodes: list[onnx.NodeProto], weights: dict[str, np.ndarray], opset: int = 17) -> str:
    """A file with input ``x`` [1,6] and output ``y`` [1,4]."""
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 6])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4])],
        [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in weights.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8), str(path))
    return str(path)


def options_of(folder: Path, nodes: list[onnx.NodeProto], **weights: Any) -> Options:
    random = np.random.default_rng(5)
    weights = {"w": random.standard_normal((6, 4)).astype(np.float32), **weights}
    file = saved(folder / "small.onnx", nodes, weights)
    images, labels = random.standard_normal((3, 6)).astype(np.float32), np.array([1, 2, 3])
    np.savez(folder / "data.npz", images=images, labels=labels)
    return Options(model=file, strategy="lp", data=str(folder / "data.npz"))


def with_shape(**attributes: Any) -> list[onnx.NodeProto]:
    """y = 0.1 x.w times a dimension of w, as exporters write scales."""
    return [
        helper.make_node("Shape", ["w"], ["s"], **attributes),
        helper.make_node("Cast", ["s"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("ReduceProd", ["f"], ["p"], keepdims=0),
        helper.make_node("Mul", ["w", "p"], ["scaled"]),
        helper.make_node("MatMul", ["x", "scaled"], ["y"], name="fc"),
    ]


def test_shape_that_is_read_without_start_and_end_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = options_of(tmp_path, with_shape(start=1, end=2))

    def wrong(source: ModelSource, node: OnnxNode) -> bool:
        if node.op == "Shape" and node.proto is not None:
            node.proto = helper.make_node("Shape", node.inputs, node.outputs)
        return fold_node(source, node)

    monkeypatch.setattr("traindeploy.frontend.onnx_import.fold_node", wrong)
    found = failed(model.check(compiled_run(options)))
    assert {LOGITS, LOSS} <= set(found)


def test_a_rule_that_ignores_an_attribute_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gemm = helper.make_node("Gemm", ["x", "w", "c"], ["y"], name="fc", alpha=1.25)
    options = options_of(tmp_path, [gemm], c=np.ones(4, np.float32))
    rule = RULES["Gemm"]

    def wrong(low: Lowering, node: OnnxNode) -> None:
        node.attrs.pop("alpha")
        rule(low, node)

    monkeypatch.setitem(RULES, "Gemm", wrong)
    assert {LOGITS, LOSS} <= set(failed(model.check(compiled_run(options))))


def test_a_file_that_onnxruntime_refuses_is_not_called_right(tmp_path: Path) -> None:
    options = options_of(tmp_path, [helper.make_node("MatMul", ["x", "w"], ["y"], name="fc")])
    run = compiled_run(options)
    Path(options.model).write_bytes(b"no model")
    checks = model.check(run)
    assert not of(checks, LOGITS).passed
    assert "onnxruntime cannot run the model" in of(checks, LOGITS).text


def test_a_batch_dimension_that_is_a_symbol_is_fed_with_one_sample(tmp_path: Path) -> None:
    options = options_of(tmp_path, [helper.make_node("MatMul", ["x", "w"], ["y"], name="fc")])
    run = compiled_run(options)
    proto = onnx.load(options.model)
    proto.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "batch"
    onnx.save(proto, options.model)
    assert failed(model.check(run)) == []


@pytest.mark.parametrize("last", ["Softmax", "LogSoftmax"])
def test_a_softmax_that_the_import_takes_off_is_allowed_for(tmp_path: Path, last: str) -> None:
    product = helper.make_node("MatMul", ["x", "w"], ["y"], name="fc")
    options = options_of(tmp_path, [product])
    run = compiled_run(options)
    proto = onnx.load(options.model)
    proto.graph.node[0].output[0] = "z"
    proto.graph.node.append(helper.make_node(last, ["z"], ["y"], axis=-1))
    onnx.save(proto, options.model)
    assert failed(model.check(run)) == []
    proto.graph.node[0].input[0] = "twice"
    proto.graph.node.insert(0, helper.make_node("Add", ["x", "x"], ["twice"]))
    onnx.save(proto, options.model)
    assert {LOGITS, LOSS} <= set(failed(model.check(run)))


def test_an_import_that_rounding_hides_is_not_called_right(tmp_path: Path) -> None:
    """Large terms that cancel: float32 does not determine their sum with a small one well enough."""
    product = helper.make_node("MatMul", ["x", "w"], ["y"], name="fc")
    random = np.random.default_rng(1)
    weights = random.standard_normal((6, 4)).astype(np.float32)
    options = options_of(tmp_path, [product], w=weights)
    weights[1] = -weights[0]
    saved(Path(options.model), [product], {"w": weights})
    found = {}
    for size in (1e2, 5e3, 1e8):  # shares below 1 %, of some per cent, and of more than all
        images = np.array([[size, size, 1, 1, 1, 1]] * 3, np.float32)
        np.savez(options.data, images=images, labels=np.array([1, 2, 3]))
        found[size] = of(model.check(compiled_run(options)), LOGITS)
        assert f"% of that{'' if size < 1e3 else ', more than the 1%'}" in found[size].text
    assert [check.passed for check in found.values()] == [True, False, False]
    assert 1 < float(found[5e3].text.split("the limit is ")[1].split()[0]) < 10
    assert "cannot be shown" in found[1e8].text


def test_logits_of_random_numbers_must_show_something_however_small_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bound of 1e-7 shows nothing of logits of 1e-9; nothing stands in for the random numbers."""
    rows = np.array([[1], [-1], [1e-9], [1e-9], [1e-9], [1e-9]], np.float32)
    weights = rows * np.array([[1, -1, 2, 3]], np.float32)
    options = options_of(tmp_path, [helper.make_node("MatMul", ["x", "w"], ["y"], name="fc")], w=weights)
    np.savez(options.data, images=np.ones((3, 6), np.float32), labels=np.array([1, 2, 3]))
    monkeypatch.setattr(Compiled, "random_sample", property(lambda run: run.samples[0]))
    checks = model.check(compiled_run(options))
    assert failed(checks) == [ELSEWHERE]
    assert "cannot be shown" in of(checks, ELSEWHERE).text


def test_a_single_class_has_nothing_to_learn_and_is_refused(tmp_path: Path) -> None:
    options = options_of(tmp_path, [helper.make_node("MatMul", ["x", "w"], ["y"], name="fc")])
    proto = onnx.load(options.model)
    proto.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.ones((6, 1), np.float32), "w"))
    proto.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 1
    onnx.save(proto, options.model)
    with pytest.raises(UserError, match="single class, whose loss is always 0"):
        compiled_run(options)


def test_a_classifier_that_starts_at_zero_holds(tmp_path: Path) -> None:
    product = helper.make_node("MatMul", ["x", "w"], ["y"], name="fc")
    assert failed(model.check(compiled_run(options_of(tmp_path, [product], w=np.zeros((6, 4), np.float32))))) == []


def test_a_wrong_import_behind_a_classifier_of_zero_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fine-tuning often starts from one; the logits are the same whatever it multiplies, its gradient is not."""
    nodes = [helper.make_node("Tanh", ["x"], ["t"]), helper.make_node("Gemm", ["t", "w", "c"], ["y"], name="fc")]
    monkeypatch.setitem(RULES, "Tanh", lambda low, node: low.unary(node, "Sigmoid"))
    for size in (0.0, 1e-8):
        weights = {"w": np.full((6, 4), size, np.float32), "c": np.arange(4, dtype=np.float32)}
        assert failed(model.check(compiled_run(options_of(tmp_path, nodes, **weights)))) == [ELSEWHERE]
        constant = helper.make_node(
            "Constant", [], ["k"], value=numpy_helper.from_array(weights["w"].astype(np.float16))
        )
        weight = [constant, helper.make_node("Cast", ["k"], ["w2"], to=TensorProto.FLOAT)]
        last = helper.make_node("Gemm", ["t", "w2", "c"], ["y"], name="fc")
        options = options_of(tmp_path, [*weight, nodes[0], last], c=weights["c"])
        assert failed(model.check(compiled_run(options))) == [ELSEWHERE]


def test_a_wrong_import_before_which_the_first_image_is_blank_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = [helper.make_node("Tanh", ["x"], ["t"]), helper.make_node("MatMul", ["t", "w"], ["y"], name="fc")]
    options = options_of(tmp_path, nodes)
    np.savez(options.data, images=np.zeros((3, 6), np.float32), labels=np.array([1, 2, 3]))
    monkeypatch.setitem(RULES, "Tanh", lambda low, node: low.unary(node, "Scale", {"alpha": 1.0}))
    assert failed(model.check(compiled_run(options))) == [ELSEWHERE]


@pytest.mark.parametrize("positive", [True, False])
def test_random_numbers_that_the_import_refuses_hinder_no_right_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, positive: bool
) -> None:
    """As a variance of zeros would be that became negative: then positive ones are taken, or none, which is said."""
    product = helper.make_node("MatMul", ["x", "w"], ["y"], name="fc")
    rule = RULES["MatMul"]

    def choosy(low: Lowering, node: OnnxNode) -> None:
        weights = low.source.constants["w"]
        if (weights < 0).any() or (weights.any() and not positive):
            raise low.fail(node, "a variance of a strange sign")
        rule(low, node)

    monkeypatch.setitem(RULES, "MatMul", choosy)
    checks = model.check(compiled_run(options_of(tmp_path, [product], w=np.zeros((6, 4), np.float32))))
    assert failed(checks) == []
    assert ("a variance of a strange sign" in of(checks, ELSEWHERE).text) == (not positive)


def test_a_softmax_that_rounds_the_labels_probability_to_zero_hides_nothing(tmp_path: Path) -> None:
    nodes = [helper.make_node("MatMul", ["x", "w"], ["z"]), helper.make_node("Softmax", ["z"], ["y"], axis=-1)]
    random = np.random.default_rng(1)
    options = options_of(tmp_path, nodes, w=1e3 * random.standard_normal((6, 4)).astype(np.float32))
    assert failed(model.check(compiled_run(options))) == []


def test_a_softmax_in_a_function_of_the_files_own_is_found(tmp_path: Path) -> None:
    ends = [helper.make_node("Softmax", ["a"], ["b"], axis=-1)]
    function = helper.make_function("own", "End", ["a"], ["b"], ends, [helper.make_opsetid("", 17)])
    options = options_of(tmp_path, [helper.make_node("MatMul", ["x", "w"], ["y"], name="fc")])
    proto = onnx.load(options.model)
    proto.graph.node[0].output[0] = "z"
    proto.graph.node.append(helper.make_node("End", ["z"], ["y"], domain="own"))
    proto.functions.append(function)
    proto.opset_import.append(helper.make_opsetid("own", 1))
    onnx.save(proto, options.model)
    assert failed(model.check(compiled_run(options))) == []


def test_nodes_of_one_name_are_no_hindrance(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Tanh", ["x"], ["t"], name="same"),
        helper.make_node("MatMul", ["t", "w"], ["y"], name="same"),
    ]
    assert failed(model.check(compiled_run(options_of(tmp_path, nodes)))) == []


def test_logits_that_are_a_view_of_a_copy_are_found(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["z"]),
        helper.make_node("Reshape", ["z", "square"], ["s"]),
        helper.make_node("Transpose", ["s"], ["t"], perm=[0, 2, 1]),
        helper.make_node("Reshape", ["t", "row"], ["y"]),
    ]
    options = options_of(tmp_path, nodes, square=np.array([1, 2, 2]), row=np.array([1, 4]))
    assert failed(model.check(compiled_run(options))) == []
