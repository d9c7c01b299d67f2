# SPDX-License-Identifier: Apache-2.0
"""Shapes, their arithmetic, what hands its input on, and images give what onnxruntime gives."""

import pytest

from tests.frontend.onnx_cases import Case, assert_as_onnxruntime

LAYOUTS = {
    "shape with negative start": Case(
        [1, 8, 2], "s = Shape<start=-1>(x); t = Concat<axis=0>(m, s); y = Reshape(x, t)", "m=[-1]", opset=15
    ),
    "shape with end": Case(
        [1, 8, 2],
        "s = Shape<end=-1>(x); t = Concat<axis=0>(s, m); z = Reshape(x, t); y = Transpose<perm=[1, 0, 2, 3]>(z)",
        "m=[2,1]",
        opset=17,
    ),
    "shape with start and end": Case(
        [1, 8, 2], "s = Shape<start=1, end=2>(x); t = Concat<axis=0>(s, m); y = Reshape(x, t)", "m=[-1]", opset=19
    ),
    "shape clamped": Case([1, 8, 2], "s = Shape<start=-9, end=99>(x); y = Reshape(x, s)", opset=21),
    "size": Case([1, 8, 2], "s = Size(x); u = Unsqueeze(s, a); y = Reshape(x, u)", "a=[0]"),
    "shape as batch arithmetic": Case(
        ["N", 4, 6],
        "s = Shape(x); g = Gather(s, i); u = Unsqueeze(g, a); t = Concat<axis=0>(u, m); y = Reshape(x, t)",
        "i=0 a=[0] m=[-1]",
    ),
    "unset batch": Case([None, 4], "y = Relu(x)"),
    "batch of -1": Case([-1, 4], "y = Relu(x)"),
    "flatten of the last axis": Case([1, 3, 4], "y = Flatten<axis=-1>(x)"),
    "flatten of axis 0": Case([1, 3, 4], "y = Flatten<axis=0>(x)"),
    "flatten behind all": Case([1, 3, 4], "y = Flatten<axis=3>(x)"),
    "flatten of opset 9": Case([1, 3, 4], "y = Flatten<axis=2>(x)", opset=9),
    "reshape with 0 and -1": Case([1, 3, 4], "y = Reshape(x, s)", "s=[0,-1,2,2]"),
    "reshape with allowzero": Case([1, 3, 4], "y = Reshape<allowzero=1>(x, s)", "s=[4,-1]"),
    "squeeze of all": Case([1, 3, 1, 4], "y = Squeeze(x)"),
    "squeeze of negative axes": Case([1, 3, 1, 4], "y = Squeeze(x, a)", "a=[-2]"),
    "squeeze of opset 11": Case([1, 3, 1, 4], "y = Squeeze<axes=[-2, 0]>(x)", opset=11),
    "unsqueeze of negative axes": Case([1, 3, 4], "y = Unsqueeze(x, a)", "a=[-1,1]"),
    "unsqueeze of opset 9": Case([1, 3, 4], "y = Unsqueeze<axes=[1, 4]>(x)", opset=9),
    "transposition without perm": Case([1, 3, 4], "y = Transpose(x)"),
    "transposition of opset 7": Case([1, 3, 4], "y = Transpose<perm=[2, 0, 1]>(x)", opset=7),
    "nodes in any order": Case([1, 4], "y = Add(b, c); b = Relu(a); a = Neg(x)", "c=1.0"),
    "nodes that nothing needs": Case([1, 4], "d = Sigmoid(x); e = Sin(d); f = RandomNormalLike(x); y = Relu(x)"),
    "weights that nothing needs": Case([1, 4], "y = Relu(x)", "unused[3,0] c=[1]"),
    "identities": Case([1, 4], "a = Identity(x); b = Identity(a); c = Relu(b); y = Identity(c)"),
    "identity of a weight": Case([1, 4], "v = Identity(w); a = MatMul(x, w); y = MatMul(a, v)", "w[4,4]"),
    "cast to float": Case([1, 4], "a = Cast<to=1>(x); y = Relu(a)"),
    "dropout": Case([1, 4], "y = Dropout(x)", opset=13),
    "dropout of opset 7": Case([1, 4], "y = Dropout<ratio=0.9>(x)", opset=7),
    "dropout with a dead mask": Case([1, 4], "y, mask = Dropout(x, ratio); dead = Not(mask)", "ratio=0.9"),
    "dropout that drops nothing in training": Case([1, 4], "y = Dropout(x, ratio, t)", "ratio=0.0 t=true"),
    "dropout out of training": Case([1, 4], "y = Dropout<seed=3>(x, ratio, t)", "ratio=0.9 t=false"),
    "dropout with an expression for its mode": Case(
        [1, 4], "f = Identity(t); y = Dropout(x, ratio, f)", "ratio=0.9 t=false"
    ),
    "slice of shapes": Case(
        [1, 2, 8],
        "s = Shape(x); l = Slice(s, m, e); f = Cast<to=1>(l); r = Sqrt(f); y = Div(x, r)",
        "m=[-1] e=[9223372036854775807]",
    ),
    "constant tensor": Case([1, 4], "c = Constant<value_floats: floats = [1.0, 2.0, 3.0, 4.0]>(); y = Add(x, c)"),
    "constant scalar": Case([1, 4], "c = Constant<value_float=1.5>(); y = Mul(x, c)"),
}

IMAGES = {
    "kernel first added": Case(
        [1, 3, 3, 9],
        "r = Reshape(x, s); a = Add(r, k); f = Reshape(a, o); c = Conv(x, k); g = Flatten(c); "
        "h = MatMul(f, w); y = MatMul(g, v)",
        "s=[3,3,3,3] o=[1,81] k[3,3,3,3] w[81,5] v[21,5]",
    ),
    "kernel used twice": Case([1, 2, 6, 6], "a = Conv(x, k); y = Conv(a, k)", "k[2,2,3,3]"),
    "kernel_shape left out": Case([1, 2, 6, 6], "y = Conv(x, k)", "k[3,2,3,2]"),
    "lower padding": Case([1, 2, 6, 6], 'y = Conv<auto_pad="SAME_LOWER", strides=[2, 1]>(x, k)', "k[3,2,3,2]"),
    "valid": Case([1, 2, 6, 6], 'y = Conv<auto_pad="VALID", strides=[2, 2]>(x, k)', "k[3,2,3,2]"),
    "padded pool": Case([1, 2, 5, 6], "y = MaxPool<kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]>(x)"),
    "pool with a dead second output": Case([1, 2, 6, 6], "y, i = MaxPool<kernel_shape=[2, 2]>(x); d = Cast<to=1>(i)"),
    "pool of opset 8": Case([1, 2, 6, 6], "y = MaxPool<kernel_shape=[2, 2]>(x)", opset=8),
    "pool whose ceil_mode changes nothing": Case(
        [1, 2, 6, 7], "y = MaxPool<kernel_shape=[2, 3], strides=[2, 2], ceil_mode=1>(x)"
    ),
    "padded pool whose ceil_mode changes nothing": Case(
        [1, 2, 5, 5], "y = MaxPool<kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1>(x)"
    ),
    "pool of stride 1 with ceil_mode": Case([1, 2, 5, 5], "y = MaxPool<kernel_shape=[2, 2], ceil_mode=1>(x)"),
    "pool that pads by itself, with ceil_mode": Case(
        [1, 2, 5, 6], 'y = MaxPool<kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_UPPER", ceil_mode=1>(x)'
    ),
    "image product": Case([1, 2, 4, 4], "t = Transpose<perm=[0, 1, 3, 2]>(x); y = Add(x, t)"),
}
CASES = LAYOUTS | IMAGES


@pytest.mark.parametrize("name", CASES)
def test_it_computes_what_onnxruntime_does(name):
    assert_as_onnxruntime(CASES[name])
