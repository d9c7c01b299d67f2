# SPDX-License-Identifier: Apache-2.0
"""A node that is not supported is refused in one line that names it and the reason, never computed wrongly.

``test_broadcasting.py``, ``test_layouts.py`` and ``test_patterns.py`` have the neighbours that are supported.
"""

import numpy as np
import pytest
from onnx import numpy_helper

from tests.frontend.onnx_cases import Case, refusal

NAN, INFINITY = float("nan"), float("inf")

NODES = {
    "division by zero": (Case([1, 4], "y = Div(x, c)", "c=0.0"), "node 'n_y' (Div): division by 0:"),
    "division by what is too small": (Case([1, 4], "y = Div(x, c)", "c=1e-44"), "division by 9.8"),
    "division by what is too large": (Case([1, 4], "y = Div(x, c)", "c=2e38"), "division by 2"),
    "power of what is computed": (Case([1, 4], "y = Pow(c, x)", "c=2.0"), "exponent computed"),
    "matmul of another size": (Case([1, 2, 3, 6], "y = MatMul(x, w)", "w[3,6,5]"), "node 'n_y'"),
    "attribute that no rule reads": (
        Case([1, 4], "y = LayerNormalization<stash_type=10>(x, g, b)", "g[4] b[4]"),
        "attribute stash_type is not supported",
    ),
    "softmax over an axis that is none": (
        Case([1, 3, 4], "y = Softmax<axis=3>(x)"),
        "axis 3: expected -3 to 2, its input having 3 dimensions",
    ),
    "pool of windows beside the image": (
        Case([1, 2, 6, 6], "y = MaxPool<kernel_shape=[2, 2], pads=[2, 0, 0, 0]>(x)"),
        "expected less than the kernel",
    ),
    "second output that is read": (
        Case([1, 2, 6, 6], "v, i = MaxPool<kernel_shape=[2, 2]>(x); f = Cast<to=1>(i); y = Add(v, f)"),
        "expected a 2-D pooling with one output",
    ),
    "dropout in training mode": (
        Case([1, 4], "y = Dropout(x, r, t)", "r=0.5 t=true"),
        "'n_y' (Dropout): is in training",
    ),
    "dropout of a computed ratio in training mode": (
        Case([1, 1], "q = Squeeze(x); y = Dropout(x, q, t)", "t=true"),
        "is in training mode",
    ),
    "mask of minus infinity that no softmax reads": (
        Case([1, 3, 4], "a = Add(x, m); y = Relu(a)", "m=-Infinity"),
        "not finite, the first -inf",
    ),
    "dropout whose mode is computed": (
        Case([1, 1], "t = Greater(x, z); q = Squeeze(t); y = Dropout(x, r, q)", "r=0.5 z=0.0"),
        "may be in training mode",
    ),
    "dropout whose mask is read": (
        Case([1, 4], "d, m = Dropout(x); f = Cast<to=1>(m); y = Mul(d, f)"),
        "its mask 'm' is read",
    ),
    "half precision inside": (
        Case([1, 4], "h = Cast<to=10>(x); y = Cast<to=1>(h)"),
        "node 'n_h' (Cast): computes in float16",
    ),
    "constant output": (Case([1, 4], "y = Add(c, c)", "c[1,4]"), "does not depend on the input"),
    "output that depends on the input's shape only": (
        Case([1, 4], "s = Shape(x); f = Cast<to=1>(s); y = Exp(f)"),
        "does not depend on the input",
    ),
    "empty weight": (Case([1, 4], "y = MatMul(x, w)", "w[4,0]"), "weight 'w' has the shape [4, 0]"),
    "weights of doubles": (Case([1, 4], "d = Cast<to=11>(x); y = Cast<to=1>(d)"), "computes in double"),
    "what looks like gelu, by another number": (
        Case([1, 4], "u = Mul(x, c); e = Erf(u); a = Add(e, o); m = Mul(x, a); y = Mul(m, h)", "c=0.7 o=1.0 h=0.5"),
        "unsupported operator Erf",
    ),
    "what looks like gelu, not halved": (
        Case([1, 4], "u = Div(x, c); e = Erf(u); a = Add(e, o); y = Mul(x, a)", "c=1.4142135 o=1.0"),
        "unsupported operator Erf",
    ),
    "what looks like gelu, of another x": (
        Case(
            [1, 4],
            "z = Relu(x); u = Div(x, c); e = Erf(u); a = Add(e, o); m = Mul(z, a); y = Mul(m, h)",
            "c=1.4142135 o=1.0 h=0.5",
        ),
        "unsupported operator Erf",
    ),
    "an operator of another domain with a name of ours": (
        Case([1, 4], "y = org.example.Relu(x)"),
        "unsupported operator org.example.Relu",
    ),
    "a nested name of ours": (Case([1, 4], "y = com.microsoft.MatMul(x, w)", "w[4,4]"), "com.microsoft.MatMul"),
}


@pytest.mark.parametrize("name", NODES)
def test_a_node_that_is_not_supported_is_named_with_the_reason(name):
    case, wanted = NODES[name]
    assert wanted in refusal(case.proto(probe=False))


@pytest.mark.parametrize("bad", [NAN, INFINITY, -INFINITY])
@pytest.mark.parametrize("nodes", ["y = Mul(x, c)", "y = Add(x, c)", "y = Sub(c, x)", "y = Div(x, c)"])
@pytest.mark.parametrize("shape", [(), (4,), (3, 4)])
def test_a_weight_that_is_not_finite_is_named(nodes, shape, bad):
    proto = Case([1, 3, 4], nodes).proto(probe=False)
    value = np.ones(shape, np.float32)
    value.reshape(-1)[-1] = bad
    proto.graph.initializer.append(numpy_helper.from_array(value, "c"))
    assert "weight 'c': 1 of its" in refusal(proto)


@pytest.mark.parametrize(
    "nodes", ["y = MatMul(x, c)", "y = Gemm(x, c)", "y = Gemm(x, o, c)", "y = LayerNormalization(x, g, c)"]
)
def test_a_weight_that_is_not_finite_is_named_by_every_operator(nodes):
    proto = Case([1, 4], nodes, "o[4,4] g[4]").proto(probe=False)
    shape = (4, 4) if "x, c" in nodes else (4,)
    proto.graph.initializer.append(numpy_helper.from_array(np.full(shape, NAN, np.float32), "c"))
    assert f"weight 'c': {np.prod(shape)} of its {np.prod(shape)} elements not finite, the first nan at" in refusal(
        proto
    )


def test_a_folded_constant_that_is_not_finite_is_named():
    assert "weight 'z': 1 of its 1" in refusal(Case([1, 4], "z = Div(a, b); y = Mul(x, z)", "a=1.0 b=0.0").proto(False))


def test_everything_is_listed_at_once():
    nodes = (
        "a = Sin(x); b = Cos(a); c = Sin(b); s = Shape(c); g = Gather(s, i); d = Pow(x, o); e = Add(c, d); y = Relu(e)"
    )
    text = refusal(Case([1, 4], nodes, "i=0 o=1.5").proto(probe=False))
    assert "nodes 'n_a', 'n_c': unsupported operator Sin; node 'n_b': unsupported operator Cos" in text
    assert "node 'n_d' (Pow): exponent 1.5" in text
    assert "n_g" not in text
    assert "n_e" not in text
    assert text.count("; supported: Abs, ") == 1


def test_a_long_list_is_cut():
    operators = ["Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh", "Exp"]
    chain = [f"t{i + 1} = {op}(t{i})" for i, op in enumerate(operators)]
    more = [f"u{i} = Sin(t{i})" for i in range(9)]
    total = "y = Sum(t12, " + ", ".join(f"u{i}" for i in range(9)) + ")"
    text = refusal(Case([1, 4], "; ".join(["t0 = Relu(x)", *chain, *more, total])).proto(probe=False))
    assert "nodes 'n_t1', 'n_u0', 'n_u1' and 7 more: unsupported operator Sin" in text
    assert "; and 5 more; supported: " in text
    assert len(text) < 1200


def test_a_cycle_is_shown():
    text = refusal(Case([1, 4], "a = Add(x, c); b = Relu(a); c = Neg(b); y = Relu(c)").proto(probe=False))
    assert "nodes need each other's results: node 'n_" in text


@pytest.mark.parametrize("nodes", ["y = Relu(x); y = Neg(x)", "c = Relu(x); y = Add(c, x)", "x = Relu(x); y = Neg(x)"])
def test_a_tensor_that_is_computed_twice_is_named(nodes):
    assert "too; export the model again" in refusal(Case([1, 4], nodes, "c[4]").proto(probe=False))
