# SPDX-License-Identifier: Apache-2.0
"""What PyTorch exports of LeNet and of scaled_dot_product_attention is trained on the RTL, bit for bit."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.frontend.pytorch_networks import IMAGE, SEQUENCE, Attention, LeNet, export
from tests.plan.records import Facts
from tests.system.running import on_rtl, write_run
from traindeploy.app.pipeline import build_training_graph
from traindeploy.platform import CONFIGS
from traindeploy.schedule import build_program


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
    torch.manual_seed(0)
    path = export(network(), shape, tmp_path / "exported.onnx", 18)
    graph = build_training_graph(path, strategy, lora_rank=2)
    image, label = (graph.tensors[name] for name in graph.inputs)
    x = np.random.default_rng(0).standard_normal(image.shape).astype(np.float32)
    samples = [{image.name: x, label.name: np.array([1], np.int32)}]
    program = build_program(graph, CONFIGS["compact"], "redmule")
    facts.outcome = result = on_rtl(write_run(tmp_path / "run", program, samples, graph))
    assert result.failure == ""
    assert result.max_ulp == 0
    assert result.tensors_compared == sum(len(node.outputs) for node in graph.nodes)
