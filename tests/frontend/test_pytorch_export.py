# SPDX-License-Identifier: Apache-2.0
"""A transformer exported by PyTorch itself imports, computes what PyTorch does, and every strategy applies to it."""

import copy
import warnings

import numpy as np
import pytest
import torch
from torch import nn

from tests.frontend.onnx_models import assert_same, forward
from traindeploy.app.pipeline import build_training_graph
from traindeploy.frontend import load_model
from traindeploy.training import trainable_parameters

DIM, HEADS, TOKENS, HIDDEN, CLASSES = 16, 2, 16, 24, 5
SCALE = float(np.float32((DIM // HEADS) ** -0.5))  # as ONNX stores it


class Block(nn.Module):
    """Other than our own builder: post-normalised MLP wider than the token, a bias on q, v without."""

    def __init__(self) -> None:
        super().__init__()
        self.norm0, self.norm1 = nn.LayerNorm(DIM), nn.LayerNorm(DIM)
        self.q, self.k, self.v = nn.Linear(DIM, DIM), nn.Linear(DIM, DIM, bias=False), nn.Linear(DIM, DIM, bias=False)
        self.proj, self.fc1, self.fc2 = nn.Linear(DIM, DIM), nn.Linear(DIM, HIDDEN), nn.Linear(HIDDEN, DIM)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.norm0(x)
        q, k, v = (m(y).reshape(1, TOKENS, HEADS, DIM // HEADS).permute(0, 2, 1, 3) for m in (self.q, self.k, self.v))
        probs = ((q @ k.transpose(-2, -1)) * SCALE).softmax(-1)
        x = x + self.proj((probs @ v).transpose(1, 2).reshape(1, TOKENS, DIM))
        x = self.norm1(x)
        return x + self.fc2(nn.functional.gelu(self.fc1(x)))


class Transformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, DIM, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        self.blocks = nn.Sequential(Block(), Block())
        self.norm, self.pool, self.head = nn.LayerNorm(DIM), nn.Linear(DIM, 1), nn.Linear(DIM, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.norm(self.blocks(self.stem(x).flatten(2).transpose(1, 2)))
        return self.head((self.pool(x).softmax(1).transpose(-1, -2) @ x).squeeze(1))


@pytest.fixture(scope="module")
def network() -> Transformer:
    torch.manual_seed(0)
    return Transformer().eval()


@pytest.fixture(params=[12, 17, 20])
def exported(request, network, tmp_path) -> str:
    path = str(tmp_path / "exported.onnx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter announces its successor, which needs more packages
        torch.onnx.export(network, (torch.zeros(1, 3, 8, 8),), path, opset_version=request.param, dynamo=False)
    return path


def test_it_computes_what_pytorch_does(exported, network):
    x = torch.tensor(np.random.default_rng(0).standard_normal((1, 3, 8, 8)), dtype=torch.float32)
    graph = load_model(exported)
    double = copy.deepcopy(network).double()
    for norm in (m for m in double.modules() if isinstance(m, nn.LayerNorm)):
        norm.eps = float(np.float32(norm.eps))  # as ONNX stores it
    expected = double(x.double()).detach().numpy()
    assert_same(forward(graph, x.numpy()), expected)
    assert not any(n.op == "Transpose" for n in graph.nodes)


def test_strategies_apply_to_it(exported):
    matrices = 4 * DIM * DIM + 2 * DIM * HIDDEN
    head = DIM + 1 + DIM * CLASSES + CLASSES
    adapters = 4 * (4 * 2 * DIM + 2 * (DIM + HIDDEN))
    counts = {
        "lp": DIM * CLASSES + CLASSES,
        "ft1": head + matrices,
        "ft2": head + 2 * matrices,
        "lora1": head + adapters,
    }
    for strategy, count in counts.items():
        assert trainable_parameters(build_training_graph(exported, strategy)) == count
