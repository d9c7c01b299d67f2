# SPDX-License-Identifier: Apache-2.0
"""Rules that follow from the catalogue: operators of one input whose gradient is one operator."""

from traindeploy.ir import Node
from traindeploy.ir.emit import Emitter
from traindeploy.ops import OPERATORS, Gradient, Operator
from traindeploy.training.rules.rule import Gradients, Rule


def rule_of(operator: Operator, gradient: Gradient) -> Rule:
    """For Softmax, ``Gradient("SoftmaxGrad", ("dy", "y"))``: dX = SoftmaxGrad(dY, the node's own output y).

    The gradient's operator takes over the attributes that it shares with the forward one.
    """
    shared = {a.name for a in operator.attributes} & {a.name for a in OPERATORS[gradient.op].attributes}

    def rule(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
        tensors = {"dy": dy}
        tensors |= {port.field: name for port, name in zip(operator.inputs, node.inputs, strict=True)}
        tensors |= {port.field: name for port, name in zip(operator.outputs, node.outputs, strict=True)}
        inputs = [tensors[field] for field in gradient.reads]
        attrs = {name: node.attrs[name] for name in shared}
        return [emit.one(gradient.op, f"{node.name}.dX", inputs, emit.shape(node.inputs[0]), **attrs)]

    return rule


RULES: dict[str, Rule] = {
    op.name: rule_of(op, op.gradient) for op in OPERATORS.values() if isinstance(op.gradient, Gradient)
}
