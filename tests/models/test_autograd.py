# SPDX-License-Identifier: Apache-2.0
"""A step of ``full`` of whole networks of MLPerf Tiny against PyTorch's autograd in float64.

Whatever the step rounds once and for all is exact here: the statistics of batch norms make their inverse deviations
powers of two, and means are of as many pixels as a power of two. So in float64 nothing but float64's rounding differs;
and the machine model's step lies as near as the operators' bounds allow.
"""

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import nn
from torch.nn import functional

from golden.executor import execute
from tests.models.cnns import DeepAe, DsCnn, ResNet8, distinct, export_for_training
from tests.system.bounds import allowed_changes, distance, gradient_of
from traindeploy.app.pipeline import build_training_graph
from traindeploy.ir import Graph
from traindeploy.records.run import LossName
from traindeploy.training.loss import Loss

CNNS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...], LossName]] = {
    "ResNet8": (lambda: ResNet8(4, 4), (1, 3, 16, 16), "cross_entropy"),
    "DS-CNN": (lambda: DsCnn(8, 2, 4), (1, 1, 16, 8), "cross_entropy"),
    "Deep-AE": (lambda: DeepAe(32, 16, 8), (1, 32), "mse"),
}
EPSILON, LABEL, LR = 2.0**-10, 1, 0.01
FLOAT64_ROUNDING = 1e-11  # 2**-53 times the step's longest chain of operations (some 10**4), and a decade


def drawn(network: nn.Module) -> nn.Module:
    """``network`` with parameters that are all different, and batch norms whose deviations are 1/2, 1, or 2."""
    torch.manual_seed(0)
    with torch.no_grad():
        for norm in (m for m in network.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)):
            norm.eps = EPSILON
            norm.running_mean.normal_(0, 0.3)
            norm.running_var.copy_(4.0 ** torch.randint(-1, 2, norm.running_var.shape) - EPSILON)
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.normal_(0, 0.3)
    return network.eval()


@functools.cache
def case(name: str, folder: Path) -> tuple[Graph, dict[str, np.ndarray], float, dict[str, np.ndarray]]:
    """Our step, its feeds, torch's loss, and torch's gradient of each of our parameters, element by element."""
    make, shape, loss_name = CNNS[name]
    network, image = drawn(make()), torch.randn(*shape)
    path = folder / "cnn.onnx"
    export_for_training(network, shape, path)
    graph = build_training_graph(str(path), "full", learning_rate=LR, loss=Loss(loss_name))
    x, label = graph.inputs
    stored = image.numpy().transpose(0, 2, 3, 1) if image.ndim == 4 else image.numpy()
    feeds = {x: stored.reshape(graph.tensors[x].shape)}
    output = network.double()(image.double())
    if loss_name == "mse":  # an autoencoder: the image is its target
        feeds[label], loss = image.numpy(), functional.mse_loss(output, image.double())
    else:
        feeds[label], loss = np.array([LABEL], np.int32), functional.cross_entropy(output, torch.tensor([LABEL]))
    loss.backward()
    return graph, feeds, loss.item(), gradients(graph, network)


def gradients(graph: Graph, network: nn.Module) -> dict[str, np.ndarray]:
    """Torch's, as ours lie: both have the same values in another order, and all values are different."""
    left = {tuple(np.sort(p.detach().numpy().ravel())): p for p in network.parameters()}
    found = {}
    for name, tensor in graph.tensors.items():
        if tensor.trainable:
            data = np.asarray(tensor.data, np.float64)
            parameter = left.pop(tuple(np.sort(data.ravel())))
            gradient = np.empty(data.size)
            gradient[np.argsort(data.ravel())] = parameter.grad.numpy().ravel()[
                np.argsort(parameter.detach().numpy().ravel())
            ]
            found[name] = gradient.reshape(data.shape)
    assert left == {}, "every parameter is trained"
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cnns")


@pytest.mark.parametrize("name", CNNS)
def test_the_step_in_float64_equals_autograd(name: str, folder: Path) -> None:
    graph, feeds, loss, expected = case(name, folder)
    values = execute(graph, feeds, "math")
    assert abs(values[graph.outputs[0]].item() - loss) <= FLOAT64_ROUNDING * loss
    assert min(np.linalg.norm(g) for g in expected.values()) > 1e-4
    for parameter, gradient in expected.items():
        error = distance(gradient_of(graph, values, parameter), gradient)
        assert error <= FLOAT64_ROUNDING * np.linalg.norm(gradient), parameter
        updated = np.asarray(graph.tensors[parameter].data, np.float64) - float(np.float32(LR)) * gradient
        assert distance(values[f"{parameter}.new"], updated) <= FLOAT64_ROUNDING * np.linalg.norm(updated), parameter


@pytest.mark.parametrize("name", CNNS)
def test_the_fp32_step_is_as_near_to_autograd_as_the_bounds_allow(name: str, folder: Path) -> None:
    graph, feeds, loss, expected = case(name, folder)
    allowed = allowed_changes(graph, feeds)
    values = execute(graph, feeds, "machine")
    assert abs(values[graph.outputs[0]].item() - loss) <= allowed["loss"]
    for parameter, gradient in expected.items():
        assert distance(gradient_of(graph, values, parameter), gradient) <= allowed[parameter], parameter
        assert allowed[parameter] <= 1e-2 * np.linalg.norm(gradient), parameter


def test_a_gradient_that_misses_a_shortcut_is_noticed(folder: Path) -> None:
    graph, feeds, _, expected = case("ResNet8", folder)
    sums = [n for n in graph.nodes if n.op == "Add" and n.phase == "backward"]
    assert sums
    sums[0].inputs[1], kept = sums[0].inputs[0], sums[0].inputs[1]
    values = execute(graph, feeds, "math")
    sums[0].inputs[1] = kept
    wrong = [p for p, g in expected.items() if distance(gradient_of(graph, values, p), g) > 1e-6 * np.linalg.norm(g)]
    assert wrong


def test_scales_of_an_untrained_norm_are_trained_though_its_variances_are_the_same_constant(tmp_path: Path) -> None:
    path = tmp_path / "cnn.onnx"
    export_for_training(ResNet8(4, 4), (1, 3, 16, 16), path)
    graph = onnx.load(path).graph
    same = {n.output[0]: n.input[0] for n in graph.node if n.op_type == "Identity"}
    batch_norm = next(n for n in graph.node if n.op_type == "BatchNormalization")
    scale, variance = (same.get(name, name) for name in (batch_norm.input[1], batch_norm.input[4]))
    assert scale == variance
    step = build_training_graph(str(path), "full")
    assert step.tensors[scale].trainable
    assert [note for note in step.notes if "trained as one" in note and "values that differ" in note]


def test_norms_that_differ_are_trained_apart(tmp_path: Path) -> None:
    path = tmp_path / "autoencoder.onnx"
    export_for_training(distinct(DeepAe(32, 16, 8)), (1, 32), path)
    step = build_training_graph(str(path), "full", loss=Loss("mse"))
    assert sum(tensor.trainable for tensor in step.tensors.values()) == 2 * 10 + 2 * 9
    assert step.notes == []
