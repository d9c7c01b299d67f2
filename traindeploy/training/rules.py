# SPDX-License-Identifier: Apache-2.0
"""Gradients: one rule per operator, listed in ``RULES`` at the end.

A rule is called with an emitter of backward nodes, the forward node, the gradient ``dy`` of its first output (the loss
node has none: its gradient is 1), and which of its inputs want a gradient. It returns one gradient per input, None
where none is wanted. The gradient of a tensor has the tensor's shape.
"""

from collections.abc import Callable

from traindeploy.errors import UserError
from traindeploy.ir import Node
from traindeploy.ir.emit import Emitter

Gradients = list[str | None]
Rule = Callable[[Emitter, Node, str, list[bool]], Gradients]


def _gemm(emit: Emitter, node: Node, dz: str, wanted: list[bool]) -> Gradients:
    """Z = Y + X.W: dX = dZ.W^T, dW = X^T.dZ, dY = dZ, summed over the rows if Y is one row."""
    x, w = node.inputs[:2]
    grads: Gradients = [None] * len(node.inputs)
    if wanted[0]:
        grads[0] = emit.gemm(f"{node.name}.dX", dz, emit.transpose(w))
    if wanted[1]:
        grads[1] = emit.gemm(f"{node.name}.dW", emit.transpose(x), dz)
    if len(wanted) > 2 and wanted[2]:
        grads[2] = dz if emit.shape(node.inputs[2]) == emit.shape(dz) else _sum_rows(emit, f"{node.name}.dY", dz)
    return grads


def _sum_rows(emit: Emitter, name: str, dz: str) -> str:
    rows, columns = emit.shape(dz)
    return emit.reshape(dz, (columns,)) if rows == 1 else emit.one("ReduceSum", name, [dz], (columns,))


def _add(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    return [dy if w else None for w in wanted]


def _add_row(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    return [dy if wanted[0] else None, _sum_rows(emit, f"{node.name}.dY", dy) if wanted[1] else None]


def _mul(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    shape = emit.shape(dy)
    others = [("dA", node.inputs[1]), ("dB", node.inputs[0])]
    return [
        emit.one("Mul", f"{node.name}.{slot}", [dy, other], shape) if w else None
        for (slot, other), w in zip(others, wanted, strict=True)
    ]


def _scale(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    return [emit.one("Scale", f"{node.name}.dX", [dy], emit.shape(dy), alpha=node.attrs["alpha"])]


def _relu(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    return [emit.one("ReluGrad", f"{node.name}.dX", [dy, node.inputs[0]], emit.shape(dy))]


def _gelu(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    return [emit.one("GeluGrad", f"{node.name}.dX", [dy, node.inputs[0]], emit.shape(dy))]


def _softmax(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    return [emit.one("SoftmaxGrad", f"{node.name}.dX", [dy, node.outputs[0]], emit.shape(dy))]


def _layernorm(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    if any(wanted[1:]):
        raise UserError(
            f"node '{node.name}': the scale or shift of a layer norm cannot be trained; expected them frozen: "
            "choose another strategy"
        )
    x, gamma, _ = node.inputs
    _, mean, rstd = node.outputs
    return [emit.one("LayerNormGrad", f"{node.name}.dX", [dy, x, gamma, mean, rstd], emit.shape(x)), None, None]


def _cross_entropy(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    """The loss ends the graph: its own gradient is 1, and ``dy`` is not read."""
    logits, label = node.inputs
    probs = node.outputs[1]
    return [emit.one("SoftmaxCrossEntropyGrad", f"{node.name}.dlogits", [probs, label], emit.shape(logits)), None]


def _reshape(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    return [emit.reshape(dy, emit.shape(node.inputs[0]))]


def _transpose(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    perm = node.attrs["perm"]
    return [emit.transpose(dy, tuple(perm.index(i) for i in range(len(perm))))]


RULES: dict[str, Rule] = {
    "Add": _add,
    "AddRow": _add_row,
    "Gelu": _gelu,
    "Gemm": _gemm,
    "LayerNorm": _layernorm,
    "Mul": _mul,
    "Relu": _relu,
    "Reshape": _reshape,
    "Scale": _scale,
    "Softmax": _softmax,
    "SoftmaxCrossEntropy": _cross_entropy,
    "Transpose": _transpose,
}
