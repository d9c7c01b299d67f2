# SPDX-License-Identifier: Apache-2.0
"""The catalogue of operators: each declared once, in the module of its family; everything else iterates over it.

From it come the kernels' header and their argument structs, the tilers' and the host interpreter's view of a kernel,
costs and FLOP, simple ONNX rules and gradients, the tables of the documents, and the tests that an operator must have.
The float64 models (golden/math) stay apart: the judge does not read the catalogue.
"""

from traindeploy.ir import Graph, Node
from traindeploy.ir.families import by_family
from traindeploy.ops import conv
from traindeploy.ops.operator import Attribute, Gradient, Kernel, Operator, Port

OPERATORS: dict[str, Operator] = {op.name: op for table in by_family(__name__, "OPERATORS").values() for op in table}
OPERATOR_OF_KERNEL: dict[str, Operator] = {op.kernel.name: op for op in OPERATORS.values() if op.kernel}
KERNELS: dict[str, Kernel] = {k.name: k for k in conv.KERNELS}
KERNELS |= {op.kernel.name: op.kernel for op in OPERATORS.values() if op.kernel}

__all__ = [
    "KERNELS",
    "OPERATORS",
    "OPERATOR_OF_KERNEL",
    "Attribute",
    "Gradient",
    "Kernel",
    "Operator",
    "Port",
    "flop",
    "is_update",
    "node_flop",
    "parameter_update",
    "replacements",
]


def node_flop(graph: Graph, node: Node) -> int:
    """Floating-point operations of one node, as its operator counts them (2 a multiply-accumulate of a product)."""
    shapes = [[graph.tensors[name].shape for name in names] for names in (node.inputs, node.outputs)]
    return OPERATORS[node.op].flop(*shapes)


def flop(graph: Graph) -> int:
    """Floating-point operations of a step."""
    return sum(node_flop(graph, node) for node in graph.nodes)


def is_update(node: Node) -> bool:
    """Whether an output of ``node`` takes the place of one of its inputs."""
    return bool(OPERATORS[node.op].replaced)


def parameter_update(node: Node) -> dict[str, str] | None:
    """Of a node that updates a parameter ``w`` by its gradient ``g``: its inputs by field. None of any other node."""
    if not is_update(node):
        return None
    ports = dict(zip((port.field for port in OPERATORS[node.op].inputs), node.inputs, strict=True))
    return ports if "w" in ports else None


def replacements(graph: Graph, node: Node | None = None) -> dict[str, str]:
    """Storage of each output that replaces a tensor -> the storage it replaces; of one node, or of all."""
    found = {}
    for each in graph.nodes if node is None else [node]:
        for output, source in OPERATORS[each.op].replaced.items():
            found[graph.storage(each.outputs[output]).name] = graph.storage(each.inputs[source]).name
    return found
