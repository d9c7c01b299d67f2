# SPDX-License-Identifier: Apache-2.0
"""Normalisations."""

import math

from traindeploy.frontend.lowering import Lowering, Rule, Value
from traindeploy.frontend.onnx_import import OnnxNode
from traindeploy.ops import OPERATORS


def layernorm(low: Lowering, node: OnnxNode) -> None:
    """Over all axes from the given one on."""
    shape = low.value(node.inputs[0]).shape
    axis = node.attrs.get("axis", -1) % len(shape)
    rows, columns = math.prod(shape[:axis]), math.prod(shape[axis:])
    if len([o for o in node.outputs if o]) != 1:
        raise low.fail(node, "expected one output: mean and deviation are not available")
    if len(node.inputs) < 3 or any(math.prod(low.value(i).shape) != columns for i in node.inputs[1:3]):
        raise low.fail(node, f"expected a scale and a bias of {columns} elements")
    output = node.outputs[0]
    inputs = [low.plain(node.inputs[0], (rows, columns)), *(low.plain(i, (columns,)) for i in node.inputs[1:3])]
    low.emit.op(
        "LayerNorm",
        node.name,
        inputs,
        [(rows, columns), (rows,), (rows,)],
        low.numbers(node, OPERATORS["LayerNorm"]),
        [output, f"{output}.mean", f"{output}.rstd"],
    )
    low.values[output] = Value(output, shape)


RULES: dict[str, Rule] = {"LayerNormalization": layernorm}
