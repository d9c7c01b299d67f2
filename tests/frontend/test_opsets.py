# SPDX-License-Identifier: Apache-2.0
"""Every operator that has a rule means in every opset what onnxruntime takes it for.

Opsets differ in defaults (Softmax), in what is an attribute and what an input (axes, a Dropout's ratio), and in types.
"""

import onnx
import pytest

from tests.frontend.onnx_cases import Case, assert_as_onnxruntime
from tests.frontend.opset_forms import FORMS, form
from traindeploy.frontend.onnx_import import OPSETS
from traindeploy.frontend.rules import RULES

AXES_INPUT = {"Squeeze": 13, "Unsqueeze": 13, "ReduceMean": 18}
VARIANCE = "m = ReduceMean{axes}(x); d = Sub(x, m); p = Mul(d, d); v = ReduceMean{axes}(p)"
TEXT = {
    "Add": ([1, 3, 4], "y = Add(x, c)", "c[3,1]"),
    "Cast": ([1, 4], "y = Cast<to=1>(x)", ""),
    "Conv": ([1, 2, 5, 5], "y = Conv<pads=[1,0,1,0], strides=[2,1]>(x, k, b)", "k[3,2,3,3] b[3]"),
    "Constant": ([1, 4], "c = Constant<value=float {2.0}>(); y = Mul(x, c)", ""),
    "Div": ([1, 3, 4], "y = Div(x, c)", "c[4]"),
    "Dropout": ([1, 4], "d = Dropout(x); y = Relu(d)", ""),
    "Flatten": ([1, 3, 4], "y = Flatten<axis=2>(x)", ""),
    "Gelu": ([1, 4], "y = Gelu(x)", ""),
    "Gemm": ([1, 6], "y = Gemm<alpha=0.5, beta=2.0, transB=1>(x, w, c)", "w[5,6] c[5]"),
    "Identity": ([1, 4], "y = Identity(x)", ""),
    "LayerNormalization": ([1, 3, 4], "y = LayerNormalization(x, g, b)", "g[4] b[4]"),
    "MatMul": ([1, 3, 4], "y = MatMul(x, w)", "w[4,5]"),
    "MaxPool": ([1, 2, 5, 5], "y = MaxPool<kernel_shape=[3,3], pads=[1,1,1,1], strides=[2,2]>(x)", ""),
    "Mul": ([1, 3, 4], "y = Mul(x, c)", "c[3,1]"),
    "Neg": ([1, 4], "y = Neg(x)", ""),
    "Pow": ([1, 4], "y = Pow(x, c)", "c=2.0"),
    "ReduceMean": (
        [1, 3, 4],
        VARIANCE + "; e = Add(v, c); r = Sqrt(e); y = Div(d, r)",
        "c=0.01 axes=[-1]",
    ),
    "Relu": ([1, 4], "y = Relu(x)", ""),
    "Reshape": ([1, 3, 4], "y = Reshape(x, s)", "s=[0,-1]"),
    "Shape": ([1, 3, 4], "s = Shape(x); y = Reshape(x, s)", ""),
    "Sigmoid": ([1, 4], "y = Sigmoid(x)", ""),
    "Size": ([1, 3, 4], "s = Size(x); t = Reshape(s, one); y = Reshape(x, t)", "one=[1]"),
    "Softmax": ([1, 3, 4], "s = Softmax(x); y = Neg(s)", ""),
    "Squeeze": ([1, 3, 1, 4], "y = Squeeze{axes}(x)", "axes=[2]"),
    "Sub": ([1, 3, 4], "y = Sub(c, x)", "c[4]"),
    "Tanh": ([1, 4], "y = Tanh(x)", ""),
    "Transpose": ([1, 3, 4], "y = Transpose<perm=[2,0,1]>(x)", ""),
    "Unsqueeze": ([1, 3, 4], "y = Unsqueeze{axes}(x)", "axes=[1]"),
}


def versions(op: str) -> list[int]:
    """The first and the last opset of ours in which each definition of ``op`` holds."""
    schemas = [s for s in onnx.defs.get_all_schemas_with_history() if s.name == op and not s.domain]
    starts = sorted({max(s.since_version, OPSETS[0]) for s in schemas if s.since_version <= OPSETS[-1]})
    first = FORMS[op][1][0][0] if op in FORMS else 0
    return sorted(v for v in {*starts, *(start - 1 for start in starts[1:]), OPSETS[-1]} if v >= first)


def case(op: str, opset: int) -> Case:
    if op in FORMS:
        return Case(FORMS[op][0], *form(op, opset), opset)
    shape, nodes, weights = TEXT[op]
    if "{axes}" in nodes:
        axes = weights.split("axes=")[1]
        if opset >= AXES_INPUT[op]:
            nodes = nodes.replace("{axes}(x)", "(x, axes)").replace("{axes}(p)", "(p, axes)")
        else:
            nodes, weights = nodes.replace("{axes}", f"<axes={axes}>"), weights.split("axes=")[0]
    return Case(shape, nodes, weights, opset)


@pytest.mark.parametrize(("op", "opset"), [(op, opset) for op in (*TEXT, *FORMS) for opset in versions(op)])
def test_it_means_what_onnxruntime_takes_it_for(op, opset):
    assert_as_onnxruntime(case(op, opset))


def test_every_operator_that_has_a_rule_is_here():
    taken_off = {"LogSoftmax"}  # supported as the last operator only
    assert {op for op in RULES if "." not in op} - taken_off <= TEXT.keys() | FORMS.keys()
