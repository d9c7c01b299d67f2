# SPDX-License-Identifier: Apache-2.0
"""Random transformers: one to three encoder blocks, in the ways in which exporters and authors write them."""

import math
from dataclasses import dataclass

import numpy as np
import onnx

from tests.fuzz import steps
from tests.fuzz.generate import classifier
from tests.fuzz.network import INPUT, OPSETS, Network, Value


@dataclass(frozen=True)
class Sizes:
    tokens: int
    heads: int
    width: int  # of a head
    hidden: int

    @property
    def dim(self) -> int:
        return self.heads * self.width


def random_transformer(random: np.random.Generator) -> onnx.ModelProto:
    """Tokens [1,T,D], or an image that a convolution cuts into them, through blocks to logits."""
    net = Network(random, int(random.choice(OPSETS)), tied=0.0 if random.random() < 0.9 else 0.1)
    sizes = Sizes(*(int(random.integers(*bounds)) for bounds in ((2, 10), (1, 4), (2, 9), (4, 20))))
    shape: tuple[int, ...] = (1, sizes.tokens, sizes.dim)
    x = Value(INPUT, shape)
    if net.maybe(0.3):
        shape = (1, 2, 4, 2 * sizes.tokens)
        x = _patches(net, sizes)
    if net.maybe(0.5):
        x = net.value("Add", x.shape, x.name, net.constant(net.normal(*x.shape, scale=0.3)))
    form = net.one_of("pre", "post")
    for _ in range(int(random.integers(1, 4))):
        x = _block(net, x, sizes, form)
    if net.maybe(0.5):
        x = _layernorm(net, x)
    classes = int(random.integers(2, 7))
    classifier(net, _pooled(net, x, sizes), classes)
    return net.model(shape, classes)


def _patches(net: Network, sizes: Sizes) -> Value:
    """A patch of 4x2 pixels a token."""
    weight = net.constant(net.normal(sizes.dim, 2, 4, 2, scale=0.25))
    image = net.node("Conv", INPUT, weight, kernel_shape=[4, 2], strides=[4, 2])
    rows = net.node("Reshape", image, net.ints(1, sizes.dim, -1))
    return net.value("Transpose", (1, sizes.tokens, sizes.dim), rows, perm=[0, 2, 1])


def _layernorm(net: Network, x: Value) -> Value:
    normed = steps.layernorm(net, x)
    assert normed is not None
    return normed


def _linear(net: Network, x: Value, columns: int, *, bias: bool) -> Value:
    shape = (*x.shape[:-1], columns)
    product = net.node("MatMul", x.name, net.constant(net.matrix(x.shape[-1], columns)))
    if not bias:
        return Value(product, shape)
    row = net.constant(net.normal(columns, scale=0.3))
    return net.value("Add", shape, *((product, row) if net.maybe(0.5) else (row, product)))


def _block(net: Network, x: Value, sizes: Sizes, form: str) -> Value:
    """Norms before the parts, or behind the sums."""
    for part in (_attention, _mlp):
        inner = part(net, _layernorm(net, x) if form == "pre" else x, sizes)
        x = net.value("Add", x.shape, *((x.name, inner.name) if net.maybe(0.5) else (inner.name, x.name)))
        x = _layernorm(net, x) if form == "post" else x
    return x


def _attention(net: Network, x: Value, sizes: Sizes) -> Value:
    """Scaled before or behind the scores, on one operand or by the root on both; keys turned in one step or two."""
    tokens, heads, width = sizes.tokens, sizes.heads, sizes.width
    split = (1, tokens, heads, width)
    bias = net.maybe(0.6)
    q, k, v = (net.node("Reshape", _linear(net, x, sizes.dim, bias=bias).name, net.ints(*split)) for _ in range(3))
    q, v = (net.node("Transpose", t, perm=[0, 2, 1, 3]) for t in (q, v))
    if net.maybe(0.5):
        k = net.node("Transpose", k, perm=[0, 2, 3, 1])
    else:
        k = net.node("Transpose", net.node("Transpose", k, perm=[0, 2, 1, 3]), perm=[0, 1, 3, 2])
    scale = 1 / math.sqrt(width)
    where = net.one_of("both", "query", "scores")
    if where == "both":
        q, k = (net.node("Mul", t, net.constant(np.float32(math.sqrt(scale)))) for t in (q, k))
    elif where == "query":
        q = net.node("Mul", net.constant(np.float32(scale)), q)
    scores = net.node("MatMul", q, k)
    if where == "scores":
        scores = net.node("Div", scores, net.constant(np.array(math.sqrt(width), np.float32)))
    if net.maybe(0.25):  # a mask that is a constant
        mask = np.where(net.random.random((tokens, tokens)) < 0.3, -10.0, 0.0).astype(np.float32)
        scores = net.node("Add", scores, net.constant(mask.reshape(net.one_of((1, 1), (1,), ()) + mask.shape)))
    probs = net.node("Softmax", scores, axis=net.one_of(-1, 3))
    context = net.node("MatMul", probs, v)
    merged = net.node("Transpose", context, perm=[0, 2, 1, 3])
    rows = net.value(
        "Reshape", (1, tokens, sizes.dim), merged, net.ints(*net.one_of((1, tokens, -1), (0, 0, sizes.dim)))
    )
    return _linear(net, rows, sizes.dim, bias=net.maybe(0.7))


def _mlp(net: Network, x: Value, sizes: Sizes) -> Value:
    hidden = _linear(net, x, sizes.hidden, bias=net.maybe(0.8))
    active = steps.gelu(net, hidden) if net.maybe(0.7) else net.value("Relu", hidden.shape, hidden.name)
    return _linear(net, active, sizes.dim, bias=net.maybe(0.8))


def _pooled(net: Network, x: Value, sizes: Sizes) -> Value:
    """All tokens, or their mean by the attention of one query (sequence pooling)."""
    if net.maybe(0.5):
        return x
    scores = _linear(net, x, 1, bias=net.maybe(0.5))
    row = net.node("Transpose", net.node("Softmax", scores.name, axis=1), perm=[0, 2, 1])
    if net.opset < 13 or net.maybe(0.5):
        row = net.node("Softmax", net.node("Transpose", scores.name, perm=[0, 2, 1]), axis=2)
    return net.value("MatMul", (1, 1, sizes.dim), row, x.name)
