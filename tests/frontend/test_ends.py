# SPDX-License-Identifier: Apache-2.0
"""A model that ends in probabilities is trained on its logits, and that is said; a softmax inside stays."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import NodeProto, helper

from golden.executor import execute
from tests.frontend.onnx_models import model, normal, save
from traindeploy.app.pipeline import build_training_graph
from traindeploy.errors import UserError
from traindeploy.frontend import load_model
from traindeploy.ir import Graph

CLASSES, LABEL = 5, 3
WEIGHTS = {"w": normal(8, CLASSES), "column": np.array([1, CLASSES, 1, 1]), "row": np.array([1, CLASSES])}
IMAGE = normal(1, 8, seed=2)
After = tuple[str, dict[str, Any], tuple[str, ...]]  # operator, attributes, further inputs


def tail(*nodes: After) -> list[NodeProto]:
    """A layer, then ``nodes`` in a row, the last of which computes ``y``."""
    made = [helper.make_node("MatMul", ["x", "w"], ["t0"], "fc")]
    for i, (op, attributes, further) in enumerate(nodes):
        output = "y" if i == len(nodes) - 1 else f"t{i + 1}"
        made.append(helper.make_node(op, [f"t{i}", *further], [output], f"n{i}", **attributes))
    return made


COLUMN: After = ("Reshape", {}, ("column",))
ROW: After = ("Reshape", {}, ("row",))
ENDS: dict[str, tuple[list[After], int]] = {
    "last axis": ([("Softmax", {"axis": -1}, ())], 20),
    "positive axis": ([("Softmax", {"axis": 1}, ())], 17),
    "log": ([("LogSoftmax", {"axis": 1}, ())], 17),
    "before opset 13": ([("Softmax", {}, ())], 11),
    "before opset 13, all axes": ([COLUMN, ("Softmax", {"axis": 0}, ()), ROW], 11),
    "reshaped after": ([("Softmax", {"axis": 1}, ()), ROW], 17),
    "flattened after": ([COLUMN, ("LogSoftmax", {"axis": 1}, ()), ("Flatten", {}, ())], 17),
    "identity after": ([("Softmax", {"axis": 1}, ()), ("Identity", {}, ())], 17),
    "transposed after": ([COLUMN, ("Softmax", {"axis": 1}, ()), ("Transpose", {"perm": [0, 2, 3, 1]}, ()), ROW], 17),
    "twice": ([("Softmax", {"axis": 1}, ()), ("Softmax", {"axis": 1}, ())], 17),
}


def step(folder: Path, nodes: list[NodeProto], opset: int) -> Graph:
    return build_training_graph(save(model(nodes, WEIGHTS, [1, 8], opset=opset), folder), "lp")


@pytest.mark.parametrize(("nodes", "opset"), ENDS.values(), ids=ENDS)
def test_the_loss_is_minus_the_logarithm_of_the_files_output(tmp_path: Path, nodes: list[After], opset: int) -> None:
    graph = step(tmp_path, tail(*nodes), opset)
    (note,) = graph.notes
    assert "taken off" in note
    assert ("LogSoftmax" in note) == any(op == "LogSoftmax" for op, _, _ in nodes)
    assert sum(n.op == "Softmax" for n in graph.nodes) == sum("oftmax" in op for op, _, _ in nodes) - 1
    output = onnxruntime.InferenceSession(str(tmp_path / "model.onnx")).run(None, {"x": IMAGE})[0].reshape(-1)
    expected = -(output if "LogSoftmax" in note else np.log(output))[LABEL]
    feeds = {"x": IMAGE.reshape(graph.tensors["x"].shape), "label": np.array([LABEL], np.int32)}
    assert execute(graph, feeds, "math")["loss"][0] == pytest.approx(expected, abs=1e-5)


def test_a_softmax_that_something_follows_stays(tmp_path: Path) -> None:
    graph = step(tmp_path, [*tail(("Softmax", {"axis": 1}, ()), ("Relu", {}, ()))], 17)
    assert [n.op for n in graph.nodes if n.phase == "forward"].count("Softmax") == 1
    assert graph.notes == []


@pytest.mark.parametrize(
    ("nodes", "opset", "message"),
    [
        ([("Softmax", {"axis": 0}, ())], 17, "ends in it, over 1 of 5 outputs: expected over all classes"),
        ([("LogSoftmax", {"axis": 1}, ()), ("Relu", {}, ())], 17, r"\(LogSoftmax\): supported is one that ends"),
    ],
)
def test_another_end_is_refused(tmp_path: Path, nodes: list[After], opset: int, message: str) -> None:
    with pytest.raises(UserError, match=message):
        load_model(save(model(tail(*nodes), WEIGHTS, [1, 8], opset=opset), tmp_path))


def test_of_a_sigmoid_at_the_end_it_is_said_what_the_loss_makes_of_it(tmp_path: Path) -> None:
    (note,) = step(tmp_path, tail(("Sigmoid", {}, ())), 17).notes
    assert "taken for logits" in note


def test_logits_of_rank_one_are_a_row(tmp_path: Path) -> None:
    """[C] is [1,C]: the squeeze that a batch of one invites."""
    nodes = tail(("Squeeze", {}, ("first",)))
    proto = model(nodes, WEIGHTS | {"first": np.array([0])}, [1, 8], opset=17)
    path = save(proto, tmp_path)
    graph = build_training_graph(path, "lp")
    (expected,) = onnxruntime.InferenceSession(path).run(None, {"x": IMAGE})
    assert expected.shape == (CLASSES,)
    feeds = {"x": IMAGE, "label": np.array([LABEL], np.int32)}
    loss = execute(graph, feeds, "math")["loss"][0]
    assert np.isclose(loss, np.log(np.exp(expected).sum()) - expected[LABEL], rtol=1e-5)
