# SPDX-License-Identifier: Apache-2.0
"""What of an ONNX graph is needed, in an order in which it can run: before anything else looks at the nodes."""

from graphlib import CycleError, TopologicalSorter

import onnx

from traindeploy.errors import UserError


def keep_live(graph: onnx.GraphProto, file: str) -> None:
    """Sort the nodes so that each follows what it reads, and drop nodes and weights that no output needs, in place.

    Nodes that come in a legal order keep it. Outputs that nothing reads lose their names (``""``), as ONNX writes
    outputs that are not wanted. UserError for a cycle, for a tensor that is computed twice, and for one that nothing
    computes.
    """
    producer = _producers(graph, file)
    known = {""} | {v.name for v in graph.input} | {t.name for t in graph.initializer}
    known |= {t.values.name for t in graph.sparse_initializer}
    outputs = [v.name for v in graph.output]
    reads = _live(graph, producer, outputs)
    for reader, names in [("the output", outputs), *((_called(graph.node[i]), reads[i]) for i in sorted(reads))]:
        missing = next((t for t in names if t not in producer and t not in known), None)
        if missing is not None:
            raise UserError(
                f"{file}: {reader} reads '{missing}', which is neither computed by a node nor among the weights: "
                "weights missing from the file?"
            )
    order = _sorted({i: {producer[t] for t in reads[i] if t in producer} for i in sorted(reads)}, graph, file)
    needed = {*outputs, *(t for names in reads.values() for t in names)}
    unneeded = {t.name for t in graph.initializer} - needed  # as inputs, too: before IR 4 every weight is one
    _replace(graph.node, [_without_unread(graph.node[i], needed) for i in order])
    _replace(graph.initializer, [t for t in graph.initializer if t.name in needed])
    _replace(graph.sparse_initializer, [t for t in graph.sparse_initializer if t.values.name in needed])
    _replace(graph.input, [v for v in graph.input if v.name not in unneeded])


def _called(node: onnx.NodeProto) -> str:
    return f"node '{node.name or node.output[0]}' ({node.op_type})"


def _producers(graph: onnx.GraphProto, file: str) -> dict[str, int]:
    """The node that computes each tensor. UserError if there are two, or if the tensor is a weight or input as well."""
    given = {v.name: "an input" for v in graph.input} | {t.name: "a weight" for t in graph.initializer}
    producer: dict[str, int] = {}
    for i, node in enumerate(graph.node):
        for name in filter(None, node.output):
            if name in producer or name in given:
                other = given.get(name) or f"computed by {_called(graph.node[producer[name]])}"
                raise UserError(
                    f"{file}: {_called(node)} computes '{name}', which is {other} too; export the model again"
                )
            producer[name] = i
    return producer


def _live(graph: onnx.GraphProto, producer: dict[str, int], outputs: list[str]) -> dict[int, list[str]]:
    """What the nodes read that ``outputs`` need, by node number."""
    reads: dict[int, list[str]] = {}
    waiting = list(outputs)
    while waiting:
        i = producer.get(waiting.pop())
        if i is not None and i not in reads:
            reads[i] = _read(graph.node[i])
            waiting += reads[i]
    return reads


def _read(node: onnx.NodeProto) -> list[str]:
    """What a node reads, the graphs inside it included; names of their own that hide outer ones count too."""
    names = list(node.input)
    for attribute in node.attribute:
        for inner in (attribute.g, *attribute.graphs):
            own = {v.name for v in inner.input} | {t.name for t in inner.initializer}
            own |= {o for n in inner.node for o in n.output}
            names += [t for n in inner.node for t in _read(n) if t not in own]
            names += [v.name for v in inner.output if v.name not in own]
    return names


def _sorted(needs: dict[int, set[int]], graph: onnx.GraphProto, file: str) -> list[int]:
    """Node numbers so that each follows those it ``needs``; as they are if that is the case already."""
    if all(other < i for i, others in needs.items() for other in others):
        return list(needs)
    try:
        return list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        ring = [_called(graph.node[i]) for i in error.args[1][:-1]]
        shown = " -> ".join(ring[:4]) + (f" -> {len(ring) - 4} more" if len(ring) > 4 else "")
        raise UserError(f"{file}: nodes need each other's results: {shown}; export the model again") from None


def _without_unread(node: onnx.NodeProto, needed: set[str]) -> onnx.NodeProto:
    if node.op_type == "Split":  # how many it has says how large they are
        return node
    outputs = [name if name in needed else "" for name in node.output]
    while outputs and not outputs[-1]:
        outputs.pop()
    _replace(node.output, outputs)
    return node


def _replace(field, values) -> None:  # type: ignore[no-untyped-def]  # repeated fields have no common type
    """Let a repeated field hold ``values``."""
    kept = list(values)
    del field[:]
    field.extend(kept)
