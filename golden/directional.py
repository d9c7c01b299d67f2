# SPDX-License-Identifier: Apache-2.0
"""The gradients that a training graph computes, against the slope of its own loss in float64.

For each trained parameter p a direction d of random signs is drawn. The central difference of the loss along d must
equal the sum of gradient times d, both evaluated with the float64 models. Only the operators' definitions are shared:
the backward part of the graph, which autodiff made, has no share in the difference.

The point. Derivatives are taken at the run's weights and sample, but a trained parameter that is zero (LoRA's B) is
replaced by random numbers there, for a factor of zero hides the gradient of the other.

Kinks. Relu, Clip, Elu, MaxPool and the errors that AbsoluteError and Huber sum up are followed along the branch that
they take at the point (``BRANCHES``): that function is smooth in the neighbourhood, and its slope at the point is what
the backward part computes. No step can cross a kink.

The bound of a difference with step h is the sum of two errors. *Truncation* is c h^2 to first order, so that the
difference with step 2h has four times as much: their distance is three times the error of the first, and is taken
whole. *Rounding*: each of the two losses has the rounding error of the float64 evaluation, which is that of float32
(``rounding_noise``) times 2^-29; the difference divides it by h. The backward part's own rounding, not divided by h, is
thousands of times below that.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from golden.executor import execute
from golden.forward import Forward, definition, loss_node
from golden.math import pool
from golden.model import Arrays
from golden.rounding_noise import loss_limit
from traindeploy.ir import Graph, Node
from traindeploy.ops import parameter_update

STEP = 2.0**-12  # of a parameter's root mean square; truncation is of its square, 6e-8
START = 0.05  # root mean square of what replaces a parameter that is zero
FLOAT64 = 2.0**-29  # its unit roundoff over that of float32
TIGHT = 1e-3  # a bound that is larger than this part of the typical slope shows nothing
NEGLIGIBLE = 1e-3  # of the largest typical slope: what is below may be zero


@dataclass(frozen=True)
class Slope:
    """Along one parameter's direction: the difference quotient and what the graph's gradient says.

    ``limit`` is the largest distance of the two that can come from truncation and rounding; ``typical`` the root mean
    square of the slope over all directions.
    """

    parameter: str
    difference: float
    gradient: float
    limit: float
    typical: float

    @property
    def error(self) -> float:
        return abs(self.difference - self.gradient)

    def shows(self, largest: float) -> bool:
        """Whether the bound is tight enough for the slope to show anything, ``largest`` being the largest typical."""
        return self.limit <= TIGHT * max(self.typical, NEGLIGIBLE * largest)


def slopes(graph: Graph, feeds: Mapping[str, np.ndarray], seed: int = 0) -> list[Slope]:
    """One slope for each parameter that ``graph`` updates; ``feeds`` as for ``execute``, the label included.

    Where the loss is so small that rounding hides the slopes (a sample that the model knows), the least likely label
    is taken instead, or targets that the output misses. ValueError if the graph has no loss.
    """
    random = np.random.default_rng([seed, 4])
    point = {**feeds, **_zeros_replaced(graph, feeds, random)}
    found = _slopes(graph, point, random)
    largest = max((slope.typical for slope in found), default=0.0)
    if largest and all(slope.shows(largest) for slope in found):
        return found
    output, label = loss_node(graph).inputs[:2]
    harder = _harder(graph, Forward(graph, point).values[output], np.asarray(point[label]))
    return _slopes(graph, {**point, label: harder}, random)


def _harder(graph: Graph, output: np.ndarray, label: np.ndarray) -> np.ndarray:
    """The least likely class, or targets that ``output`` has not met: of probabilities the farther of 0 and 1."""
    if label.dtype.kind == "i":
        return np.array([np.argmin(output)], np.int32)
    if loss_node(graph).op == "BinaryCrossEntropy":
        return (output < 0).astype(np.float32).reshape(label.shape)
    return (output + np.float32(1)).astype(np.float32).reshape(label.shape)


BEHIND = {"Accumulate": 1, "Clip": 0, "ScaleBy": 0}  # what stands before an update, and which input is the gradient


def gradients(graph: Graph) -> dict[str, str]:
    """Parameter -> its gradient at one sample, of every update of ``graph``: before a batch is summed, or clipped."""
    before = {n.outputs[0]: n.inputs[BEHIND[n.op]] for n in graph.nodes if n.phase == "update" and n.op in BEHIND}
    found = {}
    for ports in filter(None, map(parameter_update, graph.nodes)):
        gradient = ports["g"]
        while gradient in before:
            gradient = before[gradient]
        found[ports["w"]] = gradient
    return found


def _zeros_replaced(
    graph: Graph, feeds: Mapping[str, np.ndarray], random: np.random.Generator
) -> dict[str, np.ndarray]:
    given = {name: feeds.get(name, graph.tensors[name].data) for name in gradients(graph)}
    return {n: START * random.standard_normal(v.shape) for n, v in given.items() if v is not None and not v.any()}


def _slopes(graph: Graph, point: Mapping[str, np.ndarray], random: np.random.Generator) -> list[Slope]:
    values = execute(graph, point, "math")
    forward = Forward(graph, point)
    noise = FLOAT64 * loss_limit(forward)
    found = []
    for parameter, gradient in gradients(graph).items():
        start, slope = values[parameter], values[gradient]
        size = float(np.sqrt(np.mean(start**2)))
        direction = size * random.choice((-1.0, 1.0), start.shape)
        near, far = (_difference(forward, parameter, step * direction) / step for step in (STEP, 2 * STEP))
        limit = abs(near - far) + 2 * noise / STEP
        typical = size * float(np.sqrt(np.sum(slope**2)))
        found.append(Slope(parameter, near, float(np.sum(slope * direction)), limit, typical))
    return found


def _difference(forward: Forward, parameter: str, step: np.ndarray) -> float:
    """Half the difference of the losses one step further on and one step back."""
    loss, start = loss_node(forward.graph).outputs[0], forward.values[parameter]
    ahead, back = (forward.again({parameter: start + sign * step}, _along_branch).get(loss) for sign in (1, -1))
    if ahead is None or back is None:
        return 0.0  # the loss does not read the parameter
    return float((ahead - back)[0]) / 2


def _along_branch(node: Node, before: Arrays, inputs: Arrays) -> Arrays:
    rule = BRANCHES.get(node.op)
    return rule(node, before, inputs) if rule else definition(node, before, inputs)


def _relu(node: Node, before: Arrays, inputs: Arrays) -> Arrays:
    return [np.where(before[0] > 0, inputs[0], 0.0)]


def _maxpool(node: Node, before: Arrays, inputs: Arrays) -> Arrays:
    first, now = (pool.windows(x[0], node.attrs["kernel"], node.attrs, -np.inf) for x in (before, inputs))
    flat = (*first.shape[:-2], -1)
    chosen = first.reshape(flat).argmax(axis=-1)[..., None]
    return [np.take_along_axis(now.reshape(flat), chosen, axis=-1)[None, ..., 0]]


def _clip(node: Node, before: Arrays, inputs: Arrays) -> Arrays:
    low, high = node.attrs["low"], node.attrs["high"]
    return [np.where(before[0] <= low, low, np.where(before[0] >= high, high, inputs[0]))]


def _elu(node: Node, before: Arrays, inputs: Arrays) -> Arrays:
    return [np.where(before[0] > 0, inputs[0], node.attrs["alpha"] * np.expm1(inputs[0]))]


def _absolute_error(node: Node, before: Arrays, inputs: Arrays) -> Arrays:
    return [np.array([node.attrs["scale"] * (np.sign(before[0] - before[1]) * (inputs[0] - inputs[1])).sum()])]


def _huber(node: Node, before: Arrays, inputs: Arrays) -> Arrays:
    first, now, delta = before[0] - before[1], inputs[0] - inputs[1], node.attrs["delta"]
    beyond = delta * (np.sign(first) * now - delta / 2)
    return [np.array([node.attrs["scale"] * np.where(np.abs(first) <= delta, now * now / 2, beyond).sum()])]


BRANCHES = {
    "Clip": _clip, "Elu": _elu, "Relu": _relu, "MaxPool": _maxpool,
    "AbsoluteError": _absolute_error, "Huber": _huber,
}  # fmt: skip
