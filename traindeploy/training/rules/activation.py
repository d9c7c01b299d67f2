# SPDX-License-Identifier: Apache-2.0
"""Activation functions whose slope is another one of ours."""

from traindeploy.ir import Node
from traindeploy.ir.emit import Emitter
from traindeploy.training.rules.rule import Gradients, Rule


def softplus(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    """dX = dY sigmoid(X)"""
    (x,) = node.inputs
    slope = emit.one("Sigmoid", f"{node.name}.slope", [x], emit.shape(x))
    return [emit.one("Mul", f"{node.name}.dX", [dy, slope], emit.shape(x))]


RULES: dict[str, Rule] = {"Softplus": softplus}
