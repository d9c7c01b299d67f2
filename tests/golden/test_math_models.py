# SPDX-License-Identifier: Apache-2.0
"""Every float64 model against PyTorch (forward and autograd), and every gradient model against finite differences."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from golden.math import BOUNDS, OPS
from traindeploy.ir import Node
from traindeploy.training.rules import RULES

EXACT = 1e-13  # relative to the largest element: float64 with a few hundred operations


def run(op: str, *inputs, **attrs) -> list[np.ndarray]:
    arrays = [np.asarray(i) for i in inputs]
    node = Node(op, op, [f"i{k}" for k in range(len(arrays))], ["o"], attrs)
    return OPS[op](node, arrays, attrs)


def normal(*shape: int, seed: int = 0, scale: float = 1.0) -> np.ndarray:
    return scale * np.random.default_rng([seed, *shape]).standard_normal(shape)


def tensor(x: np.ndarray) -> torch.Tensor:
    return torch.tensor(x, dtype=torch.float64, requires_grad=True)


def agree(ours: np.ndarray, theirs) -> None:
    theirs = theirs.detach().numpy() if isinstance(theirs, torch.Tensor) else theirs
    assert ours.shape == theirs.shape
    assert np.max(np.abs(ours - theirs)) <= EXACT * max(1.0, np.max(np.abs(theirs)))


@pytest.mark.parametrize("shape", [(3, 5, 7), (1, 1, 1), (64, 4, 128)])
@pytest.mark.parametrize("bias", [None, "row", "full"])
def test_gemm_is_torch_matmul(shape, bias):
    m, n, k = shape
    x, w = normal(m, n), normal(n, k, seed=1)
    y = {None: [], "row": [normal(k)], "full": [normal(m, k)]}[bias]
    agree(run("Gemm", x, w, *y)[0], torch.tensor(x) @ torch.tensor(w) + (torch.tensor(y[0]) if y else 0))


def test_gemm_multiplies_each_batch():
    x, w = normal(3, 4, 5), normal(3, 5, 6)
    agree(run("Gemm", x, w)[0], torch.bmm(torch.tensor(x), torch.tensor(w)))


@pytest.mark.parametrize(
    ("size", "kernel", "strides", "pads"),
    [
        ((6, 7), (3, 3), (1, 1), (1, 1, 1, 1)),
        ((8, 5), (3, 2), (2, 1), (0, 1, 2, 0)),
        ((4, 4), (1, 1), (2, 2), (0, 0, 0, 0)),
    ],
)
def test_conv_is_torch_conv2d(size, kernel, strides, pads):
    x, w = normal(1, *size, 3), normal(*kernel, 3, 5)
    top, left, bottom, right = pads
    padded = F.pad(torch.tensor(x).permute(0, 3, 1, 2), (left, right, top, bottom))
    expected = F.conv2d(padded, torch.tensor(w).permute(3, 2, 0, 1), stride=strides).permute(0, 2, 3, 1)
    agree(run("Conv", x, w, strides=strides, pads=pads)[0], expected)


def test_maxpool_never_chooses_the_padding():
    x = -1.0 - np.abs(normal(1, 7, 8, 3))
    expected = F.max_pool2d(torch.tensor(x).permute(0, 3, 1, 2), 3, 2, 1).permute(0, 2, 3, 1)
    agree(run("MaxPool", x, kernel=(3, 3), strides=(2, 2), pads=(1, 1, 1, 1))[0], expected)


def test_elementwise_models_are_their_definitions():
    a, b, row = normal(4, 6), normal(4, 6, seed=1), normal(6)
    agree(run("Add", a, b)[0], a + b)
    agree(run("Mul", a, b)[0], a * b)
    agree(run("AddRow", a, row)[0], a + row)
    agree(run("Scale", a, alpha=0.3)[0], a * 0.3)
    agree(run("Sgd", a, b, lr=0.1)[0], a - 0.1 * b)
    agree(run("ReduceSum", a)[0], a.sum(0))
    agree(run("Transpose", a.reshape(2, 4, 3), perm=(2, 0, 1))[0], a.reshape(2, 4, 3).transpose(2, 0, 1))


def torch_gradients(function, *inputs: np.ndarray, seed: int = 9) -> tuple[torch.Tensor, np.ndarray, list[np.ndarray]]:
    """The function's value, a random upstream gradient, and autograd's gradient of each input."""
    leaves = [tensor(i) for i in inputs]
    value = function(*leaves)
    upstream = normal(*value.shape, seed=seed)
    value.backward(torch.tensor(upstream))
    return value.detach(), upstream, [leaf.grad.numpy() for leaf in leaves]


@pytest.mark.parametrize(("op", "function"), [("Relu", F.relu), ("Gelu", F.gelu)])
def test_activations_and_their_gradients_are_autograds(op, function):
    x = np.concatenate([normal(5, 40, scale=3.0).ravel(), [0.0, -0.0, -0.7518, 1e-8, -12.0, 12.0]])
    value, dy, (dx,) = torch_gradients(function, x)
    agree(run(op, x)[0], value)
    agree(run(f"{op}Grad", dy, x)[0], dx)


@pytest.mark.parametrize("shape", [(4, 9), (2, 3, 5), (1, 64)])
def test_softmax_and_its_gradient_are_autograds(shape):
    x = normal(*shape, scale=4.0)
    value, dy, (dx,) = torch_gradients(lambda t: torch.softmax(t, -1), x)
    agree(run("Softmax", x)[0], value)
    agree(run("SoftmaxGrad", dy, value.numpy())[0], dx)


@pytest.mark.parametrize("offset", [0.0, 30.0])
def test_layernorm_and_its_gradient_are_autograds(offset):
    x, scale, shift = normal(6, 33) + offset, normal(33, seed=1), normal(33, seed=2)
    value, dy, (dx, _, _) = torch_gradients(lambda a, g, b: F.layer_norm(a, (33,), g, b, 1e-5), x, scale, shift)
    y, mean, rstd = run("LayerNorm", x, scale, shift, epsilon=1e-5)
    agree(y, value)
    agree(mean, x.mean(1))
    agree(rstd, 1 / np.sqrt(x.var(1) + 1e-5))
    agree(run("LayerNormGrad", dy, x, scale, mean, rstd)[0], dx)


@pytest.mark.parametrize("label", [0, 3, 9])
def test_cross_entropy_and_its_gradient_are_autograds(label):
    logits = normal(1, 10, scale=3.0)
    leaf = tensor(logits)
    expected = F.cross_entropy(leaf, torch.tensor([label]))
    expected.backward()
    loss, probs = run("SoftmaxCrossEntropy", logits, np.array([label], np.int32))
    agree(loss, expected.detach().reshape(1))
    agree(probs, torch.softmax(leaf, -1))
    agree(run("SoftmaxCrossEntropyGrad", probs, np.array([label], np.int32))[0], leaf.grad)


def test_cross_entropy_stays_finite_for_an_impossible_label():
    logits = np.array([[0.0, 2000.0]])
    loss, _ = run("SoftmaxCrossEntropy", logits, np.array([0], np.int32))
    assert loss[0] == 2000.0


def central_difference(function, x: np.ndarray, direction: np.ndarray, step: float = 1e-5) -> float:
    return float((function(x + step * direction) - function(x - step * direction)) / (2 * step))


@pytest.mark.parametrize("op", ["Gelu", "Relu", "Softmax", "LayerNorm", "SoftmaxCrossEntropy"])
def test_gradient_models_match_finite_differences(op):
    """The central difference truncates step^2 times a third derivative, some 1e-10 here, and rounds 1e-11."""
    x, weights, direction = normal(4, 12), normal(4, 12, seed=1), normal(4, 12, seed=2)
    scale, shift = normal(12, seed=3), normal(12, seed=4)
    label = np.array([5], np.int32)
    if op == "SoftmaxCrossEntropy":
        x, direction = x[:1], direction[:1]

    def scalar(v: np.ndarray) -> float:
        if op == "SoftmaxCrossEntropy":
            return run(op, v, label)[0][0]
        extra, attrs = ([scale, shift], {"epsilon": 1e-5}) if op == "LayerNorm" else ([], {})
        return float((weights * run(op, v, *extra, **attrs)[0]).sum())

    if op == "SoftmaxCrossEntropy":
        gradient = run("SoftmaxCrossEntropyGrad", run(op, x, label)[1], label)[0]
    elif op == "LayerNorm":
        _, mean, rstd = run(op, x, scale, shift, epsilon=1e-5)
        gradient = run("LayerNormGrad", weights, x, scale, mean, rstd)[0]
    else:
        gradient = run(f"{op}Grad", weights, run(op, x)[0] if op == "Softmax" else x)[0]
    expected = central_difference(scalar, x, direction)
    assert abs((gradient * direction).sum() - expected) <= 1e-8 * max(1.0, abs(expected))


def test_every_operator_has_a_model_a_bound_and_a_test_here():
    assert set(OPS) == set(BOUNDS)
    source = Path(__file__).read_text()
    for op in OPS:
        assert f'"{op}"' in source or f'"{op.removesuffix("Grad")}"' in source, op
    layout_only = {"Reshape"}
    assert set(RULES) - layout_only <= set(OPS)
