# SPDX-License-Identifier: Apache-2.0
"""Layouts: the gradient goes back the way the value came."""

from traindeploy.ir import Node
from traindeploy.ir.emit import Emitter
from traindeploy.training.rules.rule import Gradients, Rule


def reshape(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    return [emit.reshape(dy, emit.shape(node.inputs[0]))]


def transpose(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    perm = node.attrs["perm"]
    return [emit.transpose(dy, tuple(perm.index(i) for i in range(len(perm))))]


RULES: dict[str, Rule] = {"Reshape": reshape, "Transpose": transpose}
