# SPDX-License-Identifier: Apache-2.0
"""Small PyTorch modules, exported at several opsets with a fixed and a free batch, compute what PyTorch does."""

import warnings
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from tests.frontend.onnx_cases import ROUNDINGS
from tests.frontend.onnx_models import forward
from traindeploy.frontend import load_model

Function = Callable[..., torch.Tensor]


class Chain(nn.Module):
    """``function`` of the input and of modules."""

    def __init__(self, function: Function, *modules: nn.Module) -> None:
        super().__init__()
        self.function = function
        self.parts = nn.ModuleList(modules)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(x, *self.parts)


class Constant(nn.Module):
    """A parameter of ``shape``, called to be read."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.randn(*shape))

    def forward(self) -> torch.Tensor:
        return self.value


def between(function: Function, *modules: nn.Module) -> Chain:
    """``function`` of a linear layer's 12 results, and a head."""
    return Chain(lambda x, up, head, *rest: head(function(up(x), *rest)), nn.Linear(16, 12), nn.Linear(12, 5), *modules)


def layer_norm(h: torch.Tensor, gamma: nn.Module, beta: nn.Module, form: str) -> torch.Tensor:
    centred = h - h.mean(-1, keepdim=True)
    variance = {
        "twice": lambda: ((h - h.mean(-1, keepdim=True)) ** 2).mean(-1, keepdim=True),
        "product": lambda: (centred * centred).mean(-1, keepdim=True),
        "var": lambda: h.var(-1, keepdim=True, unbiased=False),
    }[form]()
    if form == "product":
        return centred * torch.rsqrt(variance + 1e-12) * gamma() + beta()
    return gamma() * centred / torch.sqrt(variance + 1e-3) + beta()


def by_hand(form: str) -> Callable[[], nn.Module]:
    return lambda: between(lambda h, g, b: layer_norm(h, g, b, form), Constant(12), Constant(12))


def attention(x: torch.Tensor, q: nn.Module, k: nn.Module, v: nn.Module, head: nn.Module) -> torch.Tensor:
    batch, tokens, width = x.shape
    heads = [m(x).view(batch, tokens, 2, width // 2).transpose(1, 2) for m in (q, k, v)]
    y = functional.scaled_dot_product_attention(*heads)
    return head(y.transpose(1, 2).reshape(batch, tokens * width))


def masked(x: torch.Tensor, q: nn.Module, k: nn.Module, v: nn.Module, head: nn.Module) -> torch.Tensor:
    mask = torch.triu(torch.full((4, 4), -1e4), 1)
    weights = torch.softmax(q(x) @ k(x).transpose(-2, -1) / 8**0.5 + mask, -1)
    return head((weights @ v(x)).flatten(1))


def lenet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(24, 10),
    )  # fmt: skip


def linears(*sizes: tuple[int, int]) -> list[nn.Module]:
    return [nn.Linear(*size) for size in sizes]


MODULES: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "dropout": (lambda: between(lambda h, d: d(h).tanh(), nn.Dropout(0.3)), (1, 16)),
    "factor": (lambda: between(lambda h, c: h * c(), Constant(12)), (1, 16)),
    "shift of one": (lambda: between(lambda h, c: h + c(), Constant(1)), (1, 16)),
    "subtracted from": (lambda: between(lambda h, c: c() - h, Constant(1, 1)), (1, 16)),
    "divided": (lambda: between(lambda h, c: h / c(), Constant(12)), (1, 16)),
    "square": (lambda: between(lambda h: h**2), (1, 16)),
    "cube less two": (lambda: between(lambda h: 2 - h**3), (1, 16)),
    "negative": (lambda: between(lambda h: -h), (1, 16)),
    "gelu": (lambda: between(nn.GELU()), (1, 16)),
    "gelu by hand": (lambda: between(lambda h: h * 0.5 * (1.0 + torch.erf(h / 2**0.5))), (1, 16)),
    "gelu by tanh": (lambda: between(nn.GELU("tanh")), (1, 16)),
    "silu": (lambda: between(nn.SiLU()), (1, 16)),
    "layer norm": (lambda: between(lambda h, n: n(h), nn.LayerNorm(12, eps=1e-3)), (1, 16)),
    "layer norm alone": (lambda: between(lambda h, n: n(h), nn.LayerNorm(12, elementwise_affine=False)), (1, 16)),
    "layer norm without bias": (lambda: between(lambda h, n: n(h), nn.LayerNorm(12, bias=False)), (1, 16)),
    "layer norm by hand, twice": (by_hand("twice"), (1, 16)),
    "layer norm by hand, product": (by_hand("product"), (1, 16)),
    "layer norm by hand, var": (by_hand("var"), (1, 16)),
    "layer norm of an image": (
        lambda: Chain(
            lambda x, conv, norm, head: head(norm(conv(x).permute(0, 2, 3, 1)).flatten(1)),
            nn.Conv2d(3, 8, 2, 2), nn.LayerNorm(8), nn.Linear(128, 5),
        ),
        (1, 3, 8, 8),
    ),
    "attention": (lambda: Chain(attention, *linears((8, 8), (8, 8), (8, 8), (32, 5))), (1, 4, 8)),
    "masked attention": (lambda: Chain(masked, *linears((8, 8), (8, 8), (8, 8), (32, 5))), (1, 4, 8)),
    "lenet": (lenet, (1, 1, 12, 12)),
    "normalised image": (
        lambda: Chain(
            lambda x, m, s, conv, head: head(conv((x - m()) / s()).flatten(1)),
            Constant(1, 3, 1, 1), Constant(3, 1, 1), nn.Conv2d(3, 4, 3), nn.Linear(64, 3),
        ),
        (1, 3, 6, 6),
    ),
    "position": (
        lambda: Chain(lambda x, p, head: head((x + p()).view(x.size(0), -1)), Constant(1, 4, 8), nn.Linear(32, 5)),
        (1, 4, 8),
    ),
    "vector": (lambda: Chain(lambda x, a, b: b(torch.tanh(a(x))), *linears((8, 1), (1, 5))), (1, 8)),
}  # fmt: skip


@pytest.mark.parametrize("free", [False, True], ids=["batch 1", "any batch"])
@pytest.mark.parametrize("opset", [11, 14, 17, 20])
@pytest.mark.parametrize("name", MODULES)
def test_it_computes_what_pytorch_does(tmp_path, name, opset, free):
    build, shape = MODULES[name]
    torch.manual_seed(len(name))
    module, x = build().eval(), torch.randn(*shape)
    path = str(tmp_path / "module.onnx")
    dynamic = {"x": {0: "batch"}, "y": {0: "batch"}} if free else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter announces its successor, which needs more packages
        try:
            torch.onnx.export(
                module, (x,), path, opset_version=opset, dynamo=False,
                input_names=["x"], output_names=["y"], dynamic_axes=dynamic,
            )  # fmt: skip
        except torch.onnx.errors.UnsupportedOperatorError as error:
            pytest.skip(f"PyTorch does not export it at opset {opset}: {str(error).splitlines()[0]}")
    expected = module.double()(x.double()).detach().numpy()
    actual = forward(load_model(path), x.numpy())
    bound = ROUNDINGS * 2.0**-24 * np.abs(expected).max()  # of the constants that the exporter rounds
    np.testing.assert_allclose(actual.ravel(), expected.ravel(), rtol=0, atol=bound)
