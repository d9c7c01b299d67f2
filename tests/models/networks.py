# SPDX-License-Identifier: Apache-2.0
"""Small networks of PyTorch that people bring: one that people know, or one operator between layers that are known."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional

CLASSES = 4
IMAGE, SIGNAL, TOKENS, VECTOR = (1, 3, 16, 16), (1, 4, 40), (1, 6, 12), (1, 20)
Shape = tuple[int, ...]


class Patches(nn.Module):
    """An image cut into tokens by a convolution, with a class token and positions before the blocks of a ViT."""

    def __init__(self, block: nn.Module, dim: int = 12) -> None:
        super().__init__()
        self.cut = nn.Conv2d(3, dim, 8, 8)
        self.token, self.positions = nn.Parameter(torch.randn(1, 1, dim)), nn.Parameter(torch.randn(1, 5, dim))
        self.block, self.norm, self.head = block, nn.LayerNorm(dim), nn.Linear(dim, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.cut(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.positions
        return self.head(self.norm(self.block(x))[:, 0])


class FusedAttention(nn.Module):
    """Attention of one matrix for queries, keys and values, taken apart by ``how``, with an MLP: a block of timm."""

    def __init__(self, how: str = "unbind", dim: int = 12, heads: int = 3) -> None:
        super().__init__()
        self.how, self.heads = how, heads
        self.n1, self.n2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.f1, self.f2 = nn.Linear(dim, 2 * dim), nn.Linear(2 * dim, dim)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, count, dim = x.shape
        y = self.qkv(self.n1(x))
        if self.how == "unbind":
            q, k, v = y.reshape(batch, count, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        else:
            parts = y.chunk(3, -1) if self.how == "chunk" else (y[..., :dim], y[..., dim : 2 * dim], y[..., 2 * dim :])
            q, k, v = (p.reshape(batch, count, self.heads, -1).transpose(1, 2) for p in parts)
        y = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, count, dim)
        x = x + self.proj(y)
        return x + self.f2(functional.gelu(self.f1(self.n2(x))))


class MultiheadAttention(nn.Module):
    """torch's own module, and the mean of the tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.attention, self.head = nn.MultiheadAttention(12, 3, batch_first=True), nn.Linear(12, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head((x + self.attention(x, x, x, need_weights=False)[0]).mean(1))


class Encoder(nn.Module):
    """nn.TransformerEncoderLayer, and the mean of the tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(12, 3, 20, batch_first=True, activation="gelu")
        self.head = nn.Linear(12, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.layer(x).mean(1))


class Residual(nn.Module):
    """A block of ResNet: two convolutions with batch norms, and a shortcut."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(before, after, 3, stride, 1), nn.Conv2d(after, after, 3, 1, 1)
        self.na, self.nb = nn.BatchNorm2d(after), nn.BatchNorm2d(after)
        self.shortcut = nn.Conv2d(before, after, 1, stride) if stride > 1 or before != after else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = functional.relu(self.na(self.a(x)))
        return functional.relu(self.nb(self.b(y)) + self.shortcut(x))


class Inverted(nn.Module):
    """A block of MobileNetV2: wider, depthwise, narrower, each with a batch norm."""

    def __init__(self, channels: int, act: type[nn.Module] = nn.ReLU6) -> None:
        super().__init__()
        wide = 2 * channels
        self.body = nn.Sequential(
            nn.Conv2d(channels, wide, 1, bias=False), nn.BatchNorm2d(wide), act(),
            nn.Conv2d(wide, wide, 3, 1, 1, groups=wide, bias=False), nn.BatchNorm2d(wide), act(),
            nn.Conv2d(wide, channels, 1, bias=False), nn.BatchNorm2d(channels),
        )  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.body(x)


class Squeeze(nn.Module):
    """Squeeze and excitation: channels times what a small network makes of their means."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.down, self.up = nn.Linear(channels, 4), nn.Linear(4, channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch.sigmoid(self.up(functional.relu(self.down(x.mean((2, 3))))))
        return x * y[:, :, None, None]


class ConvNext(nn.Module):
    """A block of ConvNeXt: depthwise 7x7, layer norm over channels, an MLP with a scale."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.spread, self.norm = nn.Conv2d(channels, channels, 7, 1, 3, groups=channels), nn.LayerNorm(channels)
        self.f1, self.f2 = nn.Linear(channels, 2 * channels), nn.Linear(2 * channels, channels)
        self.scale = nn.Parameter(0.5 * torch.ones(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.norm(self.spread(x).permute(0, 2, 3, 1))
        return x + (self.scale * self.f2(functional.gelu(self.f1(y)))).permute(0, 3, 1, 2)


class Mixer(nn.Module):
    """A block of MLP-Mixer: an MLP over tokens, one over channels."""

    def __init__(self, tokens: int = 6, dim: int = 12) -> None:
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.t1, self.t2 = nn.Linear(tokens, 10), nn.Linear(10, tokens)
        self.c1, self.c2 = nn.Linear(dim, 16), nn.Linear(16, dim)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.t2(functional.gelu(self.t1(self.n1(x).transpose(1, 2)))).transpose(1, 2)
        return x + self.c2(functional.gelu(self.c1(self.n2(x))))


class Eeg(nn.Module):
    """EEGNet's kind: time, a depthwise convolution over electrodes, a separable one."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 4, (1, 8), padding="same", bias=False), nn.BatchNorm2d(4),
            nn.Conv2d(4, 8, (4, 1), groups=4, bias=False), nn.BatchNorm2d(8), nn.ELU(), nn.AvgPool2d((1, 4)),
            nn.Conv2d(8, 8, (1, 4), padding="same", groups=8, bias=False), nn.Conv2d(8, 8, 1, bias=False),
            nn.BatchNorm2d(8), nn.ELU(), nn.AvgPool2d((1, 3)), nn.Flatten(), nn.Linear(24, CLASSES),
        )  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x[:, None])


class Last(nn.Module):
    """A recurrent layer's last output, classified."""

    def __init__(self, layer: nn.Module, dim: int) -> None:
        super().__init__()
        self.layer, self.head = layer, nn.Linear(dim, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.layer(x)[0][:, -1])


class Of(nn.Module):
    """A function between an image's convolution and the classifier."""

    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor], features: int, channels: int = 6) -> None:
        super().__init__()
        self.conv, self.function, self.head = nn.Conv2d(3, channels, 3, 2, 1), function, nn.Linear(features, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.function(self.conv(x)).flatten(1))


class RmsNorm(nn.Module):
    """As models that have no module for it write it."""

    def __init__(self, dim: int = 12) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim) + 0.1 * torch.randn(dim))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.weight


class Layer(nn.Module):
    """A function as a layer."""

    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(x)


def of_one(function: Callable[[torch.Tensor], torch.Tensor]) -> nn.Module:
    """A function of tokens that leaves one, classified."""
    return nn.Sequential(nn.Linear(12, 10), Layer(function), nn.Linear(10, CLASSES))


def pooled(*layers: nn.Module, features: int) -> nn.Sequential:
    """``layers`` of an image, the mean of each channel, a classifier."""
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(features, CLASSES))


def of_image(layer: nn.Module, features: int = 6 * 64) -> nn.Module:
    """``layer`` behind a convolution that leaves 6 channels of 8x8."""
    return nn.Sequential(nn.Conv2d(3, 6, 3, 2, 1), layer, nn.Flatten(), nn.Linear(features, CLASSES))


def of_vector(layer: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Linear(20, 16), layer, nn.Linear(16, CLASSES))


def of_tokens(layer: nn.Module) -> nn.Module:
    return nn.Sequential(layer, nn.Flatten(), nn.Linear(72, CLASSES))


def dscnn() -> nn.Module:
    def separable() -> list[nn.Module]:
        return [
            nn.Conv2d(8, 8, 3, 1, 1, groups=8), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 1), nn.BatchNorm2d(8),
            nn.ReLU(),
        ]  # fmt: skip

    return pooled(nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU(), *separable(), *separable(), features=8)


def autoencoder() -> nn.Module:
    return nn.Sequential(
        nn.Linear(20, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 4), nn.BatchNorm1d(4), nn.ReLU(),
        nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 20),
    )  # fmt: skip


def conv1d() -> nn.Module:
    return nn.Sequential(
        nn.Conv1d(4, 8, 5, 2, 2), nn.BatchNorm1d(8), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(8, 8, 3, padding=1),
        nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(8, CLASSES),
    )  # fmt: skip


def lenet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(24, 16), nn.ReLU(), nn.Linear(16, CLASSES),
    )  # fmt: skip


NETWORKS: dict[str, tuple[Callable[[], nn.Module], Shape]] = {
    "LeNet": (lenet, IMAGE),
    "MLP": (lambda: of_vector(nn.ReLU()), VECTOR),
    "Autoencoder with batch norms": (autoencoder, VECTOR),
    "ResNet block, mean": (lambda: pooled(Residual(3, 6, 2), Residual(6, 6, 1), features=6), IMAGE),
    "MobileNetV2 block": (lambda: pooled(nn.Conv2d(3, 6, 3, 2, 1), Inverted(6), features=6), IMAGE),
    "MobileNetV3 block": (
        lambda: pooled(nn.Conv2d(3, 6, 3, 2, 1), Inverted(6, nn.Hardswish), Squeeze(6), features=6),
        IMAGE,
    ),
    "DS-CNN": (dscnn, IMAGE),
    "EEGNet": (Eeg, SIGNAL),
    "CNN of one dimension": (conv1d, SIGNAL),
    "ConvNeXt block": (lambda: pooled(nn.Conv2d(3, 6, 4, 4), ConvNext(6), features=6), IMAGE),
    "MLP-Mixer block": (lambda: of_tokens(Mixer()), TOKENS),
    "ViT, class token, qkv unbound": (lambda: Patches(FusedAttention("unbind")), IMAGE),
    "ViT, class token, qkv chunked": (lambda: Patches(FusedAttention("chunk")), IMAGE),
    "ViT, class token, qkv sliced": (lambda: Patches(FusedAttention("slice")), IMAGE),
    "nn.MultiheadAttention, mean": (MultiheadAttention, TOKENS),
    "nn.TransformerEncoderLayer, mean": (Encoder, TOKENS),
    "Squeeze and excitation": (lambda: pooled(nn.Conv2d(3, 6, 3, 2, 1), Squeeze(6), features=6), IMAGE),
    "Conv2d, dilation 2": (lambda: of_image(nn.Conv2d(6, 5, 3, dilation=2), 80), IMAGE),
    "Conv2d, 2 groups": (lambda: of_image(nn.Conv2d(6, 4, 3, groups=2), 144), IMAGE),
    "Conv2d, depthwise, 2 a channel": (lambda: of_image(nn.Conv2d(6, 12, 3, groups=6), 432), IMAGE),
    "Conv2d, padding reflect": (lambda: of_image(nn.Conv2d(6, 4, 3, padding=1, padding_mode="reflect"), 256), IMAGE),
    "ConvTranspose2d": (lambda: of_image(nn.ConvTranspose2d(6, 2, 2, 2), 512), IMAGE),
    "AvgPool2d": (lambda: of_image(nn.AvgPool2d(2), 96), IMAGE),
    "AvgPool2d, padding": (lambda: of_image(nn.AvgPool2d(3, 2, 1), 96), IMAGE),
    "MaxPool2d, ceil_mode": (lambda: of_image(nn.MaxPool2d(3, 2, ceil_mode=True), 96), IMAGE),
    "AdaptiveAvgPool2d, 2x2": (lambda: of_image(nn.AdaptiveAvgPool2d(2), 24), IMAGE),
    "AdaptiveMaxPool2d, 1": (lambda: of_image(nn.AdaptiveMaxPool2d(1), 6), IMAGE),
    "BatchNorm2d alone": (lambda: nn.Sequential(nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(768, CLASSES)), IMAGE),
    "GroupNorm": (lambda: of_image(nn.GroupNorm(2, 6)), IMAGE),
    "InstanceNorm2d": (lambda: of_image(nn.InstanceNorm2d(6, affine=True)), IMAGE),
    "RMSNorm, written out": (lambda: of_tokens(RmsNorm()), TOKENS),
    "nn.RMSNorm": (lambda: of_tokens(nn.RMSNorm(12)), TOKENS),
    "SiLU": (lambda: of_image(nn.SiLU()), IMAGE),
    "Hardswish": (lambda: of_vector(nn.Hardswish()), VECTOR),
    "Hardsigmoid": (lambda: of_vector(nn.Hardsigmoid()), VECTOR),
    "ReLU6": (lambda: of_image(nn.ReLU6()), IMAGE),
    "Hardtanh": (lambda: of_vector(nn.Hardtanh()), VECTOR),
    "LeakyReLU": (lambda: of_image(nn.LeakyReLU(0.1)), IMAGE),
    "PReLU": (lambda: of_image(nn.PReLU(6)), IMAGE),
    "ELU": (lambda: of_image(nn.ELU()), IMAGE),
    "SELU": (lambda: of_vector(nn.SELU()), VECTOR),
    "CELU": (lambda: of_vector(nn.CELU(0.5)), VECTOR),
    "GELU, tanh form": (lambda: of_vector(nn.GELU(approximate="tanh")), VECTOR),
    "Softplus": (lambda: of_vector(nn.Softplus()), VECTOR),
    "Softsign": (lambda: of_vector(nn.Softsign()), VECTOR),
    "Mish": (lambda: of_image(nn.Mish()), IMAGE),
    "Softmax, LogSoftmax at the end": (lambda: nn.Sequential(of_vector(nn.Tanh()), nn.LogSoftmax(1)), VECTOR),
    "Concatenation of two branches": (
        lambda: Of(lambda x: torch.cat([functional.relu(x), torch.tanh(x)], 1), 12 * 64),
        IMAGE,
    ),
    "Halves of the channels (GLU)": (lambda: of_image(nn.GLU(1), 3 * 64), IMAGE),
    "Every second pixel": (lambda: Of(lambda x: x[:, :, ::2, 1::2], 6 * 16), IMAGE),
    "Channels by index": (lambda: Of(lambda x: x[:, [4, 0, 2, 2]], 4 * 64), IMAGE),
    "ZeroPad2d": (lambda: of_image(nn.ZeroPad2d((1, 2, 0, 1)), 6 * 9 * 11), IMAGE),
    "PixelShuffle": (lambda: Of(nn.PixelShuffle(2), 2 * 256, 8), IMAGE),
    "ChannelShuffle": (lambda: of_image(nn.ChannelShuffle(2)), IMAGE),
    "Upsample, nearest": (lambda: of_image(nn.Upsample(scale_factor=2), 6 * 256), IMAGE),
    "Mask by where": (lambda: Of(lambda x: torch.where(torch.eye(8) > 0, x, torch.zeros(())), 6 * 64), IMAGE),
    "L2 normalisation": (lambda: of_tokens(Layer(functional.normalize)), TOKENS),
    "Quotient of two values": (lambda: Of(lambda x: x / (1 + x.abs()), 6 * 64), IMAGE),
    "Sum and mean of pixels": (lambda: Of(lambda x: x.sum(2) + x.mean(3), 6 * 8), IMAGE),
    "Maximum of tokens": (lambda: of_one(lambda x: x.amax(1)), TOKENS),
    "Last token": (lambda: of_one(lambda x: x[:, -1]), TOKENS),
    "LSTM": (lambda: Last(nn.LSTM(12, 8, batch_first=True), 8), TOKENS),
    "GRU": (lambda: Last(nn.GRU(12, 8, batch_first=True), 8), TOKENS),
}
