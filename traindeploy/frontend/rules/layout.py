# SPDX-License-Identifier: Apache-2.0
"""Reshapes, which cost nothing, transpositions, which mostly become views, and what only passes its input on."""

import math
from collections.abc import Callable

import numpy as np
import onnx

from traindeploy.frontend.kinds import element_name
from traindeploy.frontend.lowering import Lowering, Rule, Value
from traindeploy.frontend.source import OnnxNode
from traindeploy.ir.emit import Shape


def reshape(low: Lowering, node: OnnxNode) -> None:
    """Reshape, Flatten, Squeeze and Unsqueeze: another shape for the same elements."""
    shape = low.value(node.inputs[0]).shape
    new = _TARGETS[node.op](low, node, shape)
    if min(new, default=1) < 1 or math.prod(new) != math.prod(shape):
        raise low.fail(node, f"cannot reshape {list(shape)} to {list(new)}")
    low.values[node.outputs[0]] = Value(low.plain(node.inputs[0]), tuple(new))


def _reshaped(low: Lowering, node: OnnxNode, shape: Shape) -> list[int]:
    """0 stands for the input's own dimension, unless ``allowzero``; -1 for what is left."""
    target = constant_ints(low, node, 1)
    zero_stays = node.attrs.get("allowzero", 0)
    if target.count(-1) > 1 or (not zero_stays and any(t == 0 for t in target[len(shape) :])):
        raise low.fail(node, f"cannot reshape {list(shape)} to {target}")
    new = [shape[i] if t == 0 and not zero_stays else t for i, t in enumerate(target)]
    if -1 in new:
        new[new.index(-1)] = math.prod(shape) // (-math.prod(new) or 1)
    return new


def _flattened(low: Lowering, node: OnnxNode, shape: Shape) -> list[int]:
    axis = node.attrs.get("axis", 1)
    axis = len(shape) if axis == len(shape) else low.axis(node, axis, len(shape))
    return [math.prod(shape[:axis]), math.prod(shape[axis:])]


def _squeezed(low: Lowering, node: OnnxNode, shape: Shape) -> list[int]:
    axes = _axes(low, node, len(shape))
    dropped = [i for i, s in enumerate(shape) if s == 1] if axes is None else axes
    if any(shape[i] != 1 for i in dropped):
        raise low.fail(node, f"axes {dropped} of {list(shape)}: only dimensions of 1 can be dropped")
    return [s for i, s in enumerate(shape) if i not in dropped]


def _unsqueezed(low: Lowering, node: OnnxNode, shape: Shape) -> list[int]:
    count = len(given_axes(low, node) or [])
    inserted, rest = _axes(low, node, len(shape) + count) or [], iter(shape)
    return [1 if i in inserted else next(rest) for i in range(len(shape) + count)]


_TARGETS: dict[str, Callable[[Lowering, OnnxNode, Shape], list[int]]] = {
    "Flatten": _flattened,
    "Reshape": _reshaped,
    "Squeeze": _squeezed,
    "Unsqueeze": _unsqueezed,
}


def constant_ints(low: Lowering, node: OnnxNode, index: int) -> list[int]:
    """The numbers of constant input ``index``. UserError if it is computed."""
    data = low.constant(node.inputs[index])
    if data is None:
        raise low.fail(
            node,
            f"'{node.inputs[index]}' is computed at run time: dynamic shapes are not supported; "
            "export the model with static shapes, batch 1",
        )
    return [int(v) for v in data.reshape(-1)]


def given_axes(low: Lowering, node: OnnxNode) -> list[int] | None:
    """The attribute of that name, or the second input from opset 13 on; None if there is neither."""
    axes: list[int] | None = node.attrs.get("axes")
    return constant_ints(low, node, 1) if axes is None and node.optional(1) else axes


def _axes(low: Lowering, node: OnnxNode, rank: int) -> list[int] | None:
    """The axes from 0. UserError if one is out of range, or named twice, or if the list is empty."""
    given = given_axes(low, node)
    axes = None if given is None else [low.axis(node, a, rank) for a in given]
    if axes is not None and (not axes or len(set(axes)) < len(axes)):
        raise low.fail(node, f"axes {given}: expected at least one, and each once")
    return axes


def transpose(low: Lowering, node: OnnxNode) -> None:
    shape = low.value(node.inputs[0]).shape
    perm = tuple(node.attrs.get("perm", range(len(shape))[::-1]))
    if sorted(perm) != list(range(len(shape))):
        raise low.fail(node, f"perm {list(perm)}: expected each of the {len(shape)} dimensions once")
    tensor = low.emit.transpose(low.plain(node.inputs[0], shape), perm)
    low.values[node.outputs[0]] = Value(tensor, tuple(shape[p] for p in perm))


def cast(low: Lowering, node: OnnxNode) -> None:
    if node.attrs["to"] != onnx.TensorProto.FLOAT:
        raise low.fail(node, f"computes in {element_name(node.attrs['to'])}: only float32 is supported")
    low.values[node.outputs[0]] = low.value(node.inputs[0])


def shape(low: Lowering, node: OnnxNode) -> None:
    """The dimensions from ``start`` to ``end``, both counted from the end if negative, and clamped."""
    dims = low.shape(node.inputs[0])
    found = dims[node.attrs.get("start", 0) : node.attrs.get("end", len(dims))]
    low.source.constants[node.outputs[0]] = np.array(found, dtype=np.int64)


def size(low: Lowering, node: OnnxNode) -> None:
    low.source.constants[node.outputs[0]] = np.array(math.prod(low.shape(node.inputs[0])), dtype=np.int64)


RULES: dict[str, Rule] = {
    "Cast": cast,
    "Flatten": reshape,
    "Reshape": reshape,
    "Shape": shape,
    "Size": size,
    "Squeeze": reshape,
    "Transpose": transpose,
    "Unsqueeze": reshape,
}
