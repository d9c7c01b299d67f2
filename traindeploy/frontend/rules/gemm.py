# SPDX-License-Identifier: Apache-2.0
"""Matrix products, with the bias that follows them."""

import math

import numpy as np

from traindeploy.frontend.lowering import Lowering, Rule, Value
from traindeploy.frontend.source import OnnxNode
from traindeploy.ir.emit import Shape


def matmul(low: Lowering, node: OnnxNode) -> None:
    """Right operand [N,K]: one Gemm over all rows; else a batched Gemm with one batch dimension.

    A vector on the left is a row, on the right a column, and the result lacks that dimension.
    """
    given = [low.value(i).shape for i in node.inputs]
    if not all(given):
        raise low.fail(node, "an operand is a scalar: expected a vector or matrices")
    a = given[0] if len(given[0]) > 1 else (1, *given[0])
    b = given[1] if len(given[1]) > 1 else (*given[1], 1)
    rank = max(len(a), len(b))
    batches = [(1,) * (rank - len(s)) + s[:-2] for s in (a, b)]
    many = [math.prod(s) for s in batches]
    if a[-1] != b[-2] or (many[1] > 1 and batches[0] != batches[1]):
        raise low.fail(
            node, f"cannot multiply {list(given[0])} by {list(given[1])}: expected [*B,M,N] by [N,K] or [*B,N,K]"
        )
    shape = (*batches[0], *([a[-2]] if len(given[0]) > 1 else []), *([b[-1]] if len(given[1]) > 1 else []))
    if many[1] == 1:
        x = low.plain(node.inputs[0], (many[0] * a[-2], a[-1]))
        w = low.plain(node.inputs[1], b[-2:])
        _product(low, node, x, w, None, shape)
        return
    x = low.plain(node.inputs[0], (many[0], *a[-2:]))
    w = low.plain(node.inputs[1], (many[1], *b[-2:]))
    low.define(node, "Gemm", [x, w], (many[0], a[-2], b[-1]), shape)


def gemm(low: Lowering, node: OnnxNode) -> None:
    """alpha A.B + beta C, alpha scaling A and beta C."""
    alpha, beta = (float(np.float32(node.attrs.get(name, 1.0))) for name in ("alpha", "beta"))
    if any(len(low.shape(i)) != 2 for i in node.inputs[:2]):
        raise low.fail(node, f"operands {[list(low.shape(i)) for i in node.inputs[:2]]}: expected matrices")
    x, w = (low.plain(i, low.shape(i)) for i in node.inputs[:2])
    x = low.emit.transpose(x) if node.attrs.get("transA") else x
    w = low.emit.transpose(w) if node.attrs.get("transB") else w
    shape = (low.emit.shape(x)[0], low.emit.shape(w)[1])
    bias = _bias(low, node, node.optional(2), shape) if node.optional(2) and beta != 0 else None
    x = _scaled(low, node, x, alpha, "alpha")
    bias = _scaled(low, node, bias, beta, "beta") if bias else None
    _product(low, node, x, w, bias, shape)


def _scaled(low: Lowering, node: OnnxNode, tensor: str, factor: float, name: str) -> str:
    if factor == 1:
        return tensor
    if not np.isfinite(factor):
        raise low.fail(node, f"{name} = {factor}: expected a finite number")
    return low.emit.one("Scale", f"{node.name}.{name}", [tensor], low.emit.shape(tensor), alpha=factor)


def _bias(low: Lowering, node: OnnxNode, name: str, shape: Shape) -> str:
    """C as Y: a row [K] or all of [M,K]; a constant of another shape is repeated."""
    given = low.shape(name)
    if low.broadcast(node, given, shape) != shape:
        raise low.fail(node, f"C of shape {list(given)} does not broadcast to {list(shape)}")
    if math.prod(given) == shape[1] == math.prod(given[-1:]):
        return low.plain(name, shape[1:])
    if given == shape:
        return low.plain(name, shape)
    data = low.constant(name)
    if data is None:
        raise low.fail(node, f"C of shape {list(given)}: expected [{shape[1]}] or {list(shape)}, or a constant")
    wanted = shape[1:] if data.size == 1 else shape
    return low.expanded(
        name, f"repeated {list(wanted)}", np.broadcast_to(data.reshape(-1) if data.size == 1 else data, wanted)
    )


def _product(low: Lowering, node: OnnxNode, x: str, w: str, bias: str | None, shape: Shape) -> None:
    """Emit a 2-D Gemm; an Add of a constant vector that alone reads its output becomes its Y."""
    x_shape, w_shape = low.emit.shape(x), low.emit.shape(w)
    if x_shape[-1] != w_shape[0]:
        raise low.fail(node, f"cannot multiply {list(x_shape)} by {list(w_shape)}")
    columns = w_shape[-1]
    follower, addend = (None, "") if bias else _added_row(low, node, shape, columns)
    if follower is not None:
        bias = low.plain(addend, (columns,))
        low.emit.origin = f"{node.name}, {follower.name}"
    low.define(node, "Gemm", [x, w, *([bias] if bias else [])], (x_shape[0], columns), shape)
    if follower is not None:
        low.absorbed.add(follower.name)
        value = low.values[node.outputs[0]]
        low.values[follower.outputs[0]] = Value(value.tensor, low.broadcast(node, shape, low.shape(addend)))


def _added_row(low: Lowering, node: OnnxNode, shape: Shape, columns: int) -> tuple[OnnxNode | None, str]:
    """The Add that alone reads the product, and the constant row that it adds to it."""
    product = node.outputs[0]
    users = low.source.consumers(product)
    if len(users) != 1 or users[0].full_op != "Add" or product == low.source.output or shape[-1:] != (columns,):
        return None, ""
    addend = next((i for i in users[0].inputs if i != product), "")
    data = low.constant(addend)
    is_row = data is not None and data.size == columns and data.shape[-1:] == (columns,)
    return (users[0], addend) if is_row else (None, "")


RULES: dict[str, Rule] = {"Gemm": gemm, "MatMul": matmul}
