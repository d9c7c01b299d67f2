# SPDX-License-Identifier: Apache-2.0
"""A step as ONNX computes what ours computes: with ONNX's evaluator, onnxruntime and PyTorch as judges."""

import json
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from golden.directional import gradients
from golden.executor import execute
from tests.export.running import evaluate
from traindeploy.app.grad import write
from traindeploy.app.options import Options
from traindeploy.errors import UserError
from traindeploy.export import GRADIENTS, NEXT, training_model
from traindeploy.export.forms import FORMS
from traindeploy.frontend import load_model
from traindeploy.ir import Graph
from traindeploy.records.run import Optimizer
from traindeploy.training import build_step, derive_step
from traindeploy.training.rates import feeds

FLOAT64 = 1e-11  # of the largest element: 2**-53 times the longest chain of operations (some 10**4), and a decade
ZERO = 1e-12  # of the largest gradient: nothing but rounding, which Adam enlarges
FLOAT32 = 2e-3  # the same with 2**-24: what onnxruntime may lose in float32


def image_first(graph: Graph, seed: int = 0) -> dict[str, np.ndarray]:
    """A random image, as ours, and a label."""
    image, label = graph.inputs[:2]
    random = np.random.default_rng(seed)
    return {
        image: random.standard_normal(graph.tensors[image].shape).astype(np.float32),
        label: np.array([2], np.int32),
    }


def fed(given: dict[str, np.ndarray], floating: type) -> dict[str, np.ndarray]:
    """As the file takes them."""
    wide = {n: a.astype(floating) if a.dtype == np.float32 else a for n, a in given.items()}
    return {n: a.transpose(0, 3, 1, 2) if a.ndim == 4 else a for n, a in wide.items()}


@pytest.mark.parametrize("strategy", ["lp", "ft1", "ft2", "lora1", "lora2", "bias", "norm"])
@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_the_evaluator_in_float64_finds_every_gradient_and_update_of_the_definition(
    strategy: str, optimizer: Optimizer
) -> None:
    options = Options(model="cct_tiny", strategy=strategy, optimizer=optimizer, lora_b="random", decay=0.1)
    ours, theirs = (build(load_model("cct_tiny", 0), options.training) for build in (build_step, derive_step))
    given = image_first(ours) | feeds(ours, options.updates, 1)
    model = training_model(theirs, gradients(theirs), floating=np.float64)
    found, expected = evaluate(model, fed(given, np.float64)), execute(ours, given, "math")
    largest = {name: np.abs(expected[gradient]).max() for name, gradient in gradients(ours).items()}
    for parameter, name in properties(model)[GRADIENTS].items():
        scale = max(
            largest[parameter], max(largest.values()) / 1e6
        )  # that of pool.scores.bias is zero but for rounding
        assert np.abs(found[name] - expected[gradients(ours)[parameter]]).max() <= FLOAT64 * scale, name
    zero = tuple(name for name, size in largest.items() if size < ZERO * max(largest.values()))
    for new in properties(model)[NEXT]:
        if not new.startswith(zero or (" ",)):
            assert np.abs(found[new] - expected[new]).max() <= FLOAT64 * max(1.0, np.abs(expected[new]).max()), new
    assert abs(found["loss"] - expected["loss"]).max() <= FLOAT64 * expected["loss"].max()


def properties(model: onnx.ModelProto) -> dict[str, dict[str, str]]:
    return {entry.key: json.loads(entry.value) for entry in model.metadata_props}


class Cnn(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = torch.nn.Conv2d(1, 4, 3, 2, 1), torch.nn.Conv2d(4, 6, 3)
        self.fc = torch.nn.Linear(6 * 4 * 4, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.max_pool2d(F.relu(self.a(x)), 3, 1, 1)
        return self.fc(torch.flatten(F.max_pool2d(F.relu(self.b(x)), 2, 1), 1))


def test_onnxruntime_trains_a_cnn_as_pytorch_does(tmp_path: Path) -> None:
    """Three steps of the file, each fed with what the one before has left, against autograd in float64."""
    torch.manual_seed(1)
    network = Cnn()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(network, (torch.zeros(1, 1, 14, 14),), str(tmp_path / "cnn.onnx"), dynamo=False)
    options = Options(model=str(tmp_path / "cnn.onnx"), strategy="full", learning_rate=0.1)
    assert "gradients of 6 parameters" in write(options, tmp_path / "train.onnx")
    model = onnx.load(tmp_path / "train.onnx")
    follows = properties(model)[NEXT]
    names = [output.name for output in model.graph.output]
    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(tmp_path / "train.onnx"), quiet, providers=["CPUExecutionProvider"])
    network.double()
    carried: dict[str, np.ndarray] = {}
    for step in range(3):
        image = np.random.default_rng(step).standard_normal((1, 1, 14, 14)).astype(np.float32)
        own = {model.graph.input[0].name: image, model.graph.input[1].name: np.array([step], np.int32)}
        found = dict(zip(names, session.run(names, own | carried), strict=True))
        loss = F.cross_entropy(network(torch.tensor(image, dtype=torch.float64)), torch.tensor([step]))
        network.zero_grad()
        loss.backward()
        assert abs(float(found["loss"][0]) - loss.item()) <= FLOAT32 * loss.item()
        for name, parameter in network.named_parameters():
            wanted, ours = slope(parameter), found[properties(model)[GRADIENTS][name]]
            ours = ours.transpose(3, 2, 0, 1) if ours.ndim == 4 else ours if ours.shape == wanted.shape else ours.T
            assert np.abs(ours - wanted).max() <= FLOAT32 * np.abs(wanted).max()
        with torch.no_grad():
            for p in network.parameters():
                p.sub_(0.1 * torch.tensor(slope(p)))
        carried = {old: found[new] for new, old in follows.items()}


def slope(parameter: torch.nn.Parameter) -> np.ndarray:
    assert parameter.grad is not None
    return parameter.grad.numpy().copy()


def test_the_input_has_the_shape_of_the_users_file(tmp_path: Path) -> None:
    write(Options(model="cct_tiny", strategy="lp"), tmp_path / "t.onnx")
    dims = [d.dim_value for d in onnx.load(tmp_path / "t.onnx").graph.input[0].type.tensor_type.shape.dim]
    assert dims == [1, 3, 8, 8] or (dims[0:1] == [1] and dims[1] in (1, 3) and dims[2] == dims[3])


def test_an_operator_without_a_form_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delitem(FORMS, "Softmax")
    with pytest.raises(UserError, match="no ONNX is known for Softmax"):
        write(Options(model="cct_tiny", strategy="lp"), tmp_path / "t.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        write(Options(model="cct_tiny", strategy="lp"), tmp_path / "none" / "t.onnx")
