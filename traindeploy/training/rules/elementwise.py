# SPDX-License-Identifier: Apache-2.0
"""Sums and products."""

from traindeploy.ir import Node
from traindeploy.ir.emit import Emitter
from traindeploy.training.rules.gemm import sum_rows
from traindeploy.training.rules.rule import Gradients, Rule


def add(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    return [dy if w else None for w in wanted]


def add_row(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    return [dy if wanted[0] else None, sum_rows(emit, f"{node.name}.dY", dy) if wanted[1] else None]


def mul(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    shape = emit.shape(dy)
    others = [("dA", node.inputs[1]), ("dB", node.inputs[0])]
    return [
        emit.one("Mul", f"{node.name}.{gradient}", [dy, other], shape) if w else None
        for (gradient, other), w in zip(others, wanted, strict=True)
    ]


def mul_row(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    """A[R,C] b[C]: dA = dY b, db = the sum of dY A over the rows."""
    a, row = node.inputs
    grads: Gradients = [None, None]
    if wanted[0]:
        grads[0] = emit.one("MulRow", f"{node.name}.dA", [dy, row], emit.shape(a))
    if wanted[1]:
        product = emit.one("Mul", f"{node.name}.terms", [dy, a], emit.shape(a))
        grads[1] = sum_rows(emit, f"{node.name}.dB", product)
    return grads


RULES: dict[str, Rule] = {"Add": add, "AddRow": add_row, "Mul": mul, "MulRow": mul_row}
