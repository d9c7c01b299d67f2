# SPDX-License-Identifier: Apache-2.0
"""Matrix products, and the sum over rows that a bias gets."""

from traindeploy.ir import Node
from traindeploy.ir.emit import Emitter
from traindeploy.training.rules.rule import Gradients, Rule


def gemm(emit: Emitter, node: Node, dz: str, wanted: list[bool]) -> Gradients:
    """Z = Y + X.W: dX = dZ.W^T, dW = X^T.dZ, dY = dZ, summed over the rows if Y is one row."""
    x, w = node.inputs[:2]
    grads: Gradients = [None] * len(node.inputs)
    if wanted[0]:
        grads[0] = emit.gemm(f"{node.name}.dX", dz, emit.transpose(w))
    if wanted[1]:
        grads[1] = emit.gemm(f"{node.name}.dW", emit.transpose(x), dz)
    if len(wanted) > 2 and wanted[2]:
        grads[2] = dz if emit.shape(node.inputs[2]) == emit.shape(dz) else sum_rows(emit, f"{node.name}.dY", dz)
    return grads


def sum_rows(emit: Emitter, name: str, dz: str) -> str:
    """The gradient of a row that was added to every row: [R,C] -> [C]."""
    rows, columns = emit.shape(dz)
    return emit.reshape(dz, (columns,)) if rows == 1 else emit.one("ReduceSum", name, [dz], (columns,))


RULES: dict[str, Rule] = {"Gemm": gemm}
