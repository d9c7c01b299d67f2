# SPDX-License-Identifier: Apache-2.0
"""Add, Mul and Div of two operands, in the forms that need no general broadcasting."""

import math
from collections.abc import Callable

import numpy as np

from traindeploy.frontend.lowering import Lowering, Rule, compact
from traindeploy.frontend.onnx_import import OnnxNode


def binary(low: Lowering, node: OnnxNode) -> None:
    """The first of ``FORMS`` that fits.

    With activations x, y [1,64,128] and constants c:

        Mul(x, c[])       -> Scale(x), alpha = c
        Div(x, c[1,1])    -> Scale(x), alpha = 1/c
        Add(x, y)         -> Add(x, y)
        Mul(c[64,128], x) -> Mul(c, x): leading ones do not count
        Add(x, c[128])    -> AddRow(x as [64,128], c)
        Add(c[1,1,128], x) -> AddRow(x as [64,128], c)
        Add(x, c[64,1]), Div(x, y), Mul(x, c[128]): refused
    """
    if not any(form(low, node) for form in FORMS):
        a, b = (low.value(i).shape for i in node.inputs)
        raise low.fail(
            node,
            f"operands {list(a)} and {list(b)}: supported are Add and Mul of equal shapes, Add of a "
            "row, Mul and Div by a constant scalar, and the layer-norm and GELU patterns",
        )


def _scale(low: Lowering, node: OnnxNode) -> bool:
    """A product with a constant scalar on either side, a quotient with one as divisor."""
    constants = [low.constant(i) for i in node.inputs]
    side = next((i for i, c in enumerate(constants) if c is not None and c.size == 1), None)
    if side is None or not (node.op == "Mul" or (node.op == "Div" and side == 1)):
        return False
    factor = float(low.source.constants[node.inputs[side]].reshape(-1)[0])
    alpha = factor if node.op == "Mul" else 1.0 / factor
    low.unary(node, "Scale", {"alpha": float(np.float32(alpha))}, operand=1 - side)
    return True


def _same_shape(low: Lowering, node: OnnxNode) -> bool:
    """Add or Mul, element by element; two images stay NHWC."""
    a, b = (low.value(i) for i in node.inputs)
    if node.op not in ("Add", "Mul") or compact(a.shape) != compact(b.shape):
        return False
    images = a.nhwc and b.nhwc
    tensors = [a.tensor, b.tensor] if images else [low.plain(i) for i in node.inputs]
    shape = a.shape if len(a.shape) >= len(b.shape) else b.shape
    low.define(node, node.op, tensors, low.emit.shape(tensors[0]), shape, images)
    return True


def _add_row(low: Lowering, node: OnnxNode) -> bool:
    """Add of a row [C] (or [1,...,C]), on either side, to every row of a value [*,C]."""
    shapes = [low.value(i).shape for i in node.inputs]
    row = next((i for i in (0, 1) if math.prod(shapes[i]) == shapes[i][-1] == shapes[1 - i][-1]), None)
    if node.op != "Add" or row is None:
        return False
    shape = shapes[1 - row]
    flat = (math.prod(shape[:-1]), shape[-1])
    operands = [low.plain(node.inputs[1 - row], flat), low.plain(node.inputs[row], shape[-1:])]
    low.define(node, "AddRow", operands, flat, shape)
    return True


FORMS: tuple[Callable[[Lowering, OnnxNode], bool], ...] = (_scale, _same_shape, _add_row)
RULES: dict[str, Rule] = {"Add": binary, "Div": binary, "Mul": binary}
