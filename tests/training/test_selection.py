# SPDX-License-Identifier: Apache-2.0
"""Strategies by structure and by name mark what they say, and refuse what finds nothing with what there is."""

import numpy as np
import pytest

from golden.directional import slopes
from golden.executor import execute
from traindeploy.app.pipeline import build_training_graph
from traindeploy.errors import UserError
from traindeploy.ir import Graph, Tensor
from traindeploy.ir.emit import Emitter
from traindeploy.training import Training, build_step
from traindeploy.training.selection import SELECTIONS, parameters

CONVOLUTIONS = {"c1.weight", "c1.bias", "c2.weight", "c2.bias"}
EVERY = CONVOLUTIONS | {"fc.weight", "fc.bias"}


def network() -> Graph:
    """Two convolutions with biases, the second strided with a remainder, a pooling, and a linear layer."""
    random = np.random.default_rng(3)
    graph = Graph("net", inputs=["x"])
    emit = Emitter(graph)
    graph.add(Tensor("x", (1, 9, 8, 2), kind="input"))
    image = _convolution(emit, random, "c1", "x", (3, 3, 2, 4), (1, 1), (1, 1, 1, 1))
    image = _convolution(emit, random, "c2", image, (3, 2, 4, 5), (2, 3), (0, 0, 1, 0))
    window = {"kernel": (2, 2), "strides": (2, 1), "pads": (0, 0, 0, 0)}
    _, height, width, channels = emit.shape(image)
    pooled = emit.one("MaxPool", "pool", [image], (1, (height - 2) // 2 + 1, width - 1, channels), **window)
    size = graph.tensors[pooled].size
    weight, bias = _weight(emit, random, "fc.weight", (size, 3)), _weight(emit, random, "fc.bias", (3,))
    graph.outputs = [emit.gemm("fc", emit.reshape(pooled, (1, size)), weight, bias)]
    return graph


def _convolution(
    emit: Emitter, random: np.random.Generator, name: str, x: str, shape: tuple[int, int, int, int],
    strides: tuple[int, int], pads: tuple[int, int, int, int],
) -> str:  # fmt: skip
    """Convolution, bias, ReLU."""
    _, height, width, _ = emit.shape(x)
    top, left, bottom, right = pads
    rows, cols = (
        (height + top + bottom - shape[0]) // strides[0] + 1,
        (width + left + right - shape[1]) // strides[1] + 1,
    )
    weight = _weight(emit, random, f"{name}.weight", shape)
    z = emit.one("Conv", name, [x, weight], (1, rows, cols, shape[3]), strides=strides, pads=pads)
    flat = (rows * cols, shape[3])
    bias = _weight(emit, random, f"{name}.bias", shape[3:])
    biased = emit.one("AddRow", f"{name}.add", [emit.reshape(z, flat), bias], flat)
    return emit.reshape(emit.one("Relu", f"{name}.relu", [biased], flat), (1, rows, cols, shape[3]))


def _weight(emit: Emitter, random: np.random.Generator, name: str, shape: tuple[int, ...]) -> str:
    return emit.parameter(name, random.standard_normal(shape) / 2)


def trained(strategy: str, model: str = "") -> set[str]:
    graph = build_training_graph(model, strategy) if model else build_step(network(), Training(strategy))
    return {name for name, tensor in graph.tensors.items() if tensor.trainable}


WANTED = {
    "full": EVERY,
    "last:1": EVERY - CONVOLUTIONS,
    "last:2": {"c2.weight", "c2.bias"} | (EVERY - CONVOLUTIONS),
    "last:3": EVERY,
    "bias": {"c1.bias", "c2.bias", "fc.bias"},
    "train:c1.*": {"c1.weight", "c1.bias"},
    "train:c?.bias,fc.weight": {"c1.bias", "c2.bias", "fc.weight"},
    "freeze:c*": {"fc.weight", "fc.bias"},
}


@pytest.mark.parametrize("strategy", WANTED)
def test_a_strategy_trains_what_it_says(strategy: str) -> None:
    assert trained(strategy) == WANTED[strategy]


def test_of_a_transformer_norms_and_biases_are_found() -> None:
    norms = trained("norm", "cct_tiny")
    assert norms
    assert all(".ln" in name or "norm" in name for name in norms)
    biases = trained("bias", "cct_tiny")
    assert {name for name in norms if name.endswith("bias")} < biases
    assert "classifier.bias" in biases
    assert not any(name.endswith("weight") for name in biases)
    assert norms | biases < trained("full", "cct_tiny")


REFUSED = {
    "norm": "strategy 'norm' finds nothing to train in model 'net', whose parameters are c1.weight, c1.bias",
    "last:4": "'last:4': expected last:1 to last:3, the layers being c1, c2, fc",
    "last:0": "expected last:1 to last:3",
    "last:two": "'last:two': expected last:1 to last:3",
    "train:c1.wieght": r"pattern 'c1.wieght' matches no parameter of model 'net': did you mean 'c1.weight'\? they are",
    "train:fc.*,": "pattern '' matches no parameter",
    "freeze:*": "finds nothing to train",
    "last": "unknown strategy 'last': expected lp, .* full, last:N, bias, norm, train:PATTERNS, freeze:PATTERNS",
    "full:1": "unknown strategy 'full:1'",
}


@pytest.mark.parametrize("strategy", REFUSED)
def test_what_finds_nothing_is_refused_with_what_there_is(strategy: str) -> None:
    with pytest.raises(UserError, match=REFUSED[strategy]):
        build_step(network(), Training(strategy))


def test_every_selection_is_tried_here() -> None:
    tried = {strategy.partition(":")[0] for strategy in (*WANTED, "norm")}
    assert tried == set(SELECTIONS)
    assert set(parameters(network())) == EVERY


def _feeds(graph: Graph) -> dict[str, np.ndarray]:
    image, label = graph.inputs
    x = np.random.default_rng(5).standard_normal(graph.tensors[image].shape).astype(np.float32)
    return {image: x, label: np.array([1], np.int32)}


def test_every_gradient_of_a_convolutional_network_is_the_slope_of_its_loss() -> None:
    graph = build_step(network(), Training("full"))
    found = slopes(graph, _feeds(graph))
    assert {slope.parameter for slope in found} == EVERY
    for slope in found:
        assert abs(slope.difference - slope.gradient) <= slope.limit, slope
        assert slope.shows(max(s.typical for s in found)), slope


def test_a_step_moves_every_parameter() -> None:
    graph = build_step(network(), Training("full", learning_rate=0.1))
    values = execute(graph, _feeds(graph))
    assert all((values[f"{name}.new"] != values[name]).any() for name in EVERY)
