# SPDX-License-Identifier: Apache-2.0
"""Sums, means and maxima over dimensions."""

import math

import numpy as np

from traindeploy.frontend.lowering import Lowering, Rule, Value, compact
from traindeploy.frontend.rules.chain import ordered
from traindeploy.frontend.rules.layout import given_axes
from traindeploy.frontend.source import OnnxNode


def reduce(low: Lowering, node: OnnxNode) -> None:
    """Over some dimensions, or all, which stay as 1 unless ``keepdims`` is 0."""
    value = low.value(node.inputs[0])
    rank = len(value.shape)
    given = given_axes(low, node)
    if not given and node.attrs.get("noop_with_empty_axes", 0):
        low.values[node.outputs[0]] = value
        return
    axes = tuple(sorted({low.axis(node, a, rank) for a in given or range(rank)}))
    kept = tuple(i for i in range(rank) if i not in axes)
    stays = node.attrs.get("keepdims", 1)
    shape = tuple(1 if i in axes else s for i, s in enumerate(value.shape) if stays or i not in axes)
    low.values[node.outputs[0]] = reduced(low, node, value, axes, kept, shape)


def reduced(
    low: Lowering, node: OnnxNode, value: Value, axes: tuple[int, ...], kept: tuple[int, ...], shape: tuple[int, ...]
) -> Value:
    """``value`` over ``axes`` by the node's operation, the other dimensions in ONNX's order."""
    emit = low.emit
    rows, columns = (math.prod(value.shape[i] for i in each) for each in (axes, kept))
    if node.op in ("ReduceMax", "GlobalMaxPool"):
        image = ordered(low, value, (*axes, *kept), (1, rows, 1, columns))
        window = {"kernel": (rows, 1), "strides": (1, 1), "pads": (0, 0, 0, 0)}
        result = emit.op("MaxPool", f"{node.name}.max", [image], [(1, 1, 1, columns)], window)[0]
        return Value(emit.reshape(result, compact(shape)), shape)
    if kept and kept[-1] < axes[0] and not value.nhwc:  # trailing ones: a product with a column of ones reads rows
        x = ordered(low, value, (*kept, *axes), (columns, rows))
        if node.op == "ReduceL2":
            x = emit.one("Mul", f"{node.name}.squares", [x, x], (columns, rows))
        result = emit.gemm(f"{node.name}.sum", x, emit.filled(f"{node.name}.ones", (rows, 1), 1.0))
    else:
        x = ordered(low, value, (*axes, *kept), (rows, columns))
        if node.op == "ReduceL2":
            x = emit.one("Mul", f"{node.name}.squares", [x, x], (rows, columns))
        result = emit.one("ReduceSum", f"{node.name}.sum", [x], (columns,)) if rows > 1 else x
    result = emit.reshape(result, compact(shape))
    if node.op in ("ReduceMean", "GlobalAveragePool") and rows > 1:
        result = emit.one("Scale", f"{node.name}.mean", [result], compact(shape), alpha=float(np.float32(1 / rows)))
    if node.op == "ReduceL2":
        inverse = emit.one("Rsqrt", f"{node.name}.inverse", [result], compact(shape))
        result = emit.one("Mul", f"{node.name}.root", [result, inverse], compact(shape))
    return Value(result, shape)


def global_pool(low: Lowering, node: OnnxNode) -> None:
    """The mean or maximum of each channel."""
    value = low.value(node.inputs[0])
    rank = len(value.shape)
    if rank < 3:
        raise low.fail(node, f"expected [1,C,...], found {list(value.shape)}")
    shape = (*value.shape[:2], *(1,) * (rank - 2))
    low.values[node.outputs[0]] = reduced(low, node, value, tuple(range(2, rank)), (0, 1), shape)


RULES: dict[str, Rule] = {
    **dict.fromkeys(("GlobalAveragePool", "GlobalMaxPool"), global_pool),
    **dict.fromkeys(("ReduceL2", "ReduceMax", "ReduceMean", "ReduceSum"), reduce),
}
