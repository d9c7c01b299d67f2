# SPDX-License-Identifier: Apache-2.0
"""Sums over dimensions."""

from traindeploy.ir import Node
from traindeploy.ir.emit import Emitter
from traindeploy.training.rules.rule import Gradients, Rule


def reduce_sum(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    """X[R,C] -> y[C]: every row of dX is dY, a product with a column of ones."""
    rows, columns = emit.shape(node.inputs[0])
    ones = emit.filled(f"{node.name}.ones", (rows, 1), 1.0)
    return [emit.gemm(f"{node.name}.dX", ones, emit.reshape(dy, (1, columns)))]


RULES: dict[str, Rule] = {"ReduceSum": reduce_sum}
