# SPDX-License-Identifier: Apache-2.0
"""The model that is written is the user's file with the trained values, and computes what the machine model does."""

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from golden.forward import Forward, loss_node
from golden.rounding_noise import limits
from traindeploy.app.checks.model import logits_of
from traindeploy.errors import UserError
from traindeploy.frontend import graph_of, load_model, model_file
from traindeploy.frontend.data import load_samples
from traindeploy.train.export import exported
from traindeploy.training import Training, build_step
from traindeploy.training.strategies import STRATEGIES


def moved(training: Training) -> tuple[dict[str, np.ndarray], onnx.ModelProto, float, float]:
    """(weights moved at random, file with them, largest difference of its logits to the float64 model, limit)."""
    graph = build_step(load_model("cct_tiny"), training)
    random = np.random.default_rng(1)
    weights = {
        name: (tensor.data + 0.1 * random.standard_normal(tensor.shape)).astype(np.float32)
        for name, tensor in graph.tensors.items()
        if tensor.trainable and tensor.data is not None
    }
    (sample,) = load_samples("", graph, 1, 0)
    forward = Forward(graph, {**sample, **weights})
    logits = loss_node(graph).inputs[0]
    file = exported(model_file("cct_tiny"), "cct_tiny", training, weights)
    onnx.checker.check_model(file)
    found = logits_of(file, sample[graph.inputs[0]])
    error = float(np.abs(found - forward.values[logits].reshape(-1)).max())
    return weights, file, error, limits(forward, [logits])[logits]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_onnxruntime_computes_what_was_trained(strategy: str) -> None:
    weights, file, error, limit = moved(Training(strategy))
    assert error <= limit
    again = graph_of(file, "again")
    own = {name: value for name, value in weights.items() if name in again.tensors}
    assert own
    for name, value in own.items():
        assert again.tensors[name].data.tobytes() == value.tobytes()


def test_only_what_was_trained_changes() -> None:
    weights, file, _, _ = moved(Training("lp"))
    before = {t.name: numpy_helper.to_array(t) for t in model_file("cct_tiny").graph.initializer}
    changed = [t.name for t in file.graph.initializer if numpy_helper.to_array(t).tobytes() != before[t.name].tobytes()]
    assert len(changed) == len(weights) == 2
    assert [node.name for node in file.graph.node] == [node.name for node in model_file("cct_tiny").graph.node]


def test_an_adapter_that_is_not_merged_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("traindeploy.train.export.adaptations", lambda _graph, _added: [])
    _, _, error, limit = moved(Training("lora2"))
    assert error > limit


def test_a_weight_that_the_import_changes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def halved(file: onnx.ModelProto, name: str):
        graph = graph_of(file, name)
        for tensor in graph.tensors.values():
            if tensor.kind == "parameter" and tensor.data is not None:
                tensor.data = tensor.data / 2
        return graph

    monkeypatch.setattr("traindeploy.train.export.graph_of", halved)
    with pytest.raises(UserError, match="cannot be written as ONNX"):
        moved(Training("lp"))
