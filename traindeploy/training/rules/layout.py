# SPDX-License-Identifier: Apache-2.0
"""Layouts: the gradient goes back the way the value came."""

from traindeploy.ir import Node
from traindeploy.ir.emit import Emitter
from traindeploy.training.rules.rule import Gradients, Rule


def reshape(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    return [emit.reshape(dy, emit.shape(node.inputs[0]))]


def transpose(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    perm = node.attrs["perm"]
    return [emit.transpose(dy, tuple(perm.index(i) for i in range(len(perm))))]


def cut(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    """Zeros between the elements of dY, before and behind them."""
    outer, count, inner = emit.shape(node.inputs[0])
    start, step, name = node.attrs["start"], node.attrs["step"], f"{node.name}.dX"
    taken = emit.shape(dy)[1]
    if step > 1:
        between = emit.filled(f"{name}.between", (outer * taken, step - 1, inner))
        spread = emit.concat(f"{name}.spread", [emit.reshape(dy, (outer * taken, 1, inner)), between])
        dy = emit.reshape(spread, (outer, taken * step, inner))
        dy = emit.cut(f"{name}.end", dy, 0, min(taken * step, count - start))
    rest = count - start - emit.shape(dy)[1]
    parts = [emit.filled(f"{name}.before", (outer, start, inner))] if start else []
    parts += [dy] + ([emit.filled(f"{name}.behind", (outer, rest, inner))] if rest else [])
    return [emit.concat(name, parts)]


def concat(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    """Each input gets its part of dY."""
    grads: Gradients = []
    begin = 0
    for name, gradient, is_wanted in zip(node.inputs, ("dA", "dB"), wanted, strict=True):
        end = begin + emit.shape(name)[1]
        grads.append(emit.cut(f"{node.name}.{gradient}", dy, begin, end) if is_wanted else None)
        begin = end
    return grads


RULES: dict[str, Rule] = {"Concat": concat, "Slice": cut, "Reshape": reshape, "Transpose": transpose}
