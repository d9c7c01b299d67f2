# SPDX-License-Identifier: Apache-2.0
"""Softmax."""

import math

from traindeploy.frontend.lowering import Lowering, Rule, Value, compact
from traindeploy.frontend.source import OnnxNode


def softmax(low: Lowering, node: OnnxNode) -> None:
    """Over one axis; before opset 13 over all axes from the given one on."""
    shape = low.value(node.inputs[0]).shape
    rank = len(shape)
    if low.source.opset < 13:
        axis = low.axis(node, node.attrs.get("axis", 1), rank)
        rows = math.prod(shape[:axis])
        flat = compact(shape) if axis == rank - 1 else (rows, math.prod(shape) // rows)
        low.define(node, "Softmax", [low.plain(node.inputs[0], flat)], flat, shape)
        return
    axis = low.axis(node, node.attrs.get("axis", -1), rank)
    perm = (*(i for i in range(rank) if i != axis), axis)
    moved = tuple(shape[p] for p in perm)
    tensor = low.emit.transpose(low.plain(node.inputs[0], shape), perm)
    low.define(node, "Softmax", [low.emit.reshape(tensor, compact(moved))], compact(moved), moved)
    if axis != rank - 1:
        back = low.emit.transpose(low.plain(node.outputs[0], moved), tuple(perm.index(i) for i in range(rank)))
        low.values[node.outputs[0]] = Value(back, shape)


RULES: dict[str, Rule] = {"Softmax": softmax}
