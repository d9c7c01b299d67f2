# SPDX-License-Identifier: Apache-2.0
"""Normalisations."""

import math

import numpy as np

from traindeploy.frontend.lowering import Lowering, Rule, Value
from traindeploy.frontend.source import OnnxNode
from traindeploy.ir.emit import Shape
from traindeploy.ops import OPERATORS


def layernorm(low: Lowering, node: OnnxNode) -> None:
    """Over all axes from the given one on."""
    shape = low.value(node.inputs[0]).shape
    axis = low.axis(node, node.attrs.get("axis", -1), len(shape))
    rows, columns = math.prod(shape[:axis]), math.prod(shape[axis:])
    if len([o for o in node.outputs if o]) != 1:
        raise low.fail(node, "expected one output: mean and deviation are not available")
    output = node.outputs[0]
    gamma = _row(low, node, node.inputs[1], shape[axis:], 1.0)
    beta = _row(low, node, node.optional(2), shape[axis:], 0.0)
    inputs = [low.plain(node.inputs[0], (rows, columns)), gamma, beta]
    low.emit.op(
        "LayerNorm",
        node.name,
        inputs,
        [(rows, columns), (rows,), (rows,)],
        low.numbers(node, OPERATORS["LayerNorm"]),
        [output, low.emit.fresh(f"{output}.mean"), low.emit.fresh(f"{output}.rstd")],
    )
    low.values[output] = Value(output, shape)


def _row(low: Lowering, node: OnnxNode, name: str, shape: Shape, default: float) -> str:
    """Scale or shift ``name`` (``""``: ``default``), of the normalised ``shape`` or one that broadcasts to it."""
    columns = math.prod(shape)
    if not name:
        row = np.full(columns, default, np.float32)
        return low.expanded(node.outputs[0], "ones" if default else "zeros", row)
    given = low.shape(name)
    if math.prod(given) == columns and given[len(given) - len(shape) :] == shape:
        return low.plain(name, (columns,))
    data = low.constant(name)
    try:
        if data is None or np.broadcast_shapes(given, shape) != shape:
            raise ValueError
    except ValueError:
        raise low.fail(
            node,
            f"scale or shift '{name}' of shape {list(given)}: expected {list(shape)}, or a constant that broadcasts",
        ) from None
    return low.expanded(name, f"row of {columns}", np.broadcast_to(data, shape).reshape(columns))


RULES: dict[str, Rule] = {"LayerNormalization": layernorm}
