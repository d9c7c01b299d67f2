# SPDX-License-Identifier: Apache-2.0
"""Reverse-mode differentiation of the loss, on the graph, for the trainable parameters only."""

from traindeploy.errors import UserError
from traindeploy.ir import Graph
from traindeploy.ir.emit import Emitter
from traindeploy.training.rules import RULES
from traindeploy.training.structure import stored_behind


def differentiate(graph: Graph) -> dict[str, str]:
    """Append the backward nodes that the trainable parameters' gradients need.

    The graph ends with its loss node (``training.loss``). Returns the gradient tensor of each trainable parameter, in
    graph order. UserError if a gradient would have to pass an operator that has no rule.
    """
    trainable = [n for n, t in graph.tensors.items() if t.trainable]
    wanting = set(trainable)
    forward = list(graph.nodes)
    for node in forward:
        if wanting.intersection(node.inputs):
            wanting.update(node.outputs)
    emit = Emitter(graph, phase="backward", kind="gradient")
    contributions: dict[str, list[str]] = {}
    for node in reversed(forward):
        wanted = [i in wanting for i in node.inputs]
        is_loss = node is forward[-1]
        if not any(wanted) or not (is_loss or node.outputs[0] in contributions):
            continue
        emit.origin = node.name
        rule = RULES.get(node.op)
        if rule is None:
            raise UserError(
                f"node '{node.name}' ({node.op}): has no gradient rule, and a trainable parameter lies before it; "
                "choose a strategy that trains later layers"
            )
        dy = "" if is_loss else _total(emit, node.outputs[0], contributions)
        for name, grad in zip(node.inputs, rule(emit, node, dy, wanted), strict=True):
            if grad is not None:
                contributions.setdefault(name, []).append(grad)
    missing = [p for p in trainable if p not in contributions]
    if missing:
        raise UserError(f"the loss does not depend on the trainable parameters {', '.join(missing)}")
    return {p: _total(emit, p, contributions) for p in trainable}


def _total(emit: Emitter, name: str, contributions: dict[str, list[str]]) -> str:
    """The gradient of ``name``: the sum of its contributions, in the order they arose."""
    total, *rest = contributions[name]
    for grad in rest:
        total = emit.one("Add", f"{stored_behind(emit.graph, name)}.grad", [total, grad], emit.shape(name))
    contributions[name] = [total]
    return total
