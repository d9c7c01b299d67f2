# SPDX-License-Identifier: Apache-2.0
"""Losses, where the backward part begins."""

from traindeploy.ir import Node
from traindeploy.ir.emit import Emitter
from traindeploy.training.rules.rule import Gradients, Rule


def cross_entropy(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    """The loss ends the graph: its own gradient is 1, and ``dy`` is not read."""
    logits, label = node.inputs
    probs = node.outputs[1]
    return [emit.one("SoftmaxCrossEntropyGrad", f"{node.name}.dlogits", [probs, label], emit.shape(logits)), None]


RULES: dict[str, Rule] = {"SoftmaxCrossEntropy": cross_entropy}
