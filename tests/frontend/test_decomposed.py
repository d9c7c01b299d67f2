# SPDX-License-Identifier: Apache-2.0
"""ONNX operators that are several of ours: values and shapes are onnxruntime's, and what they cannot do is named."""

import pytest

from tests.frontend.onnx_cases import Case, assert_as_onnxruntime, refusal

IMAGE, TOKENS, SIGNAL = [1, 4, 7, 6], [1, 5, 8], [1, 4, 11]
ACTIVATIONS = {
    "LeakyRelu": Case(IMAGE, "y = LeakyRelu<alpha=0.1>(x)"),
    "PRelu a channel": Case(IMAGE, "y = PRelu(x, s)", "s[4,1,1]"),
    "PRelu of one slope": Case(TOKENS, "y = PRelu(x, s)", "s=0.3"),
    "HardSigmoid": Case(IMAGE, "y = HardSigmoid<alpha=0.3, beta=0.4>(x)"),
    "HardSwish": Case(IMAGE, "y = HardSwish(x)"),
    "Elu": Case(IMAGE, "y = Elu<alpha=0.5>(x)"),
    "Selu": Case(TOKENS, "y = Selu(x)"),
    "Celu": Case(TOKENS, "y = Celu<alpha=0.5>(x)"),
    "Softplus": Case(TOKENS, "y = Softplus(x)"),
    "Softsign": Case(IMAGE, "y = Softsign(x)"),
    "Mish": Case(IMAGE, "y = Mish(x)"),
    "Abs": Case(IMAGE, "y = Abs(x)"),
    "Clip": Case(IMAGE, "y = Clip(x, l, h)", "l=-0.3 h=0.5"),
    "Clip above only": Case(IMAGE, 'y = Clip(x, "", h)', "h=0.5"),
    "Clip of attributes": Case(IMAGE, "y = Clip<min=-0.3, max=0.5>(x)", opset=6 + 4),
    "Max with a number": Case(IMAGE, "y = Max(c, x)", "c=0.1"),
    "Min with a number": Case(TOKENS, "y = Min(x, c)", "c=0.1"),
    "quotient": Case(IMAGE, "a = Abs(x); b = Add(a, c); y = Div(x, b)", "c=1.0"),
    "quotient of a constant": Case(TOKENS, "a = Abs(x); b = Add(a, c); y = Div(c, b)", "c=1.0"),
    "root": Case(IMAGE, "a = Abs(x); b = Add(a, c); s = Sqrt(b); y = Reciprocal(s)", "c=1.0"),
    "root as a power": Case(IMAGE, "a = Abs(x); b = Add(a, c); y = Pow(b, e)", "c=1.0 e=0.5"),
    "inverse square": Case(IMAGE, "a = Abs(x); b = Add(a, c); y = Pow(b, e)", "c=1.0 e=-2.0"),
    "factor larger than the value": Case([1, 8], "y = Mul(x, c)", "c[3,8]"),
    "product with a mean": Case(IMAGE, "m = GlobalAveragePool(x); y = Mul(x, m)"),
    "sum with what grows in the middle": Case(
        [1, 2, 12], "p = MatMul(x, w); r = Reshape(p, s); z = Reshape(x, t); y = Add(z, r)",
        "w[12,4] s=[1,2,1,4] t=[1,2,3,4]",
    ),
}  # fmt: skip
PARTS = {
    "Slice of two axes, one backwards": Case(
        IMAGE, "y = Slice(x, s, e, a, t)", "s=[1,5] e=[4,-100] a=[1,2] t=[2,-2]"
    ),
    "Slice of tokens": Case(TOKENS, "y = Slice(x, s, e, a)", "s=[1] e=[4] a=[1]"),
    "Slice of attributes": Case(TOKENS, "z = Slice<starts=[1], ends=[4], axes=[1]>(x); y = Relu(z)", opset=9),
    "Split and product": Case(IMAGE, "a, b = Split<axis=1>(x); y = Mul(a, b)", opset=13),
    "Split of which the last part is not read": Case([1, 5, 9], "a, b, c = Split<axis=2>(x); y = Add(a, b)", opset=11),
    "Split in three, uneven": Case(TOKENS, "a, b, c = Split<axis=2, num_outputs=3>(x); y = Add(a, b)"),
    "Split and Concat": Case(IMAGE, "a, b = Split<axis=2>(x, s); y = Concat<axis=2>(b, x, a)", "s=[2,5]"),
    "Gather of several": Case(IMAGE, "y = Gather<axis=1>(x, i)", "i=[3,0,1,1]"),
    "Gather of one": Case(TOKENS, "y = Gather<axis=1>(x, i)", "i=0"),
    "Gather from the end": Case(TOKENS, "y = Gather<axis=1>(x, i)", "i=-1"),
    "Concat with a constant": Case(TOKENS, "y = Concat<axis=1>(c, x)", "c[1,1,8]"),
    "Concat of image and constant": Case(IMAGE, "y = Concat<axis=1>(c, x)", "c[1,1,7,6]"),
    "Pad": Case(IMAGE, "y = Pad(x, p, v)", "p=[0,0,1,2,0,1,0,3] v=0.5"),
    "Pad that cuts": Case(IMAGE, "y = Pad(x, p)", "p=[0,0,-1,2,0,0,0,-3]"),
    "Pad of axes": Case(TOKENS, 'y = Pad(x, p, "", a)', "p=[2,1] a=[1]"),
    "Pad reflect": Case(IMAGE, 'y = Pad<mode="reflect">(x, p)', "p=[0,0,1,2,0,0,0,3]"),
    "Pad edge": Case(IMAGE, 'y = Pad<mode="edge">(x, p)', "p=[0,0,1,2,0,0,0,3]"),
    "Pad wrap": Case(TOKENS, 'y = Pad<mode="wrap">(x, p)', "p=[0,1,0,0,2,0]"),
    "Expand in front": Case(TOKENS, "y = Expand(x, s)", "s=[1,3,5,8]"),
    "Expand in the middle": Case([1, 4, 1, 8], "y = Expand(x, s)", "s=[1,4,3,8]"),
    "Expand on both sides": Case([1, 1, 3, 1], "y = Expand(x, s)", "s=[1,5,3,2]"),
    "Where, a number": Case(IMAGE, "q = Cast<to=9>(m); y = Where(q, x, c)", "m=[1,0,1,1,0,1] c=2.0"),
    "Where, a value": Case(TOKENS, "q = Cast<to=9>(m); z = Neg(x); y = Where(q, z, x)", "m=[[1],[0],[1],[1],[0]]"),
    "Resize": Case(
        IMAGE,
        'f = Cast<to=1>(s); y = Resize<coordinate_transformation_mode="asymmetric", nearest_mode="floor">(x, "", f)',
        "s=[1,1,2,3]",
    ),
    "Resize of half pixels": Case(IMAGE, 'y = Resize<mode="nearest">(x, "", "", s)', "s=[1,4,14,12]"),
    "DepthToSpace": Case([1, 8, 3, 2], "y = DepthToSpace<blocksize=2>(x)"),
    "DepthToSpace, columns first": Case([1, 8, 3, 2], 'y = DepthToSpace<blocksize=2, mode="CRD">(x)'),
    "SpaceToDepth": Case([1, 3, 4, 6], "y = SpaceToDepth<blocksize=2>(x)"),
}  # fmt: skip
REDUCTIONS = {
    **{
        f"{op} over {axes}, keepdims {keeps}": Case(IMAGE, f"y = {op}<axes={axes}, keepdims={keeps}>(x)", opset=13)
        for op in ("ReduceMean", "ReduceMax")
        for axes in ([2, 3], [1], [2], [1, 3], [-1])
        for keeps in (0, 1)
    },
    "ReduceSum": Case(TOKENS, "y = ReduceSum<keepdims=0>(x, a)", "a=[1]"),
    "ReduceMean of all": Case(TOKENS, "y = ReduceMean(x)"),
    "ReduceMean of nothing": Case(TOKENS, "y = ReduceMean<noop_with_empty_axes=1>(x)"),
    "ReduceMean of opset 18": Case(TOKENS, "y = ReduceMean(x, a)", "a=[-1]", opset=18),
    "ReduceL2": Case(TOKENS, "y = ReduceL2(x, a)", "a=[-1]"),
    "GlobalAveragePool": Case(IMAGE, "y = GlobalAveragePool(x)"),
    "GlobalAveragePool of a signal": Case(SIGNAL, "y = GlobalAveragePool(x)"),
    "GlobalMaxPool": Case(IMAGE, "y = GlobalMaxPool(x)"),
}
WINDOWS = {
    "AveragePool": Case(IMAGE, "y = AveragePool<kernel_shape=[2, 2], strides=[2, 2]>(x)"),
    "AveragePool that overlaps": Case(IMAGE, "y = AveragePool<kernel_shape=[3, 2], strides=[2, 1]>(x)"),
    "AveragePool, padded": Case(
        IMAGE, "y = AveragePool<kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 1, 1]>(x)"
    ),
    "AveragePool, pads counted": Case(
        IMAGE, "y = AveragePool<kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1>(x)"
    ),
    "AveragePool, ceil_mode": Case(
        IMAGE, "y = AveragePool<kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1>(x)"
    ),
    "AveragePool, ceil_mode and pads counted": Case(
        [1, 2, 7, 9],
        "y = AveragePool<kernel_shape=[3, 3], strides=[2, 3], pads=[1, 1, 1, 1], ceil_mode=1, count_include_pad=1>(x)",
    ),
    "AveragePool of a signal": Case(SIGNAL, "y = AveragePool<kernel_shape=[4], strides=[4]>(x)"),
    "MaxPool, ceil_mode": Case([1, 2, 5, 5], "y = MaxPool<kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1>(x)"),
    "MaxPool, padded, ceil_mode": Case(
        [1, 2, 6, 6], "y = MaxPool<kernel_shape=[3, 2], strides=[3, 2], pads=[1, 1, 1, 0], ceil_mode=1>(x)"
    ),
    "MaxPool of a signal": Case(SIGNAL, "y = MaxPool<kernel_shape=[3], strides=[2], pads=[1, 0]>(x)"),
    "Conv, dilated": Case(IMAGE, "y = Conv<dilations=[2, 1], pads=[1, 0, 2, 1], strides=[2, 1]>(x, k)", "k[6,4,3,3]"),
    "Conv of two groups": Case(IMAGE, "y = Conv<group=2, strides=[2, 1]>(x, k, b)", "k[6,2,3,3] b[6]"),
    "Conv of two groups, dilated": Case(IMAGE, "y = Conv<group=2, dilations=[1, 2]>(x, k)", "k[6,2,3,2]"),
    "Conv, depthwise": Case(IMAGE, "y = Conv<group=4, pads=[1, 0, 1, 1], strides=[2, 2]>(x, k, b)", "k[4,1,3,3] b[4]"),
    "Conv, depthwise, two a channel, dilated": Case(
        IMAGE, "y = Conv<group=4, dilations=[2, 2]>(x, k)", "k[8,1,2,2]"
    ),
    "Conv of a signal": Case(
        SIGNAL, "z = Conv<pads=[2, 1], strides=[2], dilations=[2]>(x, k, b); y = Conv(z, l)", "k[6,4,3] b[6] l[2,6,1]"
    ),
    "Conv of a signal, depthwise": Case(SIGNAL, "y = Conv<group=4, pads=[1, 1]>(x, k, b)", "k[4,1,3] b[4]"),
}  # fmt: skip
NORMS = {
    f"{name} of {len(shape)} dimensions": Case(shape, nodes, weights, opset=22)
    for shape in ([1, 4], [1, 4, 9], IMAGE)
    for name, nodes, weights in (
        (
            "BatchNormalization", "p = Mul(v, v); y = BatchNormalization<epsilon=0.001>(x, g, b, m, p)",
            "g[4] b[4] m[4] v[4]",
        ),
        ("InstanceNormalization", "y = InstanceNormalization(x, g, b)", "g[4] b[4]"),
        ("GroupNormalization", "y = GroupNormalization<num_groups=2>(x, g, b)", "g[4] b[4]"),
    )
    if len(shape) > 2 or name == "BatchNormalization"
}  # fmt: skip
NORMS |= {
    "RMSNormalization": Case(TOKENS, "y = RMSNormalization<epsilon=1e-6>(x, g)", "g[8]", opset=23),
    "RMSNormalization written out": Case(
        TOKENS, "p = Pow(x, t); m = ReduceMean(p, a); e = Add(m, c); r = Sqrt(e); n = Div(x, r); y = Mul(n, g)",
        "t=2.0 a=[-1] c=0.001 g[8]",
    ),
    "what looks like a layer norm over another axis": Case(
        [1, 3, 4],
        "m = ReduceMean(x, a); d = Sub(x, m); p = Mul(d, d); v = ReduceMean(p, a); e = Add(v, eps); r = Sqrt(e); "
        "y = Div(d, r)",
        "a=[1] eps=0.001",
    ),
    "what looks like a layer norm of two inputs": Case(
        [1, 3, 4],
        "z = Relu(x); m = ReduceMean(z, a); d = Sub(x, m); p = Mul(d, d); v = ReduceMean(p, a); e = Add(v, eps); "
        "r = Sqrt(e); y = Div(d, r)",
        "a=[-1] eps=0.001",
    ),
    "what looks like a layer norm, unbiased": Case(
        [1, 3, 4],
        "m = ReduceMean(x, a); d = Sub(x, m); p = Mul(d, d); v = ReduceSum(p, a); w = Div(v, n); e = Add(w, eps); "
        "r = Sqrt(e); y = Div(d, r)",
        "a=[-1] n=3.0 eps=0.001",
    ),
}  # fmt: skip
CASES = ACTIVATIONS | PARTS | REDUCTIONS | WINDOWS | NORMS
REFUSED = {
    "Gather of computed indices": (
        Case(TOKENS, "f = Reshape(x, s); i = Cast<to=7>(f); y = Gather<axis=1>(x, i)", "s=[40]"), "computes in int64",
    ),
    "nothing taken": (Case(TOKENS, "y = Slice(x, s, e, a)", "s=[3] e=[1] a=[1]"), "takes nothing of dimension 1"),
    "groups that do not fit": (Case(IMAGE, "y = Conv<group=2>(x, k)", "k[6,4,3,3]"), "expect 8 channels"),
    "dilated pool": (Case(IMAGE, "y = MaxPool<kernel_shape=[2, 2], dilations=[2, 2]>(x)"), "dilations of a pooling"),
    "enlarged by a fraction": (
        Case(IMAGE, 'y = Resize<mode="nearest">(x, "", "", s)', "s=[1,4,10,12]"), "supported are whole numbers",
    ),
    "enlarged linearly": (Case(IMAGE, 'y = Resize<mode="linear">(x, "", "", s)', "s=[1,4,14,12]"), "mode linear"),
    "mask that is computed": (
        Case(TOKENS, "m = Cast<to=9>(x); y = Where(m, x, c)", "c=1.0"), "computes in bool",
    ),
    "two values, the larger": (Case(TOKENS, "z = Neg(x); y = Max(x, z)"), "a value beside one constant number"),
    "negative variance": (
        Case(IMAGE, "n = Neg(v); p = Mul(v, n); y = BatchNormalization(x, g, b, m, p)", "g[4] b[4] m[4] v[4]"),
        "expected none below 0",
    ),
    "batch norm that trains": (
        Case(IMAGE, "y = BatchNormalization<training_mode=1>(x, g, b, m, m)", "g[4] b[4] m[4]"), "in training mode",
    ),
    "power of another kind": (Case(TOKENS, "y = Pow(x, c)", "c=1.5"), "exponent 1.5: expected 1/2, 1, 2 or 3"),
    "negative slope of Celu": (Case(TOKENS, "y = Celu<alpha=-1.0>(x)"), "expected a positive number"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_it_computes_what_onnxruntime_does(name: str) -> None:
    assert_as_onnxruntime(CASES[name])


@pytest.mark.parametrize("name", REFUSED)
def test_what_it_cannot_do_is_named(name: str) -> None:
    case, wanted = REFUSED[name]
    assert wanted in refusal(case.proto(probe=False))
