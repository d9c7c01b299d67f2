# SPDX-License-Identifier: Apache-2.0
"""Matrix products, and what only moves elements."""

from traindeploy.export.builder import Builder
from traindeploy.export.forms.form import Call, Form


def gemm(b: Builder, call: Call) -> list[str]:
    """X[*B,M,N], W[*B,N,K], optional Y -> Y + X.W."""
    x, w, *y = call.inputs
    product = b.op("MatMul", x, w)
    return [b.add(product, y[0]) if y else product]


def reduce_sum(b: Builder, call: Call) -> list[str]:
    """X[R,C] -> y[C]."""
    return [b.op("ReduceSum", call.inputs[0], b.integers(0), keepdims=0)]


def transpose(b: Builder, call: Call) -> list[str]:
    return [b.transpose(call.inputs[0], *call.attrs["perm"])]


def reshape(b: Builder, call: Call) -> list[str]:
    return [b.reshape(call.inputs[0], *call.results[0])]


def cut(b: Builder, call: Call) -> list[str]:
    """X[O,A,I] -> Y[O,B,I]."""
    start, stop, step = (b.integers(call.attrs[name]) for name in ("start", "stop", "step"))
    return [b.op("Slice", call.inputs[0], start, stop, b.integers(1), step)]


def concat(b: Builder, call: Call) -> list[str]:
    """A[O,A,I], B[O,B,I] -> Y[O,A+B,I]."""
    return [b.op("Concat", *call.inputs, axis=1)]


FORMS: dict[str, Form] = {
    "Gemm": gemm,
    "ReduceSum": reduce_sum,
    "Transpose": transpose,
    "Reshape": reshape,
    "Slice": cut,
    "Concat": concat,
}
