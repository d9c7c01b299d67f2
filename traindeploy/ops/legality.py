# SPDX-License-Identifier: Apache-2.0
"""Whether a graph is legal between two passes: the rules of graphs, and of every node those of its operator."""

from math import prod

from traindeploy.ir import Graph, Node
from traindeploy.ops import OPERATORS
from traindeploy.ops.operator import Operator, Port, Shape


def check_graph(graph: Graph) -> None:
    """Raise ValueError naming the first node or tensor that breaks a rule."""
    graph.check()
    for node in graph.nodes:
        check_node(graph, node)


def check_node(graph: Graph, node: Node) -> None:
    """ValueError if the operator is unknown, or arguments, attributes, shapes or dtypes are not what it declares."""
    operator = OPERATORS.get(node.op)
    if operator is None:
        raise ValueError(f"node {node.name!r}: operator {node.op!r} is not in the catalogue")
    needed = sum(not port.optional for port in operator.inputs)
    if not needed <= len(node.inputs) <= len(operator.inputs) or len(node.outputs) != len(operator.outputs):
        counts = f"{len(node.inputs)} inputs and {len(node.outputs)} outputs"
        raise ValueError(f"node {node.name!r} ({node.op}): {counts}, expected {signature(operator)}")
    if {a.name for a in operator.attributes} != set(node.attrs):
        declared = ", ".join(a.name for a in operator.attributes) or "none"
        raise ValueError(f"node {node.name!r} ({node.op}): attributes {sorted(node.attrs)}, expected {declared}")
    for ports, names in ((operator.inputs, node.inputs), (operator.outputs, node.outputs)):
        for port, name in zip(ports, names, strict=False):
            _check_dtype(graph, node, port, name)
    _check_forms(graph, node, operator)


def signature(operator: Operator) -> str:
    """``A, B -> C``, as documents and errors write it."""
    inputs = (f"optional {port.symbol}" if port.optional else port.symbol for port in operator.inputs)
    return f"{', '.join(inputs)} -> {', '.join(port.symbol for port in operator.outputs)}"


def _check_dtype(graph: Graph, node: Node, port: Port, name: str) -> None:
    found = graph.tensors[name].dtype
    if found != port.dtype:
        raise ValueError(f"node {node.name!r} ({node.op}): {port.field} {name!r} is {found}, expected {port.dtype}")


def _check_forms(graph: Graph, node: Node, operator: Operator) -> None:
    """Sizes that the ports' forms tie together: the first output says what they must be."""
    shape = graph.tensors[node.outputs[0]].shape
    for port, name in zip((*operator.inputs, *operator.outputs), (*node.inputs, *node.outputs), strict=False):
        size, wanted = graph.tensors[name].size, _expected(port, shape)
        if wanted is not None and size != wanted:
            raise ValueError(
                f"node {node.name!r} ({node.op}): {port.field} {name!r} has {size} elements, expected {wanted} "
                f"({port.form} of {list(shape)})"
            )


def _expected(port: Port, shape: Shape) -> int | None:
    """The elements of a port where the first output has ``shape``; None if its form does not say."""
    if port.form in ("elements", "matrix"):
        return prod(shape)
    if port.form == "row":
        return shape[-1]
    return prod(shape[:-1]) if port.form == "column" else None
