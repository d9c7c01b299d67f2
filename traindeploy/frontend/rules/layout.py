# SPDX-License-Identifier: Apache-2.0
"""Reshapes, which cost nothing, transpositions, which mostly become views, and what only passes its input on."""

import math

import numpy as np

from traindeploy.frontend.lowering import Lowering, Rule, Value
from traindeploy.frontend.onnx_import import OnnxNode


def reshape(low: Lowering, node: OnnxNode) -> None:
    shape = low.value(node.inputs[0]).shape
    if node.op == "Reshape":
        target = _constant_ints(low, node, 1)
        new = [shape[i] if t == 0 and not node.attrs.get("allowzero") else t for i, t in enumerate(target)]
        if -1 in new:
            new[new.index(-1)] = math.prod(shape) // max(1, -math.prod(new))
    elif node.op == "Flatten":
        axis = node.attrs.get("axis", 1) % (len(shape) + 1)
        new = [math.prod(shape[:axis]), math.prod(shape[axis:])]
    elif node.op == "Squeeze":
        dropped = _axes(low, node, len(shape)) or [i for i, s in enumerate(shape) if s == 1]
        new = [s for i, s in enumerate(shape) if i not in dropped]
    else:  # Unsqueeze
        rank = len(shape) + len(_axes(low, node, 0) or [])
        inserted, rest = _axes(low, node, rank) or [], iter(shape)
        new = [1 if i in inserted else next(rest) for i in range(rank)]
    if math.prod(new) != math.prod(shape):
        raise low.fail(node, f"cannot reshape {list(shape)} to {list(new)}")
    low.values[node.outputs[0]] = Value(low.plain(node.inputs[0]), tuple(int(n) for n in new))


def _constant_ints(low: Lowering, node: OnnxNode, index: int) -> list[int]:
    data = low.constant(node.inputs[index])
    if data is None:
        raise low.fail(
            node,
            f"'{node.inputs[index]}' is computed at run time: dynamic shapes are not supported; "
            "export the model with static shapes, batch 1",
        )
    return [int(v) for v in data.reshape(-1)]


def _axes(low: Lowering, node: OnnxNode, rank: int) -> list[int] | None:
    axes = node.attrs.get("axes")
    if axes is None and len(node.inputs) > 1:
        axes = _constant_ints(low, node, 1)
    return None if axes is None else [a % rank if rank else a for a in axes]


def transpose(low: Lowering, node: OnnxNode) -> None:
    shape = low.value(node.inputs[0]).shape
    perm = tuple(node.attrs.get("perm", range(len(shape))[::-1]))
    tensor = low.emit.transpose(low.plain(node.inputs[0], shape), perm)
    low.values[node.outputs[0]] = Value(tensor, tuple(shape[p] for p in perm))


def identity(low: Lowering, node: OnnxNode) -> None:
    low.values[node.outputs[0]] = low.value(node.inputs[0])


def shape(low: Lowering, node: OnnxNode) -> None:
    low.source.constants[node.outputs[0]] = np.array(low.value(node.inputs[0]).shape, dtype=np.int64)


RULES: dict[str, Rule] = {
    "Dropout": identity,
    "Flatten": reshape,
    "Identity": identity,
    "Reshape": reshape,
    "Shape": shape,
    "Squeeze": reshape,
    "Transpose": transpose,
    "Unsqueeze": reshape,
}
