# SPDX-License-Identifier: Apache-2.0
"""Layer norm and GELU in every spelling give what onnxruntime gives, in value and in shape."""

import pytest

from tests.frontend.onnx_cases import Case, assert_as_onnxruntime, refusal
from traindeploy.errors import UserError
from traindeploy.frontend import graph_of

NORMS = {
    "positive axis": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[2]>(x); d = Sub(x, m); p = Pow(d, two); v = ReduceMean<axes=[2]>(p); "
        "e = Add(v, eps); r = Sqrt(e); n = Div(d, r); s = Mul(n, g); y = Add(s, b)",
        "two=2.0 eps=0.00001 g[4] b[4]",
        opset=17,
    ),
    "two differences": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[-1]>(x); d = Sub(x, m); c = Sub(x, m); p = Pow(c, two); "
        "v = ReduceMean<axes=[-1]>(p); e = Add(v, eps); r = Sqrt(e); n = Div(d, r); s = Mul(g, n); "
        "y = Add(b, s)",
        "two=2.0 eps=0.00001 g[4] b[4]",
        opset=17,
    ),
    "two means": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[-1]>(x); d = Sub(x, m); k = ReduceMean<axes=[-1]>(x); c = Sub(x, k); "
        "p = Pow(c, two); v = ReduceMean<axes=[-1]>(p); e = Add(v, eps); r = Sqrt(e); y = Div(d, r)",
        "two=2.0 eps=0.00001",
        opset=17,
    ),
    "square as a product of two differences": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[-1]>(x); d = Sub(x, m); c = Sub(x, m); p = Mul(c, d); "
        "v = ReduceMean<axes=[-1]>(p); e = Add(v, eps); r = Sqrt(e); y = Div(d, r)",
        "two=2.0 eps=0.00001",
        opset=17,
    ),
    "without scale and shift": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[-1]>(x); d = Sub(x, m); p = Pow(d, two); v = ReduceMean<axes=[-1]>(p); "
        "e = Add(v, eps); r = Sqrt(e); y = Div(d, r)",
        "two=2.0 eps=0.00001",
        opset=17,
    ),
    "without shift": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[-1]>(x); d = Sub(x, m); p = Pow(d, two); v = ReduceMean<axes=[-1]>(p); "
        "e = Add(v, eps); r = Sqrt(e); n = Div(d, r); y = Mul(n, g)",
        "two=2.0 eps=0.00001 g[4]",
        opset=17,
    ),
    "without scale": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[-1]>(x); d = Sub(x, m); p = Pow(d, two); v = ReduceMean<axes=[-1]>(p); "
        "e = Add(v, eps); r = Sqrt(e); n = Div(d, r); y = Add(n, g)",
        "two=2.0 eps=0.00001 g[4]",
        opset=17,
    ),
    "scalar scale": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[-1]>(x); d = Sub(x, m); p = Pow(d, two); v = ReduceMean<axes=[-1]>(p); "
        "e = Add(v, eps); r = Sqrt(e); n = Div(d, r); y = Mul(n, g)",
        "two=2.0 eps=0.00001 g=0.7",
        opset=17,
    ),
    "scale of a column": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[-1]>(x); d = Sub(x, m); p = Pow(d, two); v = ReduceMean<axes=[-1]>(p); "
        "e = Add(v, eps); r = Sqrt(e); n = Div(d, r); y = Mul(n, g)",
        "two=2.0 eps=0.00001 g[3,1]",
        opset=17,
    ),
    "scale of all": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[-1]>(x); d = Sub(x, m); p = Pow(d, two); v = ReduceMean<axes=[-1]>(p); "
        "e = Add(v, eps); r = Sqrt(e); n = Div(d, r); y = Mul(n, g)",
        "two=2.0 eps=0.00001 g[3,4]",
        opset=17,
    ),
    "scale of higher rank": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[-1]>(x); d = Sub(x, m); p = Pow(d, two); v = ReduceMean<axes=[-1]>(p); "
        "e = Add(v, eps); r = Sqrt(e); n = Div(d, r); y = Mul(n, g)",
        "two=2.0 eps=0.00001 g[1,1,1,4]",
        opset=17,
    ),
    "reciprocal": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[-1]>(x); d = Sub(x, m); p = Pow(d, two); v = ReduceMean<axes=[-1]>(p); "
        "e = Add(v, eps); r = Sqrt(e); i = Reciprocal(r); n = Mul(d, i); s = Mul(n, g); y = Add(s, b)",
        "two=2.0 eps=0.00001 g[4] b[4]",
        opset=17,
    ),
    "quotient of one": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[-1]>(x); d = Sub(x, m); p = Pow(d, two); v = ReduceMean<axes=[-1]>(p); "
        "e = Add(v, eps); r = Sqrt(e); i = Div(one, r); y = Mul(i, d)",
        "two=2.0 eps=0.00001 one=1.0",
        opset=17,
    ),
    "power of -1/2": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[-1]>(x); d = Sub(x, m); p = Pow(d, two); v = ReduceMean<axes=[-1]>(p); "
        "e = Add(v, eps); r = Sqrt(e); i = Pow(e, h); y = Mul(d, i)",
        "two=2.0 eps=0.00001 h=-0.5",
        opset=17,
    ),
    "power of 1/2": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[-1]>(x); d = Sub(x, m); p = Pow(d, two); v = ReduceMean<axes=[-1]>(p); "
        "e = Add(v, eps); r = Sqrt(e); i = Pow(e, h); y = Div(d, i)",
        "two=2.0 eps=0.00001 h=0.5",
        opset=17,
    ),
    "identity inside": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[-1]>(x); i = Identity(x); q = Sub(i, m); d = Cast<to=1>(q); "
        "p = Pow(d, two); v = ReduceMean<axes=[-1]>(p); e = Add(v, eps); r = Sqrt(e); n = Div(d, r); "
        "k = Dropout(n); y = Mul(k, g)",
        "two=2.0 eps=0.00001 g[4]",
        opset=17,
    ),
    "shared result": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[-1]>(x); d = Sub(x, m); p = Pow(d, two); v = ReduceMean<axes=[-1]>(p); "
        "e = Add(v, eps); r = Sqrt(e); n = Div(d, r); s = Mul(n, g); t = Add(s, b); y = Add(t, n)",
        "two=2.0 eps=0.00001 g[4] b[4]",
        opset=17,
    ),
    "axes as input": Case(
        [1, 3, 4],
        "m = ReduceMean(x, a); d = Sub(x, m); p = Mul(d, d); v = ReduceMean(p, a); e = Add(eps, v); "
        "r = Sqrt(e); y = Div(d, r)",
        "two=2.0 eps=0.00001 a=[2]",
        opset=18,
    ),
    "last two axes": Case(
        [1, 3, 4, 5],
        "m = ReduceMean<axes=[-2, -1]>(x); d = Sub(x, m); p = Pow(d, two); "
        "v = ReduceMean<axes=[-2, -1]>(p); e = Add(v, eps); r = Sqrt(e); n = Div(d, r); y = Mul(n, g)",
        "two=2.0 eps=0.00001 g[4,5]",
        opset=17,
    ),
    "last two axes, scale of one": Case(
        [1, 3, 4, 5],
        "m = ReduceMean<axes=[3, 2]>(x); d = Sub(x, m); p = Pow(d, two); "
        "v = ReduceMean<axes=[3, 2]>(p); e = Add(v, eps); r = Sqrt(e); n = Div(d, r); s = Mul(n, g); "
        "y = Add(s, b)",
        "two=2.0 eps=0.00001 g[5] b[4,1]",
        opset=17,
    ),
    "large epsilon": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[-1]>(x); d = Sub(x, m); p = Pow(d, two); v = ReduceMean<axes=[-1]>(p); "
        "e = Add(v, eps); r = Sqrt(e); y = Div(d, r)",
        "two=2.0 eps=0.001",
        opset=17,
    ),
    "integer exponent": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[-1]>(x); d = Sub(x, m); p = Pow(d, two); v = ReduceMean<axes=[-1]>(p); "
        "e = Add(v, eps); r = Sqrt(e); y = Div(d, r)",
        "two=2 eps=0.001",
        opset=17,
    ),
    "scale before the quotient": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[-1]>(x); d = Sub(x, m); p = Pow(d, two); v = ReduceMean<axes=[-1]>(p); "
        "e = Add(v, eps); r = Sqrt(e); g2 = Mul(g, d); n = Div(g2, r); y = Add(n, b)",
        "two=2.0 eps=0.001 g[4] b[4]",
        opset=17,
    ),
    "scales before and behind the quotient": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[-1]>(x); d = Sub(x, m); p = Pow(d, two); v = ReduceMean<axes=[-1]>(p); "
        "e = Add(v, eps); r = Sqrt(e); g2 = Mul(d, g); n = Div(g2, r); h = Mul(n, g); y = Add(h, b)",
        "two=2.0 eps=0.001 g[4] b[4]",
        opset=17,
    ),
    "shift before a scale": Case(
        [1, 3, 4],
        "m = ReduceMean<axes=[-1]>(x); d = Sub(x, m); p = Pow(d, two); v = ReduceMean<axes=[-1]>(p); "
        "e = Add(v, eps); r = Sqrt(e); n = Div(d, r); h = Add(n, b); y = Mul(h, g)",
        "two=2.0 eps=0.001 g[4] b[4]",
        opset=17,
    ),
    "operator without bias": Case([1, 3, 4], "y = LayerNormalization(x, g)", "g[4]"),
    "operator with a scale that broadcasts": Case([1, 3, 4], "y = LayerNormalization<axis=1>(x, g, b)", "g[4] b[3,1]"),
    "operator with small epsilon": Case([1, 3, 4], "y = LayerNormalization<epsilon=1e-12>(x, g, b)", "g[4] b[4]"),
    "operator over one axis of an image": Case([1, 3, 4, 5], "y = LayerNormalization(x, g, b)", "g[5] b[5]"),
}

# x inv + (beta - mean(x) inv), as Keras writes it.
INVERSE = (
    "m = ReduceMean<axes=[-1]>(x); d = Sub(x, m); p = Mul(d, d); v = ReduceMean<axes=[-1]>(p); e = Add(v, eps); "
    "r = Sqrt(e); i = Reciprocal(r); "
)
EXPANDED = {
    "keras": ("k = Mul(i, g); a = Mul(x, k); c = Mul(m, k); s = Sub(b, c); y = Add(a, s)", 1),
    "keras, terms in another order": ("k = Mul(g, i); a = Mul(k, x); c = Mul(k, m); s = Sub(b, c); y = Add(s, a)", 1),
    "keras, mean negated": ("k = Mul(i, g); a = Mul(x, k); n = Neg(m); c = Mul(n, k); s = Add(c, b); y = Add(a, s)", 1),
    "keras, product negated": (
        "k = Mul(i, g); a = Mul(x, k); c = Mul(m, k); n = Neg(c); s = Add(n, b); y = Add(a, s)",
        1,
    ),
    "keras, difference first": ("k = Mul(i, g); a = Mul(x, k); c = Mul(m, k); s = Sub(a, c); y = Add(s, b)", 1),
    "keras without shift": ("k = Mul(i, g); a = Mul(x, k); c = Mul(m, k); y = Sub(a, c)", 1),
    "keras without scale": ("a = Mul(x, i); c = Mul(m, i); s = Sub(b, c); y = Add(a, s)", 1),
    "keras before a residual sum": (
        "k = Mul(i, g); a = Mul(x, k); c = Mul(m, k); s = Sub(b, c); t = Add(a, s); y = Add(x, t)",
        1,
    ),
}
NORMS |= {
    name: Case([1, 3, 4], INVERSE + nodes, "eps=0.001 g[4] b[4]", opset=17) for name, (nodes, _) in EXPANDED.items()
}

ACTIVATIONS = {
    "gelu with a shared x": Case(
        [1, 8],
        "i = Identity(x); u = Div(x, s2); e = Erf(u); a = Add(e, one); m = Mul(i, a); y = Mul(m, half)",
        "s2=1.4142135381698608 one=1.0 half=0.5",
    ),
    "gelu with shared constants": Case(
        [1, 8],
        "u = Div(x, s2); e = Erf(u); a = Add(one, e); m = Mul(x, a); z = Mul(m, half); y = Mul(z, half)",
        "s2=1.4142135381698608 one=1.0 half=0.5",
    ),
    "gelu of half erf": Case(
        [1, 8],
        "u = Div(x, s2); e = Erf(u); k = Mul(e, half); a = Add(k, half); y = Mul(a, x)",
        "s2=1.4142135381698608 one=1.0 half=0.5",
    ),
    "gelu halved by two": Case(
        [1, 8],
        "u = Div(x, s2); e = Erf(u); a = Add(one, e); m = Mul(x, a); y = Div(m, two)",
        "s2=1.4142135381698608 one=1.0 half=0.5 two=2.0",
    ),
    "gelu whose x others read": Case(
        [1, 8],
        "u = Div(x, s2); e = Erf(u); a = Add(one, e); h = Mul(x, half); m = Mul(h, a); y = Add(m, h)",
        "s2=1.4142135381698608 one=1.0 half=0.5",
    ),
    "gelu of a scaled x": Case(
        [1, 8],
        "v = Mul(x, three); u = Div(v, s2); e = Erf(u); a = Add(one, e); m = Mul(v, a); y = Mul(m, half)",
        "s2=1.4142135381698608 one=1.0 half=0.5 three=3.0",
    ),
    "gelu of a difference": Case(
        [1, 8],
        "u = Div(x, s2); e = Erf(u); a = Sub(e, minus); m = Mul(x, a); y = Mul(m, half)",
        "s2=1.4142135381698608 one=1.0 half=0.5 minus=-1.0",
    ),
    "gelu of a sum of images": Case(
        [1, 2, 3, 3],
        "v = Add(x, x); u = Div(v, s2); e = Erf(u); a = Add(one, e); m = Mul(v, a); y = Mul(m, half)",
        "s2=1.4142135381698608 one=1.0 half=0.5",
    ),
    "gelu with a constant of rank 3": Case(
        [1, 8],
        "u = Div(x, s2); e = Erf(u); a = Add(e, o); m = Mul(x, a); y = Mul(m, half)",
        "s2=1.4142135381698608 one=1.0 half=0.5 o=1.0",
    ),
    "tanh form": Case(
        [1, 8],
        "s = Mul(x, x); c = Mul(s, x); k = Mul(c, a); i = Add(x, k); j = Mul(i, b); t = Tanh(j); "
        "u = Add(t, one); h = Mul(x, half); y = Mul(h, u)",
        "a=0.044715 b=0.7978845608 one=1.0 half=0.5",
    ),
    "tanh form by a power": Case(
        [1, 8],
        "c = Pow(x, p); k = Mul(c, a); i = Add(x, k); j = Mul(i, b); t = Tanh(j); u = Add(t, one); "
        "h = Mul(x, half); y = Mul(h, u)",
        "p=3.0 a=0.044715 b=0.7978845608 one=1.0 half=0.5",
    ),
    "tanh form as an operator": Case([1, 8], 'y = Gelu<approximate="tanh">(x)'),
    "tanh form of an image": Case([1, 2, 3, 4], 'y = Gelu<approximate="tanh">(x)'),
    "tanh form of onnxruntime": Case([1, 8], "y = com.microsoft.FastGelu(x)"),
    "quick gelu": Case([1, 8], "s = Mul(x, c); g = Sigmoid(s); y = Mul(x, g)", "c=1.702"),
    "softmax of opset 12": Case([1, 3, 4], "y = Softmax(x)", opset=12),
    "softmax of opset 12 over the last axis": Case([1, 3, 4], "y = Softmax<axis=-1>(x)", opset=12),
    "softmax of opset 7": Case([1, 3, 4], "s = Softmax<axis=2>(x); y = Neg(s)", opset=9),
    "softmax of opset 13": Case([1, 3, 4], "y = Softmax<axis=1>(x)", opset=13),
}
CASES = NORMS | ACTIVATIONS


@pytest.mark.parametrize("name", CASES)
def test_it_computes_what_onnxruntime_does(name):
    assert_as_onnxruntime(CASES[name])


@pytest.mark.parametrize(("nodes", "norms"), EXPANDED.values(), ids=EXPANDED)
def test_an_expanded_layer_norm_is_one_operator(nodes, norms):
    graph = graph_of(Case([1, 3, 4], INVERSE + nodes, "eps=0.001 g[4] b[4]", opset=17).proto(probe=False), "f")
    assert [node.op for node in graph.nodes].count("LayerNorm") == norms
    assert len(graph.nodes) == norms + ("Add(x, t)" in nodes)


@pytest.mark.parametrize(
    "nodes",
    [
        "k = Mul(i, g); a = Mul(x, k); c = Mul(m, k); s = Add(b, c); y = Add(a, s)",  # the mean is added
        "k = Mul(i, g); a = Mul(x, k); c = Mul(m, i); s = Sub(b, c); y = Add(a, s)",  # two scales
        "k = Mul(i, g); a = Mul(x, k); c = Mul(m, k); s = Sub(c, b); y = Sub(a, s)",  # the shift counts twice negative
        "k = Mul(i, x); a = Mul(x, k); c = Mul(m, k); s = Sub(b, c); y = Add(a, s)",  # a scale that is computed
    ],
)
def test_what_looks_like_an_expanded_layer_norm_is_none(nodes):
    proto = Case([1, 3, 4], INVERSE + nodes, "eps=0.001 g[4] b[4]", opset=17).proto(probe=False)
    try:
        assert_as_onnxruntime(Case([1, 3, 4], INVERSE + nodes, "eps=0.001 g[4] b[4]", opset=17))
    except UserError:
        assert "ReduceMean" in refusal(proto)
