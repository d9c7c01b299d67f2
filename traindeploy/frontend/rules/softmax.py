# SPDX-License-Identifier: Apache-2.0
"""Softmax, and LogSoftmax where it ends the model."""

import math

from traindeploy.frontend.ends import is_end, take_off
from traindeploy.frontend.lowering import Lowering, Rule, Value, compact
from traindeploy.frontend.source import OnnxNode


def softmax(low: Lowering, node: OnnxNode) -> None:
    """Over one axis; before opset 13 over all axes from the given one on. The loss takes a final one's place."""
    shape = low.value(node.inputs[0]).shape
    rank = len(shape)
    flattens = low.source.opset < 13
    axis = low.axis(node, node.attrs.get("axis", 1 if flattens else -1), rank)
    if is_end(low.source, node):
        take_off(low, node, math.prod(shape[axis:]) if flattens else shape[axis])
    elif node.op == "LogSoftmax":
        raise low.fail(node, "supported is one that ends the model, which the loss makes superfluous")
    elif flattens:
        rows = math.prod(shape[:axis])
        flat = compact(shape) if axis == rank - 1 else (rows, math.prod(shape) // rows)
        low.define(node, "Softmax", [low.plain(node.inputs[0], flat)], flat, shape)
    else:
        _over_axis(low, node, axis)


def _over_axis(low: Lowering, node: OnnxNode, axis: int) -> None:
    shape = low.value(node.inputs[0]).shape
    rank = len(shape)
    perm = (*(i for i in range(rank) if i != axis), axis)
    moved = tuple(shape[p] for p in perm)
    tensor = low.emit.transpose(low.plain(node.inputs[0], shape), perm)
    low.define(node, "Softmax", [low.emit.reshape(tensor, compact(moved))], compact(moved), moved)
    if axis != rank - 1:
        back = low.emit.transpose(low.plain(node.outputs[0], moved), tuple(perm.index(i) for i in range(rank)))
        low.values[node.outputs[0]] = Value(back, shape)


RULES: dict[str, Rule] = {"LogSoftmax": softmax, "Softmax": softmax}
