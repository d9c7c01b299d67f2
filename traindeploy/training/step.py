# SPDX-License-Identifier: Apache-2.0
"""The end of a training step: the optimizer behind the gradients."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from traindeploy.errors import UserError
from traindeploy.ir import Graph, Node, Tensor
from traindeploy.ir.emit import Emitter, fresh
from traindeploy.ops import OPERATORS, Attribute, is_update

CLIPS = ("Clip", "ScaleBy")  # what limits a gradient in front of its update


@dataclass(frozen=True)
class Clipping:
    """How gradients are limited before an update; 0: not at all.

    ``value``: each element to [-value, value]. ``norm``: all gradients together to a Euclidean norm of that.
    """

    value: float = 0.0
    norm: float = 0.0


def append_updates(
    graph: Graph, gradients: dict[str, str], optimizer: str, numbers: Mapping[str, float], batch: int = 1,
    clipping: Clipping = Clipping(),
) -> None:  # fmt: skip
    """One node of operator ``optimizer`` per parameter, with attributes ``numbers``: further outputs ``<tensor>.new``.

    The operator's inputs are the parameter ``w``, its gradient ``g``, and state: each further input that an output
    replaces becomes a tensor ``<parameter>.<field>`` of the parameter's shape that starts at zero and, like the
    parameter, carries over from step to step. Any other is a number that each step is given: an input of the graph, one
    for all parameters. Attributes that ``numbers`` lacks take their defaults.
    From ``batch`` 2 on an Accumulate stands before each: gradients are summed over so many steps, ascending.
    UserError unless all lie within their bounds.
    """
    emit = Emitter(graph, phase="update", kind="updated")
    shared: dict[str, str] = {}
    if batch > 1:
        gradients = {name: _mean(emit, name, gradient, batch, shared) for name, gradient in gradients.items()}
    gradients = clipped(graph, gradients, clipping)
    for parameter, gradient in gradients.items():
        emit.origin = parameter
        given = {"g": gradient, "w": parameter}
        graph.outputs += _append_update(emit, optimizer, parameter, given, numbers, shared)


def _mean(emit: Emitter, parameter: str, gradient: str, batch: int, shared: dict[str, str]) -> str:
    emit.origin = parameter
    mean, left = _append_update(emit, "Accumulate", parameter, {"g": gradient}, {"share": 1 / batch}, shared)
    emit.graph.tensors[mean].kind = "gradient"
    emit.graph.outputs.append(left)
    return mean


def clipped(graph: Graph, gradients: Mapping[str, str], clipping: Clipping) -> dict[str, str]:
    """By parameter, what its update reads instead of its gradient.

    The norm's factor is min(1, norm / sqrt(sum of squares)): one product of a gradient with itself after the other, the
    sum going on in the accumulator. Of no gradient at all it is 1, for the machine's reciprocal root of 0 is finite.
    """
    emit = Emitter(graph, phase="update", kind="gradient")
    if clipping.value:
        limits = {"low": -_float32(clipping.value), "high": _float32(clipping.value)}
        return {
            name: emit.one("Clip", f"{name}.clipped", [gradient], emit.shape(gradient), **limits)
            for name, gradient in gradients.items()
        }
    if not clipping.norm:
        return dict(gradients)
    total = None
    for name, gradient in gradients.items():
        row = emit.reshape(gradient, (1, graph.tensors[gradient].size))
        total = emit.gemm(f"{name}.squares", row, emit.transpose(row), total)
    assert total is not None, "a step without gradients is refused before"
    root = emit.one("Rsqrt", "gradients.rsqrt", [total], (1, 1))
    scaled = emit.one("Scale", "gradients.ratio", [root], (1, 1), alpha=_float32(clipping.norm))
    factor = emit.one("Clip", "gradients.factor", [scaled], (1, 1), low=0.0, high=1.0)
    factor = emit.reshape(factor, (1,))
    return {
        name: emit.one("ScaleBy", f"{name}.clipped", [gradient, factor], emit.shape(gradient))
        for name, gradient in gradients.items()
    }


def unclipped(graph: Graph, gradient: str) -> str:
    """What was clipped into ``gradient``; itself if nothing was."""
    found = (n.inputs[0] for n in graph.nodes if n.op in CLIPS and n.phase == "update" and gradient in n.outputs)
    return next(found, gradient)


def _float32(value: float) -> float:
    return float(np.float32(value))


def _append_update(
    emit: Emitter, op: str, parameter: str, given: dict[str, str], numbers: Mapping[str, float], shared: dict[str, str]
) -> list[str]:
    """The outputs of a node of ``op``; ``given`` are inputs by field, ``shared`` the numbers that steps are given."""
    operator = OPERATORS[op]
    state = {port.replaces for port in operator.outputs}
    given = dict(given)
    for port in operator.inputs:
        if port.field not in given and port.field in state:
            zero = np.zeros(emit.shape(parameter), np.float32)
            given[port.field] = emit.parameter(emit.fresh(f"{parameter}.{port.field}"), zero)
        elif port.field not in given:
            if port.field not in shared:
                shared[port.field] = _number(emit.graph, port.field)
            given[port.field] = shared[port.field]
    inputs = [given[port.field] for port in operator.inputs]
    outputs = [
        emit.fresh(f"{given[port.replaces]}.new" if port.replaces else f"{parameter}.{port.field}")
        for port in operator.outputs
    ]
    attributes = {a.name: _checked(a, numbers) for a in operator.attributes}
    shapes = [emit.shape(parameter)] * len(outputs)
    emit.op(op, emit.fresh(f"{op.lower()}.{parameter}"), inputs, shapes, attributes, outputs)
    return outputs


def _number(graph: Graph, field: str) -> str:
    """A new input of one element."""
    name = graph.add(Tensor(fresh(graph, f"optimizer.{field}"), (1,), kind="input")).name
    graph.inputs.append(name)
    return name


def _checked(attribute: Attribute, numbers: Mapping[str, float]) -> float:
    """The attribute's number, or its default, as float32 holds it; UserError if there is none or it is refused."""
    value = numbers.get(attribute.name, attribute.default)
    named = {"lr": "learning rate"}.get(attribute.name, attribute.name)
    if value is None:
        raise UserError(f"{named}: the optimizer needs a number")
    try:
        return attribute.rounded(value)
    except ValueError as error:
        raise UserError(f"{named} {value}: {error}") from None


def place_updates(graph: Graph) -> None:
    """Move each update up to just behind the last reader of its parameter and the producer of its gradient.

    Its result takes the parameter's place in memory, so no reader may follow it; and the sooner it runs, the shorter
    its gradient lives. One that reads what another one computes, a sum over a batch, follows that.
    """
    updates = [n for n in graph.nodes if is_update(n)]
    graph.nodes = [n for n in graph.nodes if not is_update(n)]
    behind: dict[int, list[Node]] = {}
    places: dict[str, int] = {}
    for update in updates:
        owners = {graph.storage(i).name for i in update.inputs}
        touching = [
            i
            for i, n in enumerate(graph.nodes)
            if any(graph.storage(t).name in owners for t in (*n.inputs, *n.outputs))
        ]
        place = max([*touching, *(places[owner] for owner in owners if owner in places)])
        places |= {graph.storage(output).name: place for output in update.outputs}
        behind.setdefault(place, []).append(update)
    graph.nodes = [n for i, node in enumerate(graph.nodes) for n in (node, *behind.get(i, []))]


def name_gradients(graph: Graph) -> None:
    """Call the gradient that updates parameter ``p`` ``p.grad``, unless other updates read its storage too."""
    updates = [n for n in graph.nodes if is_update(n)]
    given = [unclipped(graph, n.inputs[1]) for n in updates]
    read = [graph.storage(name).name for name in given]
    for update, name, gradient in zip(updates, given, read, strict=True):
        wanted = f"{update.inputs[0]}.grad"
        if name != gradient or read.count(gradient) > 1 or gradient == wanted:
            continue
        if wanted in graph.tensors and wanted not in graph.reserved:
            _rename(graph, wanted, fresh(graph, f"{wanted}.part"))  # part of the sum for a weight that is used twice
        _rename(graph, gradient, fresh(graph, wanted))


def _rename(graph: Graph, old: str, new: str) -> None:
    tensor = graph.tensors[old]
    tensor.name = new
    graph.tensors = {(new if n == old else n): t for n, t in graph.tensors.items()}
    for other in graph.tensors.values():
        if other.view is not None and other.view.base == old:
            other.view = replace(other.view, base=new)
    for node in graph.nodes:
        node.inputs = [new if i == old else i for i in node.inputs]
        node.outputs = [new if o == old else o for o in node.outputs]
