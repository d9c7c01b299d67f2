# SPDX-License-Identifier: Apache-2.0
"""What a random network may do next with a value: one function a kind of operator; None where it does not apply."""

import math
from collections.abc import Callable

import numpy as np

from tests.fuzz.more_steps import MORE
from tests.fuzz.network import Network, Shape, Value
from tests.fuzz.windows import out_size, window

Step = Callable[[Network, Value], Value | None]


def activation(net: Network, x: Value) -> Value:
    return net.value(net.one_of("Relu", "Relu", "Tanh", "Sigmoid"), x.shape, x.name)


def gelu(net: Network, x: Value) -> Value:
    """The operator (opset 20), or its erf form in three orders of its factors, or its tanh form."""
    if net.opset >= 20 and net.maybe(0.4):
        return net.value("Gelu", x.shape, x.name)
    root = net.node("Div", x.name, net.constant(np.float32(math.sqrt(2))))
    one_plus = net.node("Add", net.node("Erf", root), net.constant(np.float32(1)))
    half = net.constant(np.float32(0.5))
    form = net.one_of(0, 1, 2)
    if form == 0:
        return net.value("Mul", x.shape, net.node("Mul", x.name, one_plus), half)
    if form == 1:
        return net.value("Mul", x.shape, x.name, net.node("Mul", one_plus, half))
    return net.value("Mul", x.shape, net.node("Mul", x.name, half), one_plus)


def passed_on(net: Network, x: Value) -> Value:
    op = net.one_of("Identity", "Dropout", "Cast")
    if op == "Cast":
        return net.value(op, x.shape, x.name, to=1)
    if op == "Dropout" and net.opset >= 12 and net.maybe(0.5):
        return net.value(op, x.shape, x.name, net.constant(np.float32(0.3)))
    return net.value(op, x.shape, x.name)


def scale(net: Network, x: Value) -> Value:
    """By a scalar of any rank that is not above x's, on either side; or the negative."""
    if net.maybe(0.15):
        return net.value("Neg", x.shape, x.name)
    shape = (1,) * int(net.random.integers(0, len(x.shape) + 1))
    factor = net.constant(np.full(shape, net.one_of(0.5, 1.5, -0.7, 0.125), np.float32))
    if net.maybe(0.3):
        return net.value("Div", x.shape, x.name, factor)
    return net.value("Mul", x.shape, *((x.name, factor) if net.maybe(0.5) else (factor, x.name)))


def with_constant(net: Network, x: Value) -> Value:
    """Sum, difference or product with a constant that broadcasts to x, on either side."""
    dropped = int(net.random.integers(0, len(x.shape) + 1))
    shape = tuple(1 if net.maybe(0.35) else s for s in x.shape[dropped:])
    constant = net.constant(net.normal(*shape, scale=0.5))
    op = net.one_of("Add", "Add", "Mul", "Sub")
    return net.value(op, x.shape, *((x.name, constant) if net.maybe(0.6) else (constant, x.name)))


def power(net: Network, x: Value) -> Value:
    squared = net.value("Pow", x.shape, x.name, net.constant(np.array(net.one_of(2.0, 3.0), np.float32)))
    return net.value("Tanh", x.shape, squared.name)  # or it grows too fast


def with_value(net: Network, x: Value) -> Value | None:
    """Sum, difference or product with another value: of the same shape, or a row."""
    rows = [v for v in net.values if v.shape and math.prod(v.shape) == v.shape[-1] == x.shape[-1]] if x.shape else []
    alike = [v for v in net.values if v.shape == x.shape]
    if rows and net.maybe(0.2):
        row = net.one_of(*rows)
        shape = tuple(np.broadcast_shapes(x.shape, row.shape))
        return net.value("Add", shape, *((x.name, row.name) if net.maybe(0.5) else (row.name, x.name)))
    if not alike:
        return None
    other = net.one_of(*alike)
    return net.value(net.one_of("Add", "Add", "Sub", "Mul"), x.shape, x.name, other.name)


def softmax(net: Network, x: Value) -> Value | None:
    if not x.shape:
        return None
    axis = int(net.random.integers(-len(x.shape), len(x.shape)))
    return net.value("Softmax", x.shape, x.name, **({} if net.maybe(0.3) else {"axis": axis}))


def layernorm(net: Network, x: Value) -> Value | None:
    """The operator (opset 17) over trailing axes, or its elementary form over the last."""
    if len(x.shape) < 2 or x.shape[-1] < 2:
        return None
    epsilon = net.one_of(1e-5, 1e-3, 1e-12)
    if net.opset >= 17 and net.maybe(0.6):
        axis = int(net.random.integers(1, len(x.shape)))
        gamma, beta = (net.constant(net.normal(*x.shape[axis:])) for _ in range(2))
        axis = net.one_of(axis, axis - len(x.shape))
        return net.value("LayerNormalization", x.shape, x.name, gamma, beta, axis=axis, epsilon=epsilon)
    gamma, beta = (net.constant(net.normal(x.shape[-1])) for _ in range(2))
    axis = net.one_of(-1, len(x.shape) - 1)
    centred = net.node("Sub", x.name, _mean(net, x.name, axis))
    square = net.node("Mul", centred, centred)
    if net.maybe(0.5):
        square = net.node("Pow", centred, net.constant(np.float32(2)))
    variance = net.node("Add", _mean(net, square, axis), net.constant(np.float32(epsilon)))
    normed = net.node("Div", centred, net.node("Sqrt", variance))
    scaled = net.node("Mul", *((normed, gamma) if net.maybe(0.5) else (gamma, normed)))
    return net.value("Add", x.shape, *((scaled, beta) if net.maybe(0.5) else (beta, scaled)))


def _mean(net: Network, x: str, axis: int) -> str:
    if net.opset < 18:
        return net.node("ReduceMean", x, axes=[axis])
    return net.node("ReduceMean", x, net.ints(axis))


def transpose(net: Network, x: Value) -> Value | None:
    if len(x.shape) < 2:
        return None
    if net.maybe(0.15):
        return net.value("Transpose", x.shape[::-1], x.name)
    perm = [int(p) for p in net.random.permutation(len(x.shape))]
    return net.value("Transpose", tuple(x.shape[p] for p in perm), x.name, perm=perm)


def reshape(net: Network, x: Value) -> Value:
    """To random factors; with -1 for one of them, 0 for what stays, or Flatten."""
    if x.shape and net.maybe(0.15):
        axis = int(net.random.integers(0, len(x.shape) + 1))
        shape: Shape = (math.prod(x.shape[:axis]), math.prod(x.shape[axis:]))
        return net.value("Flatten", shape, x.name, **({} if axis == 1 and net.maybe(0.5) else {"axis": axis}))
    target = factors(net, math.prod(x.shape))
    if len(x.shape) > 1 and net.maybe(0.3):  # the first dimension stays
        target = (x.shape[0], *factors(net, math.prod(x.shape[1:])))
    written = list(target)
    if len(x.shape) > 1 and target[0] == x.shape[0] and net.maybe(0.4):
        written[0] = 0
    if net.maybe(0.4):
        written[int(net.random.integers(len(written)))] = -1
    return net.value("Reshape", target, x.name, net.ints(*written))


def factors(net: Network, count: int) -> Shape:
    """Up to four dimensions with this product, in any order, ones among them."""
    dims: list[int] = []
    for _ in range(int(net.random.integers(0, 3))):
        divisors = [d for d in range(1, count + 1) if count % d == 0]
        dims.append(net.one_of(*divisors))
        count //= dims[-1]
    dims.append(count)
    dims += [1] * net.one_of(0, 0, 1)
    return tuple(dims[int(i)] for i in net.random.permutation(len(dims)))


def squeeze(net: Network, x: Value) -> Value | None:
    ones = [i for i, s in enumerate(x.shape) if s == 1]
    if not ones:
        return unsqueeze(net, x)
    if len(ones) == len(x.shape):
        return None
    if net.maybe(0.2):
        return net.value("Squeeze", tuple(s for s in x.shape if s != 1), x.name)
    axis = net.one_of(*ones)
    shape = tuple(s for i, s in enumerate(x.shape) if i != axis)
    return _with_axes(net, "Squeeze", shape, x, net.one_of(axis, axis - len(x.shape)))


def unsqueeze(net: Network, x: Value) -> Value | None:
    if len(x.shape) > 4:
        return None
    axis = int(net.random.integers(0, len(x.shape) + 1))
    shape = (*x.shape[:axis], 1, *x.shape[axis:])
    return _with_axes(net, "Unsqueeze", shape, x, net.one_of(axis, axis - len(shape)))


def _with_axes(net: Network, op: str, shape: Shape, x: Value, axis: int) -> Value:
    if net.opset < 13:
        return net.value(op, shape, x.name, axes=[axis])
    return net.value(op, shape, x.name, net.ints(axis))


def matmul(net: Network, x: Value) -> Value | None:
    """By a constant matrix (or vector) on the right, or one on the left of a single matrix."""
    if not x.shape:
        return None
    if len(x.shape) >= 2 and math.prod(x.shape[:-2]) == 1 and net.maybe(0.2):
        rows = net.size(9)
        left = net.constant(net.matrix(x.shape[-2], rows).T)
        return net.value("MatMul", (*x.shape[:-2], rows, x.shape[-1]), left, x.name)
    columns = net.size(13)
    weight = net.matrix(x.shape[-1], columns)
    if net.maybe(0.1):
        weight = weight.reshape((1,) * max(0, len(x.shape) - 2) + weight.shape)
    product = net.value("MatMul", (*x.shape[:-1], columns), x.name, net.constant(weight))
    if net.maybe(0.5):
        row = net.constant(net.normal(columns, scale=0.5))
        return net.value("Add", product.shape, *((product.name, row) if net.maybe(0.5) else (row, product.name)))
    return product


def self_product(net: Network, x: Value) -> Value | None:
    """x times its transpose in the last two dimensions, as attention's scores are."""
    if len(x.shape) < 2 or x.shape[-2] > (100 if net.large else 16):
        return None
    perm = [*range(len(x.shape) - 2), len(x.shape) - 1, len(x.shape) - 2]
    turned = net.node("Transpose", x.name, perm=perm)
    product = net.node("MatMul", x.name, turned)
    factor = net.constant(np.float32(1 / x.shape[-1]))
    return net.value("Mul", (*x.shape[:-1], x.shape[-2]), product, factor)


def gemm(net: Network, x: Value) -> Value | None:
    """Of a matrix, with all attributes and every shape that C may have."""
    if len(x.shape) != 2:
        return None
    trans_a, trans_b = net.maybe(0.3), net.maybe(0.5)
    rows, inner = x.shape[::-1] if trans_a else x.shape
    columns = net.size(13)
    weight = net.matrix(inner, columns)
    inputs = [x.name, net.constant(weight.T if trans_b else weight)]
    if net.maybe(0.7):
        shape = net.one_of((columns,), (columns,), (1, columns), (rows, columns), (rows, 1), (1,), (1, 1), ())
        inputs.append(net.constant(net.normal(*shape, scale=0.5)))
    attrs: dict[str, float] = {}
    attrs |= {"transA": 1} if trans_a else {}
    attrs |= {"transB": 1} if trans_b else {}
    attrs |= {"alpha": net.one_of(0.5, 1.0, 2.0)} if net.maybe(0.3) else {}
    attrs |= {"beta": net.one_of(0.0, 0.5, 1.0)} if net.maybe(0.3) else {}
    return net.value("Gemm", (rows, columns), *inputs, **attrs)


def conv(net: Network, x: Value) -> Value | None:
    if len(x.shape) != 4 or x.shape[0] != 1:
        return None
    _, channels, *size = x.shape
    filters = net.size(6)
    kernel, strides, pads = window(net)
    out = out_size(size, kernel, strides, pads)
    if min(out) < 1 or filters * math.prod(out) > net.most:
        return None
    weight = net.normal(filters, channels, *kernel, scale=1 / math.sqrt(channels * math.prod(kernel)))
    bias = [net.constant(net.normal(filters, scale=0.5))] if net.maybe(0.6) else []
    attrs: dict[str, object] = {"kernel_shape": kernel} if net.maybe(0.7) else {}
    attrs |= {} if strides == [1, 1] and net.maybe(0.5) else {"strides": strides}
    attrs |= {} if not any(pads) and net.maybe(0.5) else {"pads": pads}
    return net.value("Conv", (1, filters, *out), x.name, net.constant(weight), *bias, **attrs)


def maxpool(net: Network, x: Value) -> Value | None:
    if len(x.shape) != 4 or x.shape[0] != 1:
        return None
    kernel, strides, pads = window(net)
    out = out_size(x.shape[2:], kernel, strides, pads)
    if min(out) < 1 or any(p >= k for p, k in zip(pads, kernel * 2, strict=True)):
        return None
    attrs: dict[str, object] = {} if not any(pads) and net.maybe(0.5) else {"pads": pads}
    return net.value("MaxPool", (*x.shape[:2], *out), x.name, kernel_shape=kernel, strides=strides, **attrs)


STEPS: tuple[tuple[Step, int], ...] = (
    (activation, 3), (gelu, 2), (passed_on, 1), (scale, 2), (with_constant, 3), (power, 1), (with_value, 5),
    (softmax, 2), (layernorm, 2), (transpose, 4), (reshape, 4), (squeeze, 2), (unsqueeze, 1), (matmul, 4),
    (self_product, 1), (gemm, 3), (conv, 2), (maxpool, 2), *MORE,
)  # fmt: skip
