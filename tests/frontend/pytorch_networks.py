# SPDX-License-Identifier: Apache-2.0
"""Networks that people try first, small, and their files as PyTorch exports them."""

import warnings
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

TOKENS, DIM, HEADS, HIDDEN, CLASSES = 5, 12, 3, 20, 4


class LeNet(nn.Module):
    """Convolution, ReLU, pooling, twice; the image is flattened in the order of channels, rows, columns."""

    def __init__(self) -> None:
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(1, 3, 3, padding=1), nn.Conv2d(3, 5, 3)
        self.f1, self.f2, self.f3 = nn.Linear(45, 20), nn.Linear(20, 12), nn.Linear(12, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.max_pool2d(functional.relu(self.c1(x)), 2)
        x = functional.max_pool2d(functional.relu(self.c2(x)), 2)
        return self.f3(functional.relu(self.f2(functional.relu(self.f1(torch.flatten(x, 1))))))


class Block(nn.Module):
    """An encoder block, norms first."""

    def __init__(self) -> None:
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(DIM, DIM) for _ in range(4))
        self.f1, self.f2 = nn.Linear(DIM, HIDDEN), nn.Linear(HIDDEN, DIM)
        self.n1, self.n2 = nn.LayerNorm(DIM), nn.LayerNorm(DIM)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        y = self.n1(x)
        q, k, v = (part(y).view(1, TOKENS, HEADS, -1).transpose(1, 2) for part in (self.q, self.k, self.v))
        context = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = x + self.o(context.transpose(1, 2).reshape(1, TOKENS, DIM))
        return x + self.f2(functional.gelu(self.f1(self.n2(x))))


class Attention(nn.Module):
    """Encoder blocks whose attention is F.scaled_dot_product_attention, and a classifier of all tokens."""

    mask: torch.Tensor

    def __init__(self, blocks: int = 1, *, masked: bool = False) -> None:
        super().__init__()
        self.masked = masked
        self.blocks = nn.ModuleList(Block() for _ in range(blocks))
        self.head = nn.Linear(TOKENS * DIM, CLASSES)
        self.register_buffer("mask", -3.0 * torch.triu(torch.ones(TOKENS, TOKENS), 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for block in self.blocks:
            x = block(x, self.mask if self.masked else None)
        return self.head(torch.flatten(x, 1))


IMAGE, SEQUENCE = (1, 1, 16, 16), (1, TOKENS, DIM)


def export(network: nn.Module, shape: tuple[int, ...], path: Path, opset: int) -> str:
    """The file that the TorchScript exporter writes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter announces its successor, which needs more packages
        torch.onnx.export(network.eval(), (torch.zeros(*shape),), str(path), opset_version=opset, dynamo=False)
    return str(path)
