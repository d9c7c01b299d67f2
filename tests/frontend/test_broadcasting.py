# SPDX-License-Identifier: Apache-2.0
"""Operands of every shape that ONNX broadcasts give what onnxruntime gives, in value and in shape."""

import numpy as np
import pytest

from tests.frontend.onnx_cases import Case, assert_as_onnxruntime
from tests.fuzz.differences import compare_slopes, feeds_of
from tests.fuzz.judge import compare_program, trainable
from traindeploy.frontend import graph_of
from traindeploy.training import PASSES, Training

ELEMENTWISE = {
    "scalar of rank 0": Case([1, 16], "y = Add(x, c)", "c=0.5"),
    "scalar on the left": Case([1, 16], "y = Add(c, x)", "c=0.5"),
    "scalar with leading ones": Case([1, 16], "y = Add(x, c)", "c[1,1,1]"),
    "factor with leading ones": Case([1, 16], "y = Mul(x, c)", "c[1,1,1]"),
    "row": Case([1, 3, 4], "y = Add(x, c)", "c[4]"),
    "row with more ones than the image has": Case([1, 4], "y = Add(x, c)", "c[1,1,1,4]"),
    "column": Case([1, 3, 4], "y = Add(x, c)", "c[3,1]"),
    "column with ones": Case([1, 3, 4], "y = Sub(c, x)", "c[1,3,1]"),
    "all": Case([1, 3, 4], "y = Add(x, c)", "c[3,4]"),
    "all and more": Case([1, 3, 4], "y = Add(x, c)", "c[1,1,3,4]"),
    "larger constant": Case([1, 4], "y = Add(x, c)", "c[3,4]"),
    "larger constant, subtracted": Case([1, 4], "y = Sub(x, c)", "c[3,4]"),
    "larger constant, subtracted from": Case([1, 4], "y = Sub(c, x)", "c[2,3,4]"),
    "larger constant of one column": Case([1, 4], "y = Add(x, c)", "c[3,1]"),
    "image and channel": Case([1, 3, 4, 5], "y = Add(x, c)", "c[3,1,1]"),
    "image and channel of rank 4": Case([1, 3, 4, 5], "y = Sub(x, c)", "c[1,3,1,1]"),
    "image and row": Case([1, 3, 4, 5], "y = Add(x, c)", "c[5]"),
    "image and height": Case([1, 3, 4, 5], "y = Add(x, c)", "c[4,1]"),
    "image and image": Case([1, 3, 4, 5], "y = Add(c, x)", "c[1,3,4,5]"),
    "image and image of rank 3": Case([1, 3, 4, 5], "y = Mul(c, x)", "c[3,4,5]"),
    "image and image of rank 5": Case([1, 3, 4, 5], "y = Add(c, x)", "c[1,1,3,4,5]"),
    "image and scalar of rank 5": Case([1, 3, 4, 5], "y = Add(c, x)", "c[1,1,1,1,1]"),
    "image and factor of rank 5": Case([1, 3, 4, 5], "y = Mul(c, x)", "c[1,1,1,1,1]"),
    "image scaled by channel": Case([1, 3, 4, 5], "y = Mul(x, c)", "c[3,1,1]"),
    "image divided by channel": Case([1, 3, 4, 5], "y = Div(x, c)", "c[3,1,1]"),
    "normalised image": Case([1, 3, 4, 4], "z = Sub(x, m); y = Div(z, s)", "m[1,3,1,1] s[1,3,1,1]"),
    "image of one channel": Case([1, 1, 4, 5], "y = Add(x, c)", "c[1,1,1]"),
    "image of one row": Case([1, 3, 1, 5], "y = Add(x, c)", "c[3,1,1]"),
    "factor row": Case([1, 3, 4], "y = Mul(x, c)", "c[4]"),
    "factor column": Case([1, 3, 4], "y = Mul(c, x)", "c[3,1]"),
    "quotient by a scalar": Case([1, 3, 4], "y = Div(x, c)", "c=3.0"),
    "quotient by a row": Case([1, 3, 4], "y = Div(x, c)", "c[4]"),
    "quotient by a column": Case([1, 3, 4], "y = Div(x, c)", "c[3,1]"),
    "one constant in two forms": Case([1, 4, 4], "z = Add(x, c); w = MatMul(z, c); y = Mul(w, c)", "c[4,4]"),
    "one row in three forms": Case([1, 4], "z = Add(x, c); w = Mul(z, c); y = Sub(w, c)", "c[4]"),
    "difference of what is computed": Case([1, 3, 4], "r = Relu(x); y = Sub(r, x)"),
    "difference of a row": Case([1, 3, 4], "q = Squeeze(x, a); r = MatMul(o, q); y = Sub(x, r)", "o[1,3] a=[0]"),
    "sum of a row first": Case([1, 3, 4], "q = Squeeze(x, a); r = MatMul(o, q); y = Sub(r, x)", "o[1,3] a=[0]"),
    "difference of itself": Case([1, 3, 4], "y = Sub(x, x)"),
    "product of a computed row": Case([1, 3, 4], "r = MatMul(o, x); y = Mul(x, r)", "o[1,1,3]"),
    "product of a computed row of rank 2": Case(
        [1, 4, 4], "q = Squeeze(x, a); r = MatMul(o, q); y = Mul(r, x)", "o[1,4] a=[0]"
    ),
    "sum of a computed row [1,C] and a matrix": Case(
        [1, 3, 4], "q = Squeeze(x, a); r = MatMul(o, q); y = Add(r, q)", "o[1,3] a=[0]"
    ),
    "sum of a computed column": Case([1, 3, 4], "r = MatMul(x, o); y = Add(x, r)", "o[4,1]"),
    "product of a computed column": Case([1, 4, 4], "r = MatMul(x, o); y = Mul(r, x)", "o[4,1]"),
    "difference of a computed column": Case([1, 3, 4], "r = MatMul(x, o); y = Sub(r, x)", "o[4,1]"),
    "outer sum": Case([1, 4], "t = Transpose(x); y = Add(x, t)"),
    "outer product": Case([1, 4], "t = Transpose(x); y = Mul(t, x)"),
    "product with one computed element": Case([1, 4], "r = MatMul(x, o); y = Mul(x, r)", "o[4,1]"),
    "sum with one computed element": Case([1, 3, 4], "f = Flatten(x); r = MatMul(f, o); y = Add(x, r)", "o[12,1]"),
    "image scaled by computed channels": Case(
        [1, 3, 4, 5], "f = Flatten(x); g = MatMul(f, o); r = Reshape(g, s); y = Mul(x, r)", "o[60,3] s=[1,3,1,1]"
    ),
    "image scaled by computed pixels": Case(
        [1, 3, 4, 5], "f = Flatten(x); g = MatMul(f, o); r = Reshape(g, s); y = Mul(r, x)", "o[60,20] s=[1,1,4,5]"
    ),
    "image scaled by a computed image of one channel": Case(
        [1, 3, 4, 5], "c = Conv(x, k); y = Mul(x, c)", "k[1,3,1,1]"
    ),
    "image of one channel and computed channels": Case(
        [1, 1, 4, 5], "f = Flatten(x); g = MatMul(f, o); r = Reshape(g, s); y = Add(x, r)", "o[20,3] s=[1,3,1,1]"
    ),
    "image and a computed row of channels and columns": Case(
        [1, 3, 4, 5], "f = Flatten(x); g = MatMul(f, o); r = Reshape(g, s); y = Add(x, r)", "o[60,15] s=[1,3,1,5]"
    ),
    "negative": Case([1, 3, 4], "y = Neg(x)"),
    "powers": Case([1, 3, 4], "a = Pow(x, p); b = Pow(x, q); z = Add(a, b); y = Pow(z, o)", "p=2.0 q=[3] o=1.0"),
    "integer exponent": Case([1, 3, 4], "y = Pow(x, q)", "q=[2]", opset=13),
    "one element": Case([1, 1], "y = Add(x, c)", "c=0.5"),
}

PRODUCTS = {
    "gemm with C scalar": Case([1, 6], "y = Gemm(x, w, c)", "w[6,5] c=0.5"),
    "gemm with C of one": Case([1, 6], "y = Gemm(x, w, c)", "w[6,5] c[1]"),
    "gemm with C of one by one": Case([1, 6], "y = Gemm(x, w, c)", "w[6,5] c[1,1]"),
    "gemm with C row": Case([1, 6], "y = Gemm(x, w, c)", "w[6,5] c[1,5]"),
    "gemm of one class": Case([1, 6], "y = Gemm(x, w, c)", "w[6,1] c=0.5"),
    "gemm of rows with C column": Case([1, 3, 6], "q = Squeeze(x, a); y = Gemm(q, w, c)", "w[6,5] c[3,1] a=[0]"),
    "gemm of rows with C matrix": Case([1, 3, 6], "q = Squeeze(x, a); y = Gemm(q, w, c)", "w[6,5] c[3,5] a=[0]"),
    "gemm of rows with C row": Case([1, 3, 6], "q = Squeeze(x, a); y = Gemm(q, w, c)", "w[6,5] c[5] a=[0]"),
    "gemm of as many rows as columns": Case([1, 5, 6], "q = Squeeze(x, a); y = Gemm(q, w, c)", "w[6,5] c[5,1] a=[0]"),
    "gemm with alpha": Case([1, 6], "y = Gemm<alpha=0.3>(x, w, c)", "w[6,5] c[5]"),
    "gemm with beta": Case([1, 6], "y = Gemm<beta=0.3>(x, w, c)", "w[6,5] c[5]"),
    "gemm with alpha and beta": Case([1, 6], "y = Gemm<alpha=-2.0, beta=3.0>(x, w, c)", "w[6,5] c[5]"),
    "gemm with beta 0": Case([1, 6], "y = Gemm<beta=0.0>(x, w, c)", "w[6,5] c[5]"),
    "gemm with beta but without C": Case([1, 6], "y = Gemm<beta=0.3>(x, w)", "w[6,5]"),
    "gemm transposed": Case([1, 6], "y = Gemm<transA=1, transB=1>(x, w, c)", "w[5,1] c[5]"),
    "gemm of opset 7": Case([1, 6], "y = Gemm(x, w, c)", "w[6,5] c[5]", opset=7),
    "gemm without C": Case([1, 6], "y = Gemm(x, w)", "w[6,5]", opset=11),
    "matmul and bias of higher rank": Case([1, 6], "m = MatMul(x, w); y = Add(m, b)", "w[6,5] b[1,1,5]"),
    "matmul and bias of one": Case([1, 6], "m = MatMul(x, w); y = Add(m, b)", "w[6,5] b[1]"),
    "matmul and larger bias": Case([1, 6], "m = MatMul(x, w); y = Add(b, m)", "w[6,5] b[3,5]"),
    "matmul and bias of one class": Case([1, 6], "m = MatMul(x, w); y = Add(b, m)", "w[6,1] b=0.25"),
    "matmul and bias column": Case([1, 5, 6], "m = MatMul(x, w); y = Add(b, m)", "w[6,5] b[5,1]"),
    "matmul of higher rank": Case([1, 6], "y = MatMul(x, w)", "w[1,1,6,5]"),
    "matmul by a vector": Case([1, 3, 6], "y = MatMul(x, w)", "w[6]"),
    "matmul of a vector": Case([1, 6], "q = Squeeze(x, a); y = MatMul(q, w)", "w[6,5] a=[0]"),
    "matmul of a vector by a batch": Case([1, 6], "q = Squeeze(x, a); y = MatMul(q, w)", "w[1,6,5] a=[0]"),
    "matmul of a constant first": Case([1, 6, 4], "y = MatMul(w, x)", "w[3,6]"),
    "matmul of a batch of constants": Case([1, 2, 3, 6], "y = MatMul(x, w)", "w[2,6,5]"),
    "matmul of batches": Case([1, 2, 3, 6], "t = Transpose<perm=[0, 1, 3, 2]>(x); y = MatMul(x, t)"),
}
CASES = ELEMENTWISE | PRODUCTS


@pytest.mark.parametrize("name", CASES)
def test_it_computes_what_onnxruntime_does(name):
    assert_as_onnxruntime(CASES[name])


GATES = {
    "row": ("r = MatMul(o, h); z = Mul(h, r)", "o[1,3]"),
    "column": ("r = MatMul(h, o); z = Mul(r, h)", "o[4,1]"),
    "column added": ("r = MatMul(h, o); z = Sub(h, r)", "o[4,1]"),
    "one element": ("c = MatMul(h, o); r = MatMul(p, c); z = Mul(h, r)", "o[4,1] p[1,3]"),
}


@pytest.mark.parametrize(("nodes", "weights"), GATES.values(), ids=GATES)
def test_what_is_repeated_has_the_gradients_of_all_its_uses(nodes: str, weights: str) -> None:
    """Of every parameter, through both operands; and the program computes what the machine model does, to the bit."""
    nodes = f"q = Squeeze(x, a); h = MatMul(q, w); {nodes}; f = Reshape(z, s); y = MatMul(f, v)"
    case = Case([1, 3, 4], nodes, f"a=[0] s=[1,12] w[4,4] v[12,5] {weights}", opset=17)
    graph = graph_of(case.proto(probe=False), "gate")
    for parameter in trainable(graph):
        graph.tensors[parameter].trainable = True
    for _, apply in PASSES[1:]:
        apply(graph, Training("lp"))
    assert {"w", "v", "o"} <= {node.inputs[0] for node in graph.nodes if node.op == "Sgd"}
    random = np.random.default_rng(1)
    feeds = feeds_of(graph, random.standard_normal((1, 3, 4)).astype(np.float32), 2)
    compare_slopes(graph, feeds, random)
    compare_program(graph, feeds, random)
