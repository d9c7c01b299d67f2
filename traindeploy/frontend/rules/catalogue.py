# SPDX-License-Identifier: Apache-2.0
"""Rules that follow from the catalogue: ONNX operators of one input that are one of ours, attribute by attribute."""

from traindeploy.frontend.lowering import Lowering, Rule
from traindeploy.frontend.onnx_import import OnnxNode
from traindeploy.ops import OPERATORS, Operator


def rule_of(operator: Operator) -> Rule:
    """``Elu(alpha=2)`` -> our ``Elu`` with alpha 2; without the attribute, the catalogue's default is ONNX's."""

    def rule(low: Lowering, node: OnnxNode) -> None:
        unknown = node.attrs.keys() - {a.name for a in operator.attributes}
        if unknown:
            raise low.fail(node, f"attribute {min(unknown)} is not supported")
        low.unary(node, operator.name, low.numbers(node, operator))

    return rule


RULES: dict[str, Rule] = {op.onnx: rule_of(op) for op in OPERATORS.values() if op.onnx}
