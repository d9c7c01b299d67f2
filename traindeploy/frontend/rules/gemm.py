# SPDX-License-Identifier: Apache-2.0
"""Matrix products, with the bias that follows them."""

import math

from traindeploy.frontend.lowering import Lowering, Rule
from traindeploy.frontend.onnx_import import OnnxNode
from traindeploy.ir.emit import Shape


def matmul(low: Lowering, node: OnnxNode) -> None:
    """Right operand [N,K]: one Gemm over all rows; else a batched Gemm with one batch dimension."""
    a, b = (low.value(i).shape for i in node.inputs)
    if len(a) < 2 or len(b) < 2 or a[-1] != b[-2] or (len(b) > 2 and a[:-2] != b[:-2]):
        raise low.fail(node, f"cannot multiply {list(a)} by {list(b)}: expected [*B,M,N] by [N,K] or [*B,N,K]")
    shape = (*a[:-1], b[-1])
    batch = math.prod(b[:-2])
    if batch == 1:
        x = low.plain(node.inputs[0], (math.prod(a[:-1]), a[-1]))
        w = low.plain(node.inputs[1], b[-2:])
        _gemm_node(low, node, x, w, None, shape)
        return
    x = low.plain(node.inputs[0], (batch, *a[-2:]))
    w = low.plain(node.inputs[1], (batch, *b[-2:]))
    low.define(node, "Gemm", [x, w], (batch, a[-2], b[-1]), shape)


def gemm(low: Lowering, node: OnnxNode) -> None:
    if node.attrs.get("alpha", 1.0) != 1.0 or (len(node.inputs) > 2 and node.attrs.get("beta", 1.0) != 1.0):
        raise low.fail(node, "alpha and beta must be 1")
    x, w = (low.plain(i, low.value(i).shape) for i in node.inputs[:2])
    x = low.emit.transpose(x) if node.attrs.get("transA") else x
    w = low.emit.transpose(w) if node.attrs.get("transB") else w
    rows, columns = low.emit.shape(x)[0], low.emit.shape(w)[1]
    bias = None
    if len(node.inputs) > 2 and node.inputs[2]:
        shape = low.value(node.inputs[2]).shape
        if math.prod(shape) == columns and shape[-1] == columns:
            bias = low.plain(node.inputs[2], (columns,))
        elif shape == (rows, columns):
            bias = low.plain(node.inputs[2], shape)
        else:
            raise low.fail(node, f"bias of shape {list(shape)}: expected [{columns}] or [{rows},{columns}]")
    _gemm_node(low, node, x, w, bias, (rows, columns))


def _gemm_node(low: Lowering, node: OnnxNode, x: str, w: str, bias: str | None, shape: Shape) -> None:
    """Emit a 2-D Gemm; an Add of a constant vector that alone reads its output becomes its Y."""
    x_shape, w_shape = low.emit.shape(x), low.emit.shape(w)
    if x_shape[-1] != w_shape[0]:
        raise low.fail(node, f"cannot multiply {list(x_shape)} by {list(w_shape)}")
    columns = w_shape[-1]
    users = low.source.consumers(node.outputs[0])
    if bias is None and len(users) == 1 and users[0].op == "Add" and node.outputs[0] != low.source.output:
        addend = next((i for i in users[0].inputs if i != node.outputs[0]), "")
        data = low.constant(addend)
        if data is not None and data.size == columns and data.shape[-1:] == (columns,):
            bias = low.plain(addend, (columns,))
            low.absorbed.add(users[0].name)
            low.emit.origin = f"{node.name}, {users[0].name}"
    low.define(node, "Gemm", [x, w, *([bias] if bias else [])], (x_shape[0], columns), shape)
    if users and users[0].name in low.absorbed:
        low.values[users[0].outputs[0]] = low.values[node.outputs[0]]


RULES: dict[str, Rule] = {"Gemm": gemm, "MatMul": matmul}
