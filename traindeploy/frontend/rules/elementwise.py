# SPDX-License-Identifier: Apache-2.0
"""Sums, differences, products, quotients and powers of two operands, with ONNX's broadcasting.

Of activations, equal shapes can be added and multiplied, and so can a row or a column that is repeated. A constant may
have any shape that broadcasts: it is held as a scalar, as a row, or repeated to the shape of the other operand.
"""

import math
from collections.abc import Callable

import numpy as np

from traindeploy.frontend.lowering import Lowering, Rule, Value, compact
from traindeploy.frontend.masks import finite_mask
from traindeploy.frontend.rules.chain import IMAGE_ORDER, Chain
from traindeploy.frontend.source import OnnxNode
from traindeploy.ir.emit import Shape

SMALLEST = float(np.finfo(np.float32).tiny)


def add(low: Lowering, node: OnnxNode) -> None:
    """Of x [1,64,128]: ``Add(x, c[128])`` -> AddRow(x as [64,128], c), ``Add(x, c[])`` as well, c repeated;
    ``Add(x, c[64,1])`` -> Add(x, c repeated to [64,128]).
    """
    _sum(low, node, [finite_mask(low, node, name) for name in node.inputs], (1.0, 1.0))


def sub(low: Lowering, node: OnnxNode) -> None:
    """a - b = a + (-1) b, which is exact."""
    _sum(low, node, list(node.inputs), (1.0, -1.0))


def mul(low: Lowering, node: OnnxNode) -> None:
    """``Mul(x, c[])`` -> Scale(x), alpha = c; ``Mul(x, c[128])`` -> Mul(x, c repeated to x's shape)."""
    _product(low, node, list(node.inputs), lambda c: c, "repeated")


def div(low: Lowering, node: OnnxNode) -> None:
    """x / c = x * (1/c), the reciprocal of the constant rounded to float32; a / b = a * Reciprocal(b)."""
    x, divisor = node.inputs
    if low.constant(divisor) is None:
        inverse = Chain(low, node, operand=1)
        bottom = Value(inverse.op("Reciprocal", "inverse", inverse.x), inverse.value.shape, inverse.value.nhwc)
        _times(low, node, low.value(x), bottom)
        return
    _product(low, node, [x, divisor], lambda c: _reciprocal(low, node, c), "inverse")


def power(low: Lowering, node: OnnxNode) -> None:
    """x^1, x^2 and x^3, as products; the root, and negative powers of these."""
    exponent = low.constant(node.inputs[1])
    value = float(exponent.reshape(-1)[0]) if exponent is not None and exponent.size == 1 else None
    if exponent is None or value is None or abs(value) not in (0.5, 1.0, 2.0, 3.0):
        said = "computed" if exponent is None else exponent.tolist()
        raise low.fail(node, f"exponent {said}: expected 1/2, 1, 2 or 3, or a negative one of these")
    x = low.value(node.inputs[0])
    tensor = x.tensor if x.nhwc else low.plain(node.inputs[0])
    dims = low.emit.shape(tensor)
    if abs(value) == 0.5:
        result = low.emit.one("Rsqrt", f"{node.name}.inverse", [tensor], dims)
        result = result if value < 0 else low.emit.one("Mul", f"{node.name}.root", [result, tensor], dims)
    else:
        base = low.emit.one("Reciprocal", f"{node.name}.inverse", [tensor], dims) if value < 0 else tensor
        result = base
        for i in range(int(abs(value)) - 1):
            result = low.emit.one("Mul", f"{node.name}.{i}", [result, base], dims)
    low.values[node.outputs[0]] = Value(result, low.broadcast(node, x.shape, exponent.shape), x.nhwc)


def negative(low: Lowering, node: OnnxNode) -> None:
    low.unary(node, "Scale", {"alpha": -1.0})


def _sum(low: Lowering, node: OnnxNode, names: list[str], signs: tuple[float, float]) -> None:
    """Emit signs[0] * names[0] + signs[1] * names[1]."""
    shape = low.broadcast(node, *(low.shape(n) for n in names))
    if low.constant(names[0]) is not None:  # what is computed comes first
        names, signs = names[::-1], signs[::-1]
    a = _signed(low, node, names[0], signs[0])
    constant = low.constant(names[1])
    if constant is None:
        _sum_of_values(low, node, a, _signed(low, node, names[1], signs[1]), shape)
    elif math.prod(a.shape) == math.prod(shape):
        _add_constant(
            low, node, Value(low.dense(a, compact(shape)), shape) if a.shape != shape else a, names[1], signs[1]
        )
    else:  # the constant is the larger one
        data = np.broadcast_to(constant * np.float32(signs[1]), shape).reshape(compact(shape))
        b = Value(_held(low, names[1], signs[1], f"repeated {list(shape)}", data), shape)
        _sum_of_values(low, node, a, b, shape)


def _signed(low: Lowering, node: OnnxNode, name: str, sign: float) -> Value:
    value = low.value(name)
    if sign > 0:
        return value
    tensor = value.tensor if value.nhwc else low.plain(name)
    negated = low.emit.one("Scale", f"{node.name}.negative", [tensor], low.emit.shape(tensor), alpha=sign)
    return Value(negated, value.shape, value.nhwc)


def _sum_of_values(low: Lowering, node: OnnxNode, a: Value, b: Value, shape: Shape) -> None:
    """Two values of one shape, a matrix and a row, or what is repeated to one shape."""
    a, row = (a, b) if math.prod(a.shape) == math.prod(shape) else (b, a)
    is_row = row.shape[-1:] == shape[-1:] and math.prod(row.shape) == math.prod(shape[-1:]) < math.prod(shape)
    if not is_row or math.prod(a.shape) != math.prod(shape):
        _same_shape(low, node, "Add", *_repeated(low, node, a, row, shape), shape)
        return
    flat = (math.prod(shape[:-1]), shape[-1])
    operands = [low.dense(a, flat), low.dense(row, shape[-1:])]
    low.define(node, "AddRow", operands, flat, shape)


def _same_shape(low: Lowering, node: OnnxNode, op: str, a: Value, b: Value, shape: Shape) -> None:
    """``op`` of two values of as many elements as ``shape`` has; two images stay NHWC."""
    images = a.nhwc and b.nhwc and len(shape) == 4
    tensors = [a.tensor, b.tensor] if images else [low.dense(v, compact(shape)) for v in (a, b)]
    low.define(node, op, tensors, low.emit.shape(tensors[0]), shape, images)


def _repeated(low: Lowering, node: OnnxNode, a: Value, b: Value, shape: Shape) -> tuple[Value, Value]:
    """Both with the elements of ``shape``, as images if one of them is an image."""
    image = len(shape) == 4 and (a.nhwc or b.nhwc)
    return repeated(low, node, a, shape, image, "first"), repeated(low, node, b, shape, image, "second")


def repeated(low: Lowering, node: OnnxNode, value: Value, shape: Shape, image: bool, part: str) -> Value:
    """``value`` with the elements of ``shape``: a row is repeated by a product with a column of ones, a column by one
    with a row of ones, which rounds nothing; anything else as a row, the dimensions that grow being moved to the front.
    """
    own, all_of_it = math.prod(value.shape), math.prod(shape)
    if own == all_of_it:
        return value
    order = IMAGE_ORDER if image else tuple(range(len(shape)))
    stored = tuple(shape[i] for i in order)
    given = (1,) * (len(shape) - len(value.shape)) + value.shape
    dense = low.dense(value, given)
    tensor = value.tensor if value.nhwc and image else low.emit.transpose(dense, order) if image else dense
    lies = _lies(tuple(given[i] for i in order), stored)
    times = all_of_it // own
    ones = low.expanded(f"ones.{times}", lies or "row", np.ones((1, times) if lies == "column" else (times, 1), "f4"))
    flat = low.emit.reshape(tensor, (own, 1) if lies == "column" else (1, own))
    operands, matrix = ([flat, ones], (own, times)) if lies == "column" else ([ones, flat], (times, own))
    result = low.emit.one("Gemm", f"{node.name}.{part}", operands, matrix)
    if not lies:
        grown = [i for i, p in enumerate(order) if given[p] != shape[p]]
        front = (*grown, *(i for i in range(len(order)) if i not in grown))
        spread = low.emit.reshape(result, tuple(stored[i] for i in front))
        result = low.emit.transpose(spread, tuple(front.index(i) for i in range(len(front))))
    return Value(low.emit.reshape(result, stored if image else compact(shape)), shape, image)


def _lies(given: Shape, wanted: Shape) -> str:
    """Whether ``given``, of as many dimensions, is one "row" or one "column" of ``wanted`` seen as a matrix, or "".

    >>> _lies((1, 1, 4), (2, 3, 4)), _lies((2, 3, 1), (2, 3, 4)), _lies((2, 1, 4), (2, 3, 4))
    ('row', 'column', '')
    """
    grown = [i for i, (g, w) in enumerate(zip(given, wanted, strict=True)) if g != w]
    kept = [i for i, g in enumerate(given) if g > 1]
    if not kept or grown[-1] < kept[0]:
        return "row"
    return "column" if kept[-1] < grown[0] else ""


def _add_constant(low: Lowering, node: OnnxNode, a: Value, name: str, sign: float) -> None:
    """``a``, which has the result's shape, plus ``sign`` times constant ``name``: as a row if it can be."""
    data = low.source.constants[name] * np.float32(sign)
    stored = data.reshape((1,) * (len(a.shape) - data.ndim) + data.shape)
    stored = stored.transpose(0, 2, 3, 1) if a.nhwc else stored
    dims = low.emit.shape(a.tensor) if a.nhwc else a.shape
    columns = dims[-1] if dims else 1
    if stored.size == math.prod(stored.shape[-1:]):  # a row, or a scalar
        flat = (math.prod(dims[:-1]), columns)
        row = _held(low, name, sign, f"row of {columns}", np.broadcast_to(stored.reshape(-1), (columns,)))
        tensor = low.emit.reshape(a.tensor, flat)
        result = low.emit.op("AddRow", node.name, [tensor, row], [flat], {}, [node.outputs[0]])[0]
        low.values[node.outputs[0]] = Value(low.emit.reshape(result, dims) if a.nhwc else result, a.shape, a.nhwc)
        return
    shape = dims if a.nhwc else compact(a.shape)
    full = np.broadcast_to(stored, dims).reshape(shape)
    operand = _held(low, name, sign, f"{'image' if a.nhwc else 'repeated'} {list(shape)}", full)
    low.define(node, "Add", [a.tensor if a.nhwc else low.dense(a), operand], shape, a.shape, a.nhwc)


def _held(low: Lowering, name: str, sign: float, form: str, wanted: np.ndarray) -> str:
    """The tensor of ``wanted``: the file's own weight if that holds each element once, unchanged."""
    own = low.source.constants[name]
    if sign < 0 or wanted.size != own.size:
        return low.expanded(name, f"{'negative ' if sign < 0 else ''}{form}", wanted)
    if np.array_equal(wanted.reshape(-1), own.reshape(-1)):
        return low.plain(name, wanted.shape)
    return low.parameter(name, form, wanted)


def _product(
    low: Lowering, node: OnnxNode, names: list[str], make: Callable[[np.ndarray], np.ndarray], form: str
) -> None:
    """Emit names[0] * make(names[1]) if one is constant (``make`` of whichever it is), else their product."""
    shape = low.broadcast(node, *(low.shape(n) for n in names))
    constant = next((n for n in names[::-1] if low.constant(n) is not None), None)
    if constant is None:
        _times(low, node, *(low.value(n) for n in names))
        return
    other = names[0] if constant == names[1] else names[1]
    value = low.value(other)
    data = low.source.constants[constant]
    low.check_finite(constant, data)
    factor = make(data)
    if math.prod(value.shape) != math.prod(shape):  # the constant is the larger one
        value = repeated(low, node, value, shape, value.nhwc and len(shape) == 4, "repeated")
    nhwc = value.nhwc and len(shape) == 4
    tensor = value.tensor if nhwc else low.dense(value, compact(shape))
    dims = low.emit.shape(tensor)
    if factor.size == 1:
        alpha = float(np.float32(factor.reshape(-1)[0]))
        low.numbers_of.add(constant)
        low.define(node, "Scale", [tensor], dims, shape, nhwc, alpha=alpha)
        return
    full = np.broadcast_to(factor, shape)
    full = full.transpose(0, 2, 3, 1) if nhwc else full.reshape(dims)
    low.define(node, "Mul", [tensor, low.expanded(constant, f"{form} {list(dims)}", full)], dims, shape, nhwc)


def _reciprocal(low: Lowering, node: OnnxNode, divisor: np.ndarray) -> np.ndarray:
    """1 / divisor in float32. UserError for 0, and where the reciprocal or the divisor is no normal number."""
    with np.errstate(divide="ignore", over="ignore"):
        inverse = (1.0 / divisor.astype(np.float64)).astype(np.float32)
    bad = ~(np.isfinite(inverse) & (np.abs(inverse) >= SMALLEST))
    if bad.any():
        raise low.fail(node, f"division by {divisor[bad].reshape(-1)[0]:g}: its reciprocal is no normal float32 number")
    return inverse


def _times(low: Lowering, node: OnnxNode, a: Value, b: Value) -> None:
    """The product of two values of shapes that broadcast."""
    shape = low.broadcast(node, a.shape, b.shape)
    _same_shape(low, node, "Mul", *_repeated(low, node, a, b, shape), shape)


RULES: dict[str, Rule] = {"Add": add, "Div": div, "Mul": mul, "Neg": negative, "Pow": power, "Sub": sub}
