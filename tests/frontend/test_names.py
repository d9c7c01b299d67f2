# SPDX-License-Identifier: Apache-2.0
"""Names of the user's file become names of ours in one place, and never meet those that the compiler makes."""

import re
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from golden.executor import execute
from tests.names import NASTY
from traindeploy.app.pipeline import build_training_graph
from traindeploy.errors import UserError
from traindeploy.frontend import BUILT_IN, load_model
from traindeploy.frontend.cct import build_cct
from traindeploy.frontend.data import load_samples
from traindeploy.frontend.names import rename
from traindeploy.ir import Graph
from traindeploy.records.names import LONGEST, SAFE


def mlp(tensors: dict[str, str] | None = None, nodes: dict[str, str] | None = None) -> onnx.ModelProto:
    """Two layers with a normalisation between; ``tensors`` and ``nodes`` rename what they name."""
    random = np.random.default_rng(0)
    shapes = {"w1": (16, 12), "b1": (12,), "g": (12,), "be": (12,), "w2": (12, 5), "b2": (5,)}
    made = [
        helper.make_node("Gemm", ["x", "w1", "b1"], ["h"], "fc1"),
        helper.make_node("Relu", ["h"], ["r"], "relu"),
        helper.make_node("LayerNormalization", ["r", "g", "be"], ["n"], "ln"),
        helper.make_node("Gemm", ["n", "w2", "b2"], ["y"], "fc2"),
    ]
    proto = helper.make_model(
        helper.make_graph(
            made,
            "mlp",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 16])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 5])],
            [numpy_helper.from_array(random.standard_normal(s).astype(np.float32), n) for n, s in shapes.items()],
        ),
        opset_imports=[helper.make_opsetid("", 20)],
        ir_version=10,
    )
    apply(proto, tensors or {}, nodes or {})
    return proto


def apply(proto: onnx.ModelProto, tensors: dict[str, str], nodes: dict[str, str]) -> None:
    graph = proto.graph
    for tensor in (*graph.initializer, *graph.input, *graph.output):
        tensor.name = tensors.get(tensor.name, tensor.name)
    for node in graph.node:
        node.name = nodes.get(node.name, node.name)
        for names in (node.input, node.output):
            names[:] = [tensors.get(name, name) for name in names]


def saved(proto: onnx.ModelProto, folder: Path) -> str:
    onnx.save(proto, folder / "model.onnx")
    return str(folder / "model.onnx")


def loss_of(graph: Graph, image: np.ndarray) -> float:
    feeds = {name: image.reshape(graph.tensors[name].shape) for name in graph.inputs[:1]}
    feeds[graph.inputs[1]] = np.array([3], np.int32)
    return float(execute(graph, feeds, "math")[graph.outputs[0]][0])


IMAGE = np.random.default_rng(1).standard_normal((1, 16)).astype(np.float32)


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("what", ["x", "h", "n", "w2", "y", "fc1", "fc2"])
def test_a_model_means_the_same_whatever_a_name_in_it_is(tmp_path: Path, name: str, what: str) -> None:
    graph = build_training_graph(saved(mlp({what: name}, {what: name}), tmp_path), "lp")
    plain = build_training_graph(saved(mlp(), tmp_path), "lp")
    assert loss_of(graph, IMAGE) == loss_of(plain, IMAGE)
    for ours in (*graph.tensors, *(n.name for n in graph.nodes), *(n.origin for n in graph.nodes)):
        assert re.fullmatch(f"[{SAFE}#, ]+", ours), ours
        assert len(ours) <= LONGEST + len(", ") + LONGEST


def test_different_names_stay_different_and_safe_ones_stay() -> None:
    names = dict(zip(("x", "w1", "b1", "h", "r", "g", "be", "n", "w2", "b2", "y"), NASTY[-11:], strict=True))
    proto = mlp(names)
    changed = rename(proto)
    graph = proto.graph
    tensors = {name for n in graph.node for name in (*n.input, *n.output)}
    assert len(tensors) == len(names)
    assert {name for name in names.values() if re.fullmatch(f"[{SAFE}]+", name)} <= tensors
    assert {changed.get(name, name) for name in tensors} == set(names.values())


def test_every_node_gets_a_name_and_none_twice() -> None:
    proto = mlp(nodes={"fc1": "", "relu": "a b", "ln": "a b", "fc2": "a_b"})
    assert rename(proto) == {"a_b#2": "a b", "a_b#3": "a b"}
    assert [n.name for n in proto.graph.node] == ["Gemm:h", "a_b#2", "a_b#3", "a_b"]


def test_names_within_control_flow_follow() -> None:
    body = helper.make_graph(
        [helper.make_node("Add", ["a b", "i\n"], ["o\n"], "in ner")], "body", [], [
            helper.make_tensor_value_info("o\n", TensorProto.FLOAT, [1])],
    )  # fmt: skip
    node = helper.make_node("If", ["c c"], ["y y"], "if if", then_branch=body, else_branch=body)
    info = helper.make_tensor_value_info("a b", TensorProto.FLOAT, [1])
    proto = helper.make_model(helper.make_graph([node], "g", [info], []))
    rename(proto)
    inner = proto.graph.node[0].attribute[0].g
    assert inner.node[0].input[0] == proto.graph.input[0].name == "a_b"
    assert inner.node[0].output[0] == inner.output[0].name == "o_"


@pytest.mark.parametrize("strategy", ["lp", "ft2", "lora2"])
def test_no_name_that_the_compiler_makes_meets_one_of_the_file(tmp_path: Path, strategy: str) -> None:
    """Whatever a pass calls something, a tensor and a node of the file may be called so: the step stays the same."""
    plain = build_training_graph("cct_tiny", strategy)
    feeds = load_samples("", plain, 1, 0)[0]
    image = feeds["image"]
    proto = build_cct(BUILT_IN["cct_tiny"], 0)
    theirs = [
        list(dict.fromkeys(name for n in proto.graph.node for name in (*n.input, *n.output))),
        [n.name for n in proto.graph.node],
    ]
    ours = dict.fromkeys((*plain.tensors, *(n.name for n in plain.nodes)))
    own = [n for n in ours if n not in (*theirs[0], *theirs[1])]
    expected = loss_of(plain, image)
    for start in range(0, len(own), min(map(len, theirs)) - 1):
        chosen = own[start:]
        again = build_cct(BUILT_IN["cct_tiny"], 0)
        apply(again, dict(zip(theirs[0], chosen, strict=False)), dict(zip(theirs[1], chosen, strict=False)))
        graph = build_training_graph(saved(again, tmp_path), strategy)
        assert [(n.op, n.phase) for n in graph.nodes] == [(n.op, n.phase) for n in plain.nodes]
        assert loss_of(graph, image) == expected


def test_an_error_tells_the_name_in_the_file(tmp_path: Path) -> None:
    proto = mlp(nodes={"fc2": "my layer"})
    proto.graph.node[-1].op_type, proto.graph.node[-1].input[:] = "Sin", ["n"]
    with pytest.raises(UserError, match=r"node 'my_layer'.*'my_layer' is called 'my layer' in the file"):
        load_model(saved(proto, tmp_path))
