# SPDX-License-Identifier: Apache-2.0
"""How far two correct float32 evaluations of one forward graph may lie apart.

Worst-case bounds, carried through twenty layers, say nothing: each layer multiplies them by the sum of its weights'
magnitudes. What two evaluations do differ by is the sum of very many rounding errors of either sign. So, as Higham and
Mary do ("A New Approach to Probabilistic Rounding Error Analysis", 2019): take the rounding errors as independent and
of mean zero, each bounded. An output's error is then, to first order, a sum of independent bounded terms, and
Hoeffding's inequality bounds it: it exceeds ``t`` times the root of the sum of squares of the terms' bounds with
probability 2 exp(-t^2 / 2) at most. That root (``spread``) is measured: every operator's outputs are perturbed by their
bound with random signs in the float64 model, so that the errors take the way that they really take, and the effect on
the output is squared and averaged.
"""

import math
from collections.abc import Sequence

import numpy as np

from golden.forward import Forward, definition, loss_node
from golden.math import BOUNDS
from golden.math.rounding import U
from golden.model import Arrays
from traindeploy.ir import Node

SAMPLES = 8  # evaluations with random signs
SAMPLING = 3  # the root of the mean of 8 squares is below a third of the true one in a case of a thousand
FUNCTION = 8 * U  # a library's erf, tanh, exp and their like: 4 ULP
ELEMENTARY = 16  # operators of a file that one of ours may stand for, and weights that the import rounded
CONFIDENCE = 1e-9  # probability that a right evaluation exceeds the bound
PARTIAL = math.sqrt(2 * math.log(2 / CONFIDENCE))  # 6.5: deviation of a partial sum, in root sum squares of its terms


def sums(reached: np.ndarray, length: int) -> np.ndarray:
    """Root sum square of the roundings of a sum of ``length`` products, no partial sum being above ``reached``."""
    return U * math.sqrt(2 * length + ELEMENTARY) * reached


def _product(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """Each addition rounds a partial sum. An order that does not look at the terms makes it a part of the whole sum and
    a deviation, which Hoeffding's inequality bounds by the root of the terms' sum of squares; Cauchy's bounds both.
    """
    length = int(np.prod(inputs[1].shape[:-1])) if node.op in ("Conv", "DepthwiseConv") else inputs[0].shape[-1]
    squares = np.sqrt(definition(node, [], [i * i for i in inputs])[0])
    return [sums(np.minimum(math.sqrt(length + 1) * squares, np.abs(outputs[0]) + PARTIAL * squares), length)]


def _reduce_sum(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    return [sums(np.abs(inputs[0]).sum(axis=0), len(inputs[0]))]


def _layernorm(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """With the variance as E[x^2] - E[x]^2, as onnxruntime computes it: its error is one of E[x^2]."""
    x, scale, shift = inputs
    y, _, rstd = outputs
    length = x.shape[-1]
    squares = (x * x).mean(axis=-1)
    mean_error = sums(np.abs(x).mean(axis=-1), length)
    relative = sums(2 * squares, length) * rstd**2 / 2 + math.sqrt(ELEMENTARY) * U  # of rstd
    spread = np.abs(y - shift) * relative[:, None] + np.abs(scale) * (mean_error * rstd)[:, None]
    return [spread + math.sqrt(ELEMENTARY) * U * (np.abs(y - shift) + np.abs(shift)), mean_error, relative * rstd]


def _softmax(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    x = inputs[0]
    distance = x.max(axis=-1, keepdims=True) - x
    relative = np.sqrt((U * distance) ** 2 + FUNCTION**2 + sums(np.ones(1), x.shape[-1]) ** 2)
    return [relative * outputs[0]]


def _function(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """Gelu is x times a function of x that is at most 1, Sigmoid and Tanh are such functions; a library's Elu and
    Softplus lose what is small beside 1.
    """
    if node.op in ("Elu", "Softplus"):
        return [FUNCTION * np.maximum(1.0, np.abs(outputs[0]))]
    return [FUNCTION * (np.abs(inputs[0]) if node.op == "Gelu" else np.ones_like(outputs[0]))]


def _summed_error(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """Terms are positive, so that no partial sum is above the loss."""
    return [sums(np.abs(outputs[0]), inputs[0].size)]


def _any(node: Node, inputs: Arrays, outputs: Arrays) -> Arrays:
    """An operator of few roundings: as many times its worst case as independent ones add up to."""
    return [math.sqrt(ELEMENTARY) * bound for bound in BOUNDS[node.op](node, inputs, outputs)]


ROUNDINGS = {
    "Gemm": _product, "Conv": _product, "DepthwiseConv": _product, "ReduceSum": _reduce_sum,
    "LayerNorm": _layernorm, "Softmax": _softmax,
    "SquaredError": _summed_error, "AbsoluteError": _summed_error, "Huber": _summed_error,
    "Elu": _function, "Gelu": _function, "Softplus": _function, "Sigmoid": _function, "Tanh": _function,
}  # fmt: skip


def spread(forward: Forward, names: Sequence[str], seed: int = 0) -> dict[str, float]:
    """Root sum square of the effects of all rounding errors of a float32 evaluation on each tensor of ``names``.

    Of a tensor's elements the largest counts.
    """
    random = np.random.default_rng([seed, 3])

    def perturbed(node: Node, before: Arrays, inputs: Arrays) -> Arrays:
        outputs = definition(node, before, inputs)
        errors = ROUNDINGS.get(node.op, _any)(node, [np.asarray(i, np.float64) for i in inputs], outputs)
        return [o + e * random.choice((-1.0, 1.0), o.shape) for o, e in zip(outputs, errors, strict=True)]

    squares = {name: np.zeros(forward.values[name].shape) for name in names}
    for _ in range(SAMPLES):
        values = forward.again({}, perturbed, everything=True)
        for name in names:
            squares[name] += (values[name] - forward.values[name]) ** 2
    return {name: float(np.sqrt((total / SAMPLES).max())) for name, total in squares.items()}


def limits(forward: Forward, names: Sequence[str], seed: int = 0) -> dict[str, float]:
    """For each tensor of ``names``, what no element of a right float32 evaluation differs by from ``forward``.

    "No" means: but with probability ``CONFIDENCE``, by Hoeffding's inequality for all elements together.
    """
    found = spread(forward, names, seed)
    deviations = {name: math.sqrt(2 * math.log(2 * forward.values[name].size / CONFIDENCE)) for name in names}
    return {name: SAMPLING * deviations[name] * found[name] for name in names}


def loss_limit(forward: Forward) -> float:
    """``limits`` of the loss."""
    loss = loss_node(forward.graph).outputs[0]
    return limits(forward, [loss])[loss]
