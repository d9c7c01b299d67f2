# SPDX-License-Identifier: Apache-2.0
"""MLPerf Tiny's networks by their definitions, in any size: ResNet8, DS-CNN and Deep-AE, with batch norms."""

import itertools
import warnings
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional


class Block(nn.Module):
    """Two 3x3 convolutions with batch norms, and a shortcut: a 1x1 convolution without a norm where shapes differ."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(before, after, 3, stride, 1), nn.Conv2d(after, after, 3, 1, 1)
        self.na, self.nb = nn.BatchNorm2d(after), nn.BatchNorm2d(after)
        self.shortcut = nn.Conv2d(before, after, 1, stride) if stride > 1 or before != after else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = functional.relu(self.na(self.a(x)))
        return functional.relu(self.nb(self.b(y)) + self.shortcut(x))


class ResNet8(nn.Module):
    """A stem, three residual blocks of ``width``, twice and four times as many channels, the mean, a classifier."""

    def __init__(self, width: int = 16, classes: int = 10) -> None:
        super().__init__()
        self.stem, self.norm = nn.Conv2d(3, width, 3, 1, 1), nn.BatchNorm2d(width)
        self.blocks = nn.Sequential(Block(width, width, 1), Block(width, 2 * width, 2), Block(2 * width, 4 * width, 2))
        self.head = nn.Linear(4 * width, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.blocks(functional.relu(self.norm(self.stem(x))))
        return self.head(torch.flatten(functional.adaptive_avg_pool2d(x, 1), 1))


class DsCnn(nn.Module):
    """A strided convolution, then pairs of a depthwise and a pointwise one, each with a batch norm, and the mean."""

    def __init__(self, channels: int = 64, pairs: int = 4, classes: int = 12) -> None:
        super().__init__()
        layers = [nn.Conv2d(1, channels, (10, 4), 2, (4, 1)), nn.BatchNorm2d(channels), nn.ReLU()]
        for _ in range(pairs):
            layers += [nn.Conv2d(channels, channels, 3, 1, 1, groups=channels), nn.BatchNorm2d(channels), nn.ReLU()]
            layers += [nn.Conv2d(channels, channels, 1), nn.BatchNorm2d(channels), nn.ReLU()]
        self.body, self.head = nn.Sequential(*layers), nn.Linear(channels, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.flatten(functional.adaptive_avg_pool2d(self.body(x), 1), 1))


class DeepAe(nn.Module):
    """An autoencoder of linear layers, each but the last with a batch norm and a Relu: ``wide`` four times, the
    narrow one in the middle, and back.
    """

    def __init__(self, size: int = 640, wide: int = 128, narrow: int = 8) -> None:
        super().__init__()
        sizes = [size, *[wide] * 4, narrow, *[wide] * 4, size]
        layers: list[nn.Module] = []
        for before, after in itertools.pairwise(sizes[:-1]):
            layers += [nn.Linear(before, after), nn.BatchNorm1d(after), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(wide, size))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)


def distinct(network: nn.Module) -> nn.Module:
    """``network`` with norms that differ: of equal ones the exporter makes one constant, which is trained as one."""
    with torch.no_grad():
        for norm in (m for m in network.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)):
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.normal_(0, 0.3)
            norm.running_mean.normal_(0, 0.3)
            norm.running_var.uniform_(0.5, 1.5)
    return network


def export_for_training(network: nn.Module, shape: tuple[int, ...], path: Path) -> None:
    """As the TorchScript exporter does it when batch norms are to stay, on the statistics that they have."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(),
            (torch.zeros(*shape),),
            str(path),
            opset_version=17,
            dynamo=False,
            training=torch.onnx.TrainingMode.PRESERVE,
            do_constant_folding=False,
        )
