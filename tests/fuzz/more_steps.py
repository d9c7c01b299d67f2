# SPDX-License-Identifier: Apache-2.0
"""More of what a random network may do next: parts and joins, reductions, norms, activations, grouped convolutions."""

import math

import numpy as np

from tests.fuzz.network import Network, Shape, Value
from tests.fuzz.windows import out_size, window

ACTIVATIONS: tuple[tuple[str, int, dict[str, tuple[float, ...]]], ...] = (  # operator, first opset, attributes
    ("LeakyRelu", 1, {"alpha": (0.1, 0.3)}),
    ("HardSigmoid", 1, {"alpha": (0.2, 0.3), "beta": (0.5, 0.4)}),
    ("HardSwish", 14, {}),
    ("Elu", 1, {"alpha": (1.0, 0.5)}),
    ("Selu", 1, {}),
    ("Celu", 12, {"alpha": (1.0, 0.5)}),
    ("Softplus", 1, {}),
    ("Softsign", 1, {}),
    ("Mish", 18, {}),
    ("Abs", 1, {}),
)


def other_activation(net: Network, x: Value) -> Value:
    known = [(op, attrs) for op, opset, attrs in ACTIVATIONS if opset <= net.opset]
    op, attributes = net.one_of(*known)
    return net.value(op, x.shape, x.name, **{k: net.one_of(*v) for k, v in attributes.items() if net.maybe(0.7)})


def clip(net: Network, x: Value) -> Value:
    """Below, above, or both; or by Max and Min with a number."""
    low, high = (net.constant(np.array(v, np.float32)) for v in (-0.4, 0.9))
    if net.maybe(0.3):
        op, limit = net.one_of(("Max", low), ("Min", high))
        return net.value(op, x.shape, *((x.name, limit) if net.maybe(0.5) else (limit, x.name)))
    return net.value("Clip", x.shape, x.name, *net.one_of((low,), (low, high), ("", high)))


def cut(net: Network, x: Value) -> Value | None:
    """Slice along one or two axes, forwards or backwards."""
    if not x.shape:
        return None
    axes = [int(a) for a in net.random.permutation(len(x.shape))[: net.one_of(1, 1, 2)]]
    starts: list[int] = []
    ends: list[int] = []
    steps: list[int] = []
    shape = list(x.shape)
    for axis in axes:
        count = x.shape[axis]
        start = int(net.random.integers(count))
        end, step = int(net.random.integers(start, count)) + 1, net.one_of(1, 1, 2, 3)
        shape[axis] = len(range(start, end, step))
        if net.maybe(0.2):
            start, end, step = end - 1, start - 1 if start else -(2**31), -step
        elif end == count and net.maybe(0.5):
            end = net.one_of(2**31 - 1, 2**62)
        starts, ends, steps = [*starts, start], [*ends, end], [*steps, step]
    given = (net.ints(*(net.one_of(a, a - len(x.shape)) for a in axes)), net.ints(*steps))
    return net.value("Slice", tuple(shape), x.name, net.ints(*starts), net.ints(*ends), *given)


def parts(net: Network, x: Value) -> Value | None:
    """Split into two, and one of them, their product, or both the other way round."""
    axes = [i for i, s in enumerate(x.shape) if s > 1]
    if not axes:
        return None
    axis = net.one_of(*axes)
    first = int(net.random.integers(1, x.shape[axis]))
    sizes = [first, x.shape[axis] - first]
    names = [net.name("part") for _ in sizes]
    inputs, attrs = ([x.name], {"split": sizes}) if net.opset < 13 else ([x.name, net.ints(*sizes)], {})
    net.append("Split", inputs, names, axis=axis, **attrs)
    if net.maybe(0.4):
        return net.value("Concat", x.shape, *names[::-1], axis=net.one_of(axis, axis - len(x.shape)))
    shapes = [(*x.shape[:axis], size, *x.shape[axis + 1 :]) for size in sizes]
    if sizes[0] == sizes[1] and net.maybe(0.5):
        return net.value("Mul", shapes[0], *names)
    chosen = net.one_of(0, 1)
    return net.value("Identity", shapes[chosen], names[chosen])


def gather(net: Network, x: Value) -> Value | None:
    """One index, or some in any order, some of them twice."""
    if not x.shape:
        return None
    axis = int(net.random.integers(len(x.shape)))
    count = x.shape[axis]
    how: Shape = net.one_of((), (1,), (int(net.random.integers(1, 5)),), (2, 2))
    indices = np.asarray(net.random.integers(-count, count, how), np.int64)
    shape = (*x.shape[:axis], *how, *x.shape[axis + 1 :])
    return net.value("Gather", shape, x.name, net.constant(indices, "indices"), axis=axis)


def concat(net: Network, x: Value) -> Value | None:
    """With itself, with another value, or with a constant."""
    if not x.shape:
        return None
    axis = int(net.random.integers(len(x.shape)))
    rest = (*x.shape[:axis], *x.shape[axis + 1 :])
    others = [v for v in net.values if len(v.shape) == len(x.shape) and (*v.shape[:axis], *v.shape[axis + 1 :]) == rest]
    found = [x, net.one_of(*others)] if others else [x, x]
    if net.maybe(0.4):
        size = int(net.random.integers(1, 4))
        shape = (*x.shape[:axis], size, *x.shape[axis + 1 :])
        found.insert(net.one_of(0, 1, 2), Value(net.constant(net.normal(*shape)), shape))
    total = sum(v.shape[axis] for v in found)
    return net.value("Concat", (*x.shape[:axis], total, *x.shape[axis + 1 :]), *(v.name for v in found), axis=axis)


def pad(net: Network, x: Value) -> Value | None:
    if not x.shape:
        return None
    mode = net.one_of("constant", "constant", "reflect", "edge")
    most = [min(s - 1, 2) if mode == "reflect" else 2 for s in x.shape]
    pads = [[int(net.random.integers(m + 1)) if net.maybe(0.5) else 0 for m in most] for _ in range(2)]
    shape = tuple(s + a + b for s, a, b in zip(x.shape, *pads, strict=True))
    value = [net.constant(np.array(0.7, np.float32))] if mode == "constant" and net.maybe(0.5) else []
    return net.value("Pad", shape, x.name, net.ints(*pads[0], *pads[1]), *value, mode=mode)


def expand(net: Network, x: Value) -> Value | None:
    ones = [i for i, s in enumerate(x.shape) if s == 1]
    if not ones or x.shape[0] == 1 == len(ones):
        return None
    axis = net.one_of(*ones)
    shape = (*x.shape[:axis], net.one_of(2, 3), *x.shape[axis + 1 :])
    written = [1 if net.maybe(0.3) and i != axis else s for i, s in enumerate(shape)]
    return net.value("Expand", shape, x.name, net.ints(*written))


def where(net: Network, x: Value) -> Value:
    """By a constant mask, between x and a number or its negative."""
    mask = net.constant(np.asarray(net.random.random(x.shape[len(x.shape) // 2 :]) < 0.6))
    other = net.constant(np.array(0.3, np.float32)) if net.maybe(0.5) else net.node("Neg", x.name)
    return net.value("Where", x.shape, mask, *((x.name, other) if net.maybe(0.5) else (other, x.name)))


def reduction(net: Network, x: Value) -> Value | None:
    """Over one or two dimensions, or all but the first."""
    if len(x.shape) < 2:
        return None
    op = net.one_of("ReduceMean", "ReduceMean", "ReduceSum", "ReduceMax")
    axes = sorted(int(a) for a in net.random.permutation(len(x.shape))[: net.one_of(1, 1, 2)])
    keeps = net.one_of(0, 1)
    shape = tuple(1 if i in axes else s for i, s in enumerate(x.shape) if keeps or i not in axes)
    factor = net.constant(np.float32(1 / math.sqrt(math.prod(x.shape[a] for a in axes))))
    if net.opset < (13 if op == "ReduceSum" else 18):
        name = net.node(op, x.name, axes=axes, keepdims=keeps)
    else:
        name = net.node(op, x.name, net.ints(*axes), keepdims=keeps)
    return net.value("Mul", shape, name, factor)


def global_pool(net: Network, x: Value) -> Value | None:
    if len(x.shape) < 3 or x.shape[0] != 1:
        return None
    shape = (*x.shape[:2], *(1,) * (len(x.shape) - 2))
    return net.value(net.one_of("GlobalAveragePool", "GlobalMaxPool"), shape, x.name)


def average(net: Network, x: Value) -> Value | None:
    if len(x.shape) != 4 or x.shape[0] != 1:
        return None
    kernel, strides, pads = window(net)
    strides = kernel if net.maybe(0.4) else strides
    out = out_size(x.shape[2:], kernel, strides, pads)
    if min(out) < 1 or any(p >= k for p, k in zip(pads, kernel * 2, strict=True)):
        return None
    attrs: dict[str, object] = {"pads": pads} if any(pads) else {}
    attrs |= {"count_include_pad": 1} if net.maybe(0.3) else {}
    return net.value("AveragePool", (*x.shape[:2], *out), x.name, kernel_shape=kernel, strides=strides, **attrs)


def groups(net: Network, x: Value) -> Value | None:
    """A convolution of several groups, depthwise perhaps, dilated perhaps."""
    if len(x.shape) != 4 or x.shape[0] != 1:
        return None
    channels = x.shape[1]
    count = net.one_of(*(d for d in range(1, channels + 1) if channels % d == 0))
    each = net.one_of(1, 1, 2)
    kernel, strides, pads = window(net)
    dilations = [net.one_of(1, 1, 2), net.one_of(1, 2)]
    spread = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    out = out_size(x.shape[2:], spread, strides, pads)
    if min(out) < 1:
        return None
    weight = net.normal(count * each, channels // count, *kernel, scale=1 / math.sqrt(math.prod(kernel)))
    bias = [net.constant(net.normal(count * each, scale=0.5))] if net.maybe(0.6) else []
    return net.value(
        "Conv", (1, count * each, *out), x.name, net.constant(weight), *bias,
        group=count, strides=strides, pads=pads, dilations=dilations,
    )  # fmt: skip


def signal(net: Network, x: Value) -> Value | None:
    """A convolution, or a pooling, of one dimension."""
    if len(x.shape) != 3 or x.shape[0] != 1:
        return None
    _, channels, length = x.shape
    kernel, stride = int(net.random.integers(1, 4)), int(net.random.integers(1, 3))
    if length < kernel:
        return None
    size = (length - kernel) // stride + 1
    if net.maybe(0.5):
        op = net.one_of("MaxPool", "AveragePool")
        return net.value(op, (1, channels, size), x.name, kernel_shape=[kernel], strides=[stride])
    filters = net.size(6)
    weight = net.normal(filters, channels, kernel, scale=1 / math.sqrt(channels * kernel))
    return net.value("Conv", (1, filters, size), x.name, net.constant(weight), strides=[stride])


def norm(net: Network, x: Value) -> Value | None:
    """Of a batch, in inference, or of single channels."""
    if len(x.shape) < 2 or x.shape[0] != 1:
        return None
    channels = (x.shape[1],)
    gamma, beta = (net.constant(net.normal(*channels) + np.float32(1)) for _ in range(2))
    if len(x.shape) > 2 and math.prod(x.shape[2:]) > 2 and net.maybe(0.5):
        return net.value("InstanceNormalization", x.shape, x.name, gamma, beta, epsilon=1e-3)
    mean = net.constant(net.normal(*channels))
    variance = net.constant(np.abs(net.normal(*channels)) + np.float32(0.3))
    return net.value("BatchNormalization", x.shape, x.name, gamma, beta, mean, variance)


def quotient(net: Network, x: Value) -> Value:
    """By one plus a magnitude, or by its root."""
    bottom = net.node("Add", net.node("Abs", x.name), net.constant(np.array(1, np.float32)))
    root = net.node("Sqrt", bottom) if net.maybe(0.5) else bottom
    if net.maybe(0.5):
        return net.value("Div", x.shape, x.name, root)
    return net.value("Mul", x.shape, net.node("Reciprocal", root), x.name)


MORE = (
    (other_activation, 3), (clip, 2), (cut, 3), (parts, 3), (gather, 2), (concat, 3), (pad, 2), (expand, 1), (where, 2),
    (reduction, 3), (global_pool, 1), (average, 2), (groups, 3), (signal, 2), (norm, 3), (quotient, 1),
)  # fmt: skip
