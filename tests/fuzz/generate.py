# SPDX-License-Identifier: Apache-2.0
"""Random networks: a chain of random steps with side branches, or a transformer of random blocks."""

import math

import numpy as np
import onnx

from tests.fuzz.network import INPUT, OPSETS, OUTPUT, Network, Shape, Value
from tests.fuzz.steps import STEPS

LARGE = 0.06  # the share of networks whose tensors take several tiles


def random_graph(random: np.random.Generator) -> onnx.ModelProto:
    """Up to 14 steps from an image, a sequence, or a vector, each on a recent value; logits of all that is left."""
    net = Network(random, int(random.choice(OPSETS)), large=bool(random.random() < LARGE))
    shape = _input_shape(net)
    net.values = [Value(INPUT, shape)]
    weights = np.array([weight for _, weight in STEPS], float)
    for _ in range(int(random.integers(1, 15))):
        step = STEPS[int(random.choice(len(STEPS), p=weights / weights.sum()))][0]
        source = net.values[-1] if net.maybe(0.75) else net.one_of(*net.values)
        value = step(net, source)
        if value is not None and len(value.shape) <= 5 and math.prod(value.shape) <= net.most:
            net.values.append(value)
    classes = int(random.integers(2, 7))
    classifier(net, net.values[-1], classes)
    return net.model(shape, classes)


def _input_shape(net: Network) -> Shape:
    first, second, third = (net.size(9) for _ in range(3))
    image = (1, net.size(4), 2 + net.size(8), 2 + net.size(8))
    shape: Shape = net.one_of(image, (1, first, 2 * second), (1, 4 * first), (1, first, second, third))
    return shape if math.prod(shape) <= net.most // 4 else _input_shape(net)


def classifier(net: Network, x: Value, classes: int) -> None:
    """Logits ``y`` [1,classes] of all elements of ``x``."""
    count = math.prod(x.shape)
    flat = x.name
    if x.shape != (1, count):
        flattens = len(x.shape) >= 1 and (x.shape[0] == 1 or net.maybe(0.5))
        axis = 1 if x.shape[:1] == (1,) else 0
        flat = net.node("Flatten", flat, axis=axis) if flattens else net.node("Reshape", flat, net.ints(1, -1))
    weight, bias = net.matrix(count, classes), net.constant(net.normal(classes, scale=0.3))
    if net.maybe(0.5):
        transposed = net.maybe(0.7)
        constant = net.constant(weight.T if transposed else weight)
        net.node("Gemm", flat, constant, bias, output=OUTPUT, **({"transB": 1} if transposed else {}))
    else:
        net.node("Add", net.node("MatMul", flat, net.constant(weight)), bias, output=OUTPUT)
