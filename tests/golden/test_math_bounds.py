# SPDX-License-Identifier: Apache-2.0
"""Machine models lie within the derived error bounds, which are tight enough to notice a wrong operation."""

import numpy as np
import pytest

from golden import machine
from golden.math import BOUNDS, OPS
from traindeploy.ir import Node


def normal(*shape: int, seed: int, scale: float = 1.0) -> np.ndarray:
    return (scale * np.random.default_rng([seed, *shape]).standard_normal(shape)).astype(np.float32)


def probabilities(*shape: int, seed: int) -> np.ndarray:
    e = np.exp(normal(*shape, seed=seed).astype(np.float64))
    return (e / e.sum(-1, keepdims=True)).astype(np.float32)


LABEL = np.array([3], np.int32)
WINDOW = {"strides": (1, 1), "pads": (1, 1, 1, 1)}
POOL = {"kernel": (3, 3), "strides": (2, 2), "pads": (1, 1, 1, 1)}
SIZES = [1.0, 1e-3, 1e3]


def cases(op: str, seed: int, size: float) -> tuple[list[np.ndarray], dict]:
    """Random float32 inputs and the attributes of one operator."""

    def n(*shape: int, k: int = 0) -> np.ndarray:
        return normal(*shape, seed=100 * seed + k, scale=size)

    if op == "LayerNormGrad":
        x = n(9, 40)
        mean = x.mean(1, dtype=np.float32)
        return [n(9, 40, k=1), x, n(40, k=2), mean, (1 / np.sqrt(x.var(1) + 1e-5)).astype(np.float32)], {}
    table: dict[str, tuple[list[np.ndarray], dict]] = {
        "Add": ([n(5, 6), n(5, 6, k=1)], {}),
        "AddRow": ([n(5, 6), n(6)], {}),
        "Conv": ([n(1, 6, 7, 5), n(3, 3, 5, 8)], WINDOW),
        "Gelu": ([n(8, 50)], {}),
        "GeluGrad": ([n(8, 50, k=1), n(8, 50)], {}),
        "Gemm": ([n(7, 65), n(65, 9), n(9)], {}),
        "LayerNorm": ([n(9, 40) + np.float32(size), n(40), n(40, k=1)], {"epsilon": float(np.float32(1e-5))}),
        "MaxPool": ([n(1, 6, 7, 5)], POOL),
        "Mul": ([n(5, 6), n(5, 6, k=1)], {}),
        "ReduceSum": ([n(64, 7)], {}),
        "Relu": ([n(5, 6)], {}),
        "ReluGrad": ([n(5, 6), n(5, 6, k=1)], {}),
        "Scale": ([n(5, 6)], {"alpha": float(np.float32(0.3))}),
        "Sgd": ([n(5, 6), n(5, 6, k=1)], {"lr": float(np.float32(0.01))}),
        "Softmax": ([n(2, 9, 33)], {}),
        "SoftmaxCrossEntropy": ([n(1, 10), LABEL], {}),
        "SoftmaxCrossEntropyGrad": ([probabilities(1, 10, seed=seed), LABEL], {}),
        "SoftmaxGrad": ([n(9, 33), probabilities(9, 33, seed=seed)], {}),
        "Transpose": ([n(4, 5, 6)], {"perm": (1, 2, 0)}),
    }
    return table[op]


def ratios(op: str, inputs: list[np.ndarray], attrs: dict, model=None) -> list[float]:
    """The largest error over bound of each output of the machine model, or of ``model``."""
    node = Node(op, op, [f"i{k}" for k in range(len(inputs))], ["o"], attrs)
    exact = OPS[op](node, inputs, attrs)
    bounds = BOUNDS[op](node, inputs, exact)
    actual = (model or machine.OPS[op])(node, inputs, attrs)
    found = []
    for a, e, b in zip(actual, exact, bounds, strict=True):
        assert a.shape == e.shape == b.shape
        error = np.abs(a.astype(np.float64) - e)
        found.append(float(np.max(np.where(error > 0, error / np.maximum(b, 1e-300), 0.0))))
    return found


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("op", sorted(OPS))
def test_machine_model_lies_within_the_bound(op, size):
    for seed in range(5):
        inputs, attrs = cases(op, seed, size)
        assert max(ratios(op, inputs, attrs)) <= 1.0


@pytest.mark.parametrize("op", sorted(set(OPS) - {"Transpose", "MaxPool", "Relu", "ReluGrad"}))
def test_an_error_of_one_part_in_a_thousand_exceeds_the_bound(op):
    inputs, attrs = cases(op, 0, 1.0)

    def wrong(node, inputs, attrs):
        return [o * np.float32(1.001) for o in machine.OPS[op](node, inputs, attrs)]

    assert min(ratios(op, inputs, attrs, wrong)) > 1.0


def test_gemm_that_drops_its_last_product_exceeds_the_bound():
    inputs, attrs = cases("Gemm", 0, 1.0)

    def short(node, inputs, attrs):
        return machine.OPS["Gemm"](node, [inputs[0][:, :-1], inputs[1][:-1], inputs[2]], attrs)

    assert ratios("Gemm", inputs, attrs, short)[0] > 1.0


def test_layernorm_gradient_without_its_second_mean_exceeds_the_bound():
    inputs, attrs = cases("LayerNormGrad", 0, 1.0)

    def incomplete(node, inputs, attrs):
        dy, _, scale, _, rstd = inputs
        g = dy * scale
        return [rstd[:, None] * (g - g.mean(1, keepdims=True))]

    assert ratios("LayerNormGrad", inputs, attrs, incomplete)[0] > 1.0


@pytest.mark.parametrize("op", ["Gelu", "GeluGrad"])
def test_the_tanh_and_sigmoid_approximations_exceed_the_bound(op):
    """What the published kernels use in place of the exact form."""
    inputs, attrs = cases(op, 0, 1.0)

    def approximate(node, inputs, attrs):
        x = inputs[-1].astype(np.float64)
        if op == "Gelu":
            return [0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))]
        s = 1 / (1 + np.exp(-1.702 * x))
        return [inputs[0] * (s + 1.702 * x * s * (1 - s))]

    assert ratios(op, inputs, attrs, approximate)[0] > 1.0
