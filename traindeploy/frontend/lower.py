# SPDX-License-Identifier: Apache-2.0
"""ONNX operators -> the operators of the catalogue, images in NHWC, leading batch dimensions of 1 dropped.

One pass over the nodes: a node of constants is folded, any other goes to its rule in ``frontend.rules``. Whatever a
rule did not look at must be at ONNX's default, so that nothing in the file is ignored; and what is not supported is
listed for all nodes at once.
"""

import onnx

from traindeploy.errors import UserError
from traindeploy.frontend.folding import fold_node
from traindeploy.frontend.kinds import NEAREST
from traindeploy.frontend.lowering import Lowering, Rule, UnsupportedError, Value, compact
from traindeploy.frontend.rules import RULES
from traindeploy.frontend.source import PASSING, ModelSource, OnnxNode
from traindeploy.ir import Graph, Tensor

LISTED = 8  # groups of nodes in one message
UNSUPPORTED = "unsupported operator"


def lower(source: ModelSource, name: str) -> Graph:
    """The forward graph of ``source``: one input, one output (the logits). UserError lists what is not supported."""
    low = Lowering(source, name)
    _append_input(low)
    refused = _lower_nodes(low)
    if refused:
        raise UserError(_listed(source.file, refused))
    if source.output not in low.values:
        raise UserError(f"{source.file}: the output '{source.output}' is a constant: it does not depend on the input")
    logits = low.shape(source.output)
    low.graph.outputs.append(low.plain(source.output, (1, *logits) if len(logits) == 1 else None))  # [C] is a row
    drop_dead(low.graph)
    _mark_shared(low)
    if not low.graph.consumers(source.input) and low.graph.outputs != [source.input]:
        raise UserError(f"{source.file}: the output '{source.output}' does not depend on the input '{source.input}'")
    return low.graph


def apply(low: Lowering, node: OnnxNode, rule: Rule) -> None:
    """Define the node's outputs by ``rule``. UserError for attributes and inputs that it left unread, and for outputs
    that it did not define.
    """
    node.forget_reads()
    rule(low, node)
    defaults = _defaults(node, low.source.opset)
    for attribute in sorted(node.attrs.keys() - node.attrs.read):
        value = dict.__getitem__(node.attrs, attribute)
        if attribute not in defaults or defaults[attribute] != value:
            raise low.fail(node, f"attribute {attribute} is not supported")
    for i, name in enumerate(list(node.inputs)):
        if name and i not in node.inputs.read:
            raise low.fail(node, f"input number {i + 1} ('{name}') is not supported")
    for i, name in enumerate(node.outputs):
        if name and name not in low.values and name not in low.source.constants:
            raise low.fail(node, f"output number {i + 1} ('{name}') is read, which is not supported")


def drop_dead(graph: Graph) -> None:
    """Remove nodes whose results nothing needs, and tensors that no node touches."""
    needed, live = set(graph.outputs), []
    for node in reversed(graph.nodes):
        if needed.intersection(node.outputs):
            live.append(node)
            needed.update(node.inputs)
    graph.nodes[:] = live[::-1]
    touched = {*graph.inputs, *graph.outputs} | {t for n in graph.nodes for t in (*n.inputs, *n.outputs)}
    graph.tensors = {name: tensor for name, tensor in graph.tensors.items() if name in touched}


def _mark_shared(low: Lowering) -> None:
    """Mark tensors whose weight of the file reaches the graph in more than one tensor."""
    held: dict[str, set[str]] = {}
    for (constant, _), tensor in low.stored.items():
        if constant in low.source.constants and tensor in low.graph.tensors:
            for weight in low.source.weights_behind(constant) or {constant}:
                held.setdefault(weight, set()).add(tensor)
    for weight, tensors in held.items():
        if len(tensors) > 1 or weight in low.numbers_of:
            for name in tensors:
                low.graph.tensors[name].shared = weight


def _lower_nodes(low: Lowering) -> dict[str, list[OnnxNode]]:
    """Define the value of every tensor. The nodes that are not supported, by reason.

    Of a node behind a refused one nothing is said but that its operator is not supported, if that is so: its shapes are
    ``unknown``, and what follows from them is ``pending``.
    """
    refused: dict[str, list[OnnxNode]] = {}
    unknown: set[str] = set()
    pending: set[str] = set()
    for node in low.source.nodes:
        if node.name in low.absorbed:
            continue
        inputs = {i for i in node.inputs if i}
        if not inputs & (unknown | pending):
            reason = _lowered(low, node)
        elif node.full_op in ("Shape", "Size") or inputs <= low.source.constants.keys() | pending:
            pending.update(node.outputs)
            continue
        else:
            reason = "" if node.full_op in RULES else UNSUPPORTED
            unknown.update(filter(None, node.outputs))
        if reason:
            refused.setdefault(reason, []).append(node)
            unknown.update(filter(None, node.outputs))
    return refused


def _lowered(low: Lowering, node: OnnxNode) -> str:
    """Fold the node or apply its rule; why it is refused, if it is."""
    try:
        if fold_node(low.source, node):
            return ""
        if node.full_op not in RULES:
            return UNSUPPORTED
        low.emit.origin = node.name
        apply(low, node, RULES[node.full_op])
    except UnsupportedError as error:
        return error.reason
    return ""


def _defaults(node: OnnxNode, opset: int) -> dict[str, object]:
    """The default of each attribute that has one in ONNX's definition of the node's operator."""
    try:
        schema = onnx.defs.get_schema(node.op, opset, node.domain)
    except onnx.defs.SchemaError:
        return {}
    given = {name: a.default_value for name, a in schema.attributes.items() if a.default_value.name}
    return {name: onnx.helper.get_attribute_value(value) for name, value in given.items()}


def _listed(file: str, refused: dict[str, list[OnnxNode]]) -> str:
    """All that is refused in one line, node by node and reason by reason."""
    groups = []
    for reason, nodes in refused.items():
        by_op: dict[str, list[str]] = {}
        for node in nodes:
            by_op.setdefault(node.full_op, []).append(node.name)
        groups += [_group(op, names, reason) for op, names in by_op.items()]
    shown = "; ".join(groups[:LISTED]) + (f"; and {len(groups) - LISTED} more" if len(groups) > LISTED else "")
    foreign = UNSUPPORTED in refused
    return f"{file}: {shown}" + (f"; supported: {', '.join(sorted({*RULES, *PASSING}))}" if foreign else "")


def _group(op: str, names: list[str], reason: str) -> str:
    called = ", ".join(f"'{name}'" for name in names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    nodes = f"node{'s' if len(names) > 1 else ''} {called}"
    if reason != UNSUPPORTED:
        return f"{nodes} ({op}): {reason}"
    return f"{nodes}: {reason} {op}" + (f" (nearest: {NEAREST[op]})" if op in NEAREST else "")


def _append_input(low: Lowering) -> None:
    """The graph's input: an image [1,C,H,W] as NHWC, anything else without its leading ones."""
    source = low.source
    if source.input_shape[0] != 1:
        raise UserError(
            f"{source.file}: input '{source.input}' has batch size {source.input_shape[0]}; export it with batch 1"
        )
    low.check_size(f"input '{source.input}'", source.input_shape)
    nhwc = len(source.input_shape) == 4
    shape = tuple(source.input_shape[i] for i in (0, 2, 3, 1)) if nhwc else compact(source.input_shape)
    low.graph.add(Tensor(source.input, shape, kind="input"))
    low.graph.inputs.append(source.input)
    low.values[source.input] = Value(source.input, source.input_shape, nhwc)
