# SPDX-License-Identifier: Apache-2.0
"""Rules that follow from the catalogue: ONNX operators of one input that are one of ours, attribute by attribute."""

from traindeploy.frontend.lowering import Lowering, Rule
from traindeploy.frontend.source import OnnxNode
from traindeploy.ops import OPERATORS, Operator


def rule_of(operator: Operator) -> Rule:
    """``Elu(alpha=2)`` -> our ``Elu`` with alpha 2; without the attribute, the catalogue's default is ONNX's."""

    def rule(low: Lowering, node: OnnxNode) -> None:
        low.unary(node, operator.name, low.numbers(node, operator))

    return rule


RULES: dict[str, Rule] = {op.onnx: rule_of(op) for op in OPERATORS.values() if op.onnx}
