# SPDX-License-Identifier: Apache-2.0
"""Losses, where the backward part begins: the gradient of the loss itself is 1, and ``dy`` is not read."""

import numpy as np

from traindeploy.ir import Node
from traindeploy.ir.emit import Emitter
from traindeploy.training.rules.rule import Gradients, Rule


def cross_entropy(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    logits, label = node.inputs
    probs = node.outputs[1]
    return [emit.one("SoftmaxCrossEntropyGrad", f"{node.name}.dlogits", [probs, label], emit.shape(logits)), None]


def weighted_cross_entropy(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    """As cross-entropy; the classes' weights are constants."""
    logits, label, weights = node.inputs
    inputs = [node.outputs[1], label, weights]
    name = f"{node.name}.dlogits"
    return [emit.one("WeightedCrossEntropyGrad", name, inputs, emit.shape(logits), **node.attrs), None, None]


def _of_targets(op: str, times: float = 1.0) -> Rule:
    """The gradient by operator ``op``, whose scale is ``times`` the loss's own."""

    def rule(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
        attrs = {**node.attrs, "scale": float(np.float32(times * node.attrs["scale"]))}
        return [emit.one(op, f"{node.name}.dY", node.inputs, emit.shape(node.inputs[0]), **attrs), None]

    return rule


RULES: dict[str, Rule] = {
    "SoftmaxCrossEntropy": cross_entropy,
    "WeightedCrossEntropy": weighted_cross_entropy,
    "SquaredError": _of_targets("SquaredErrorGrad", 2.0),
    "AbsoluteError": _of_targets("AbsoluteErrorGrad"),
    "Huber": _of_targets("HuberGrad"),
    "BinaryCrossEntropy": _of_targets("BinaryCrossEntropyGrad"),
}
