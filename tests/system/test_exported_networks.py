# SPDX-License-Identifier: Apache-2.0
"""What PyTorch exports is trained on the RTL, bit for bit: LeNet, attention, and whole CNNs of MLPerf Tiny."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.frontend.pytorch_networks import IMAGE, SEQUENCE, Attention, LeNet, export
from tests.models.cnns import DeepAe, DsCnn, ResNet8, distinct, export_for_training
from tests.plan.records import Facts
from tests.system.running import on_rtl, write_run
from traindeploy.app.pipeline import build_training_graph
from traindeploy.platform import CONFIGS
from traindeploy.records.program import Engine
from traindeploy.schedule import build_program
from traindeploy.training.loss import Loss

CROSS_ENTROPY = Loss()


@pytest.mark.parametrize(
    ("network", "shape", "strategy"),
    [
        (LeNet, IMAGE, "lp"),
        (LeNet, IMAGE, "full"),
        (Attention, SEQUENCE, "ft1"),
        (Attention, SEQUENCE, "lora1"),
    ],
)
def test_a_step_of_what_pytorch_exports_is_bit_identical(
    tmp_path: Path, facts: Facts, network: type[nn.Module], shape: tuple[int, ...], strategy: str
) -> None:
    path = export(seeded(network), shape, tmp_path / "exported.onnx", 18)
    exact_on_the_rtl(tmp_path, facts, path, strategy, "redmule")


@pytest.mark.parametrize(
    ("make", "shape", "engine"),
    [
        (ResNet8, (1, 3, 32, 32), "redmule"),
        (lambda: ResNet8(4, 4), (1, 3, 17, 18), "cores"),
        (lambda: DsCnn(16), (1, 1, 25, 10), "redmule"),
        (lambda: DsCnn(16), (1, 1, 25, 10), "cores"),
    ],
    ids=["ResNet8-redmule", "small-ResNet8-cores", "DS-CNN-XS-redmule", "DS-CNN-XS-cores"],
)
def test_a_step_of_every_parameter_of_a_cnn_is_bit_identical(
    tmp_path: Path, facts: Facts, make: Callable[[], nn.Module], shape: tuple[int, ...], engine: Engine
) -> None:
    """Batch norms stay: their scales and shifts are trained. The strides of the small one leave remainders."""
    path = tmp_path / "cnn.onnx"
    export_for_training(seeded(make), shape, path)
    exact_on_the_rtl(tmp_path, facts, str(path), "full", engine)


def test_a_step_of_every_parameter_of_an_autoencoder_is_bit_identical(tmp_path: Path, facts: Facts) -> None:
    """Its targets are its inputs, and its loss their mean squared error."""
    path = tmp_path / "autoencoder.onnx"
    export_for_training(distinct(seeded(DeepAe)), (1, 640), path)
    exact_on_the_rtl(tmp_path, facts, str(path), "full", "redmule", Loss("mse"))


def seeded(make: Callable[[], nn.Module]) -> nn.Module:
    torch.manual_seed(0)
    return make()


def exact_on_the_rtl(
    folder: Path, facts: Facts, path: str, strategy: str, engine: Engine, loss: Loss = CROSS_ENTROPY
) -> None:
    graph = build_training_graph(path, strategy, lora_rank=2, loss=loss)
    image, label = (graph.tensors[name] for name in graph.inputs)
    x = np.random.default_rng(0).standard_normal(image.shape).astype(np.float32)
    samples = [{image.name: x, label.name: np.array([1], np.int32) if label.dtype == "int32" else x}]
    program = build_program(graph, CONFIGS["compact"], engine)
    facts.outcome = result = on_rtl(
        write_run(folder / "run", program, samples, graph), max_cycles=20_000_000, max_seconds=1500
    )
    assert result.failure == ""
    assert result.max_ulp == 0
    assert result.tensors_compared == sum(len(node.outputs) for node in graph.nodes)
