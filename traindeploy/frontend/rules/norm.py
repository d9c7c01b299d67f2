# SPDX-License-Identifier: Apache-2.0
"""Normalisations."""

import math

import numpy as np

from traindeploy.frontend.lowering import Lowering, Rule, Value
from traindeploy.frontend.source import OnnxNode
from traindeploy.ir.emit import Shape
from traindeploy.ops import OPERATORS


def layernorm(low: Lowering, node: OnnxNode) -> None:
    """Over all axes from the given one on."""
    shape = low.value(node.inputs[0]).shape
    axis = low.axis(node, node.attrs.get("axis", -1), len(shape))
    rows, columns = math.prod(shape[:axis]), math.prod(shape[axis:])
    if len([o for o in node.outputs if o]) != 1:
        raise low.fail(node, "expected one output: mean and deviation are not available")
    output = node.outputs[0]
    gamma = _row(low, node, node.inputs[1], shape[axis:], 1.0)
    beta = _row(low, node, node.optional(2), shape[axis:], 0.0)
    inputs = [low.plain(node.inputs[0], (rows, columns)), gamma, beta]
    low.emit.op(
        "LayerNorm",
        node.name,
        inputs,
        [(rows, columns), (rows,), (rows,)],
        low.numbers(node, OPERATORS["LayerNorm"]),
        [output, low.emit.fresh(f"{output}.mean"), low.emit.fresh(f"{output}.rstd")],
    )
    low.values[output] = Value(output, shape)


def _row(low: Lowering, node: OnnxNode, name: str, shape: Shape, default: float) -> str:
    """Scale or shift ``name`` (``""``: ``default``), of the normalised ``shape`` or one that broadcasts to it."""
    columns = math.prod(shape)
    if not name:
        row = np.full(columns, default, np.float32)
        return low.expanded(node.outputs[0], "ones" if default else "zeros", row)
    given = low.shape(name)
    if math.prod(given) == columns and given[len(given) - len(shape) :] == shape:
        return low.plain(name, (columns,))
    data = low.constant(name)
    try:
        if data is None or np.broadcast_shapes(given, shape) != shape:
            raise ValueError
    except ValueError:
        raise low.fail(
            node,
            f"scale or shift '{name}' of shape {list(given)}: expected {list(shape)}, or a constant that broadcasts",
        ) from None
    return low.expanded(name, f"row of {columns}", np.broadcast_to(data, shape).reshape(columns))


def _channels(low: Lowering, node: OnnxNode, value: Value) -> tuple[str, Shape, bool]:
    """The elements of [1,C,...] as [R,C], the shape in which they are stored, and whether that is an image's."""
    shape = value.shape
    if len(shape) < 2 or shape[0] != 1:
        raise low.fail(node, f"expected [1,C,...], found {list(shape)}")
    channels, pixels = shape[1], math.prod(shape[2:])
    if len(shape) == 4:
        image = low.image(node.inputs[0], node)
        return low.emit.reshape(image, (pixels, channels)), low.emit.shape(image), True
    rows = low.emit.transpose(low.dense(value, (channels, pixels)))
    return rows, (pixels, channels), False


def _from_channels(low: Lowering, rows: str, value: Value, stored: Shape, image: bool) -> Value:
    """The value [1,C,...] of ``rows`` [R,C]."""
    if image:
        return Value(low.emit.reshape(rows, stored), value.shape, nhwc=True)
    return Value(low.emit.transpose(rows), value.shape)


def _scaled(low: Lowering, node: OnnxNode, rows: str, scale: str, shift: str) -> str:
    """Of [R,C] each row times ``scale`` [C] plus ``shift`` [C]."""
    dims = low.emit.shape(rows)
    scaled = low.emit.one("MulRow", f"{node.name}.scaled", [rows, scale], dims)
    return low.emit.one("AddRow", f"{node.name}.shifted", [scaled, shift], dims)


def batchnorm(low: Lowering, node: OnnxNode) -> None:
    """In inference, x s + (beta - mean s) with s = gamma / sqrt(variance + epsilon); gamma and beta can be trained."""
    if node.attrs.get("training_mode", 0) or len([o for o in node.outputs if o]) != 1:
        raise low.fail(node, "is in training mode; export the model in evaluation mode (model.eval())")
    node.attrs.get("momentum")  # of training only
    value = low.value(node.inputs[0])
    mean, variance = (low.constant(name) for name in node.inputs[3:5])
    if mean is None or variance is None:
        raise low.fail(node, "expected constant statistics")
    channels = (value.shape[1],) if len(value.shape) > 1 else ()
    if any(low.shape(name) != channels for name in node.inputs[1:5]):
        raise low.fail(node, f"scale, shift and statistics: expected the shape {list(channels)}")
    for name, data in zip(node.inputs[3:5], (mean, variance), strict=True):
        low.check_finite(name, data)
    deviation = variance.astype(np.float64) + np.float32(node.attrs.get("epsilon", 1e-5))
    if not (deviation > 0).all():
        raise low.fail(node, f"variance of {variance.min()}: expected none below 0")
    statistics = {"inverse deviation": (deviation**-0.5).astype(np.float32), "minus mean": -mean}
    # The node's own, never trained: PyTorch stores the variances 1 of an untrained norm and its scales as one constant.
    inverse, minus_mean = (low.expanded(node.outputs[0], word, data) for word, data in statistics.items())
    gamma, beta = (low.plain(name, channels) for name in node.inputs[1:3])
    emit = low.emit
    scale = emit.one("Mul", f"{node.name}.scale", [gamma, inverse], channels)
    middle = emit.one("Mul", f"{node.name}.middle", [scale, minus_mean], channels)
    shift = emit.one("Add", f"{node.name}.shift", [beta, middle], channels)
    rows, stored, image = _channels(low, node, value)
    low.values[node.outputs[0]] = _from_channels(low, _scaled(low, node, rows, scale, shift), value, stored, image)


def groupnorm(low: Lowering, node: OnnxNode) -> None:
    """Layer norms of groups of channels (InstanceNormalization: of single ones), then scale and shift a channel."""
    value = low.value(node.inputs[0])
    if len(value.shape) < 3 or value.shape[0] != 1:
        raise low.fail(node, f"expected [1,C,...], found {list(value.shape)}")
    channels = value.shape[1]
    groups = channels if node.op == "InstanceNormalization" else node.attrs["num_groups"]
    if channels % groups or any(low.shape(name) != (channels,) for name in node.inputs[1:3]):
        raise low.fail(node, f"{channels} channels in {groups} groups: expected a scale and a shift a channel")
    columns = math.prod(value.shape[1:]) // groups
    ones, zeros = (low.expanded(node.outputs[0], n, np.full(columns, v, "f4")) for n, v in (("ones", 1), ("zeros", 0)))
    dense = low.dense(value, (groups, columns))
    names = [low.emit.fresh(f"{node.name}.{part}") for part in ("normed", "mean", "rstd")]
    shapes: list[Shape] = [(groups, columns), (groups,), (groups,)]
    numbers = low.numbers(node, OPERATORS["LayerNorm"])
    low.emit.op("LayerNorm", node.name, [dense, ones, zeros], shapes, numbers, names)
    pixels = columns * groups // channels
    rows = low.emit.transpose(low.emit.reshape(names[0], (channels, pixels)))
    scale, shift = (low.plain(name, (channels,)) for name in node.inputs[1:3])
    image = len(value.shape) == 4
    stored = (1, *value.shape[2:], channels) if image else (pixels, channels)
    low.values[node.outputs[0]] = _from_channels(low, _scaled(low, node, rows, scale, shift), value, stored, image)


def rmsnorm(low: Lowering, node: OnnxNode) -> None:
    """x / sqrt(mean(x^2) + epsilon) times the scale, over all axes from the given one on."""
    shape = low.value(node.inputs[0]).shape
    axis = low.axis(node, node.attrs.get("axis", -1), len(shape))
    rows, columns = math.prod(shape[:axis]), math.prod(shape[axis:])
    emit, name, dims = low.emit, node.name, (rows, columns)
    x = low.plain(node.inputs[0], dims)
    squares = emit.one("Mul", f"{name}.squares", [x, x], dims)
    total = emit.gemm(f"{name}.sum", squares, emit.filled(f"{name}.ones", (columns, 1), 1.0))
    mean = emit.one("Scale", f"{name}.mean", [total], (rows, 1), alpha=float(np.float32(1 / columns)))
    epsilon = emit.filled(f"{name}.epsilon", (1,), float(np.float32(node.attrs.get("epsilon", 1e-5))))
    moved = emit.one("AddRow", f"{name}.moved", [mean, epsilon], (rows, 1))
    inverse = emit.one("Rsqrt", f"{name}.inverse", [moved], (rows, 1))
    repeated = emit.gemm(f"{name}.repeated", inverse, emit.filled(f"{name}.row", (1, columns), 1.0))
    normed = emit.one("Mul", f"{name}.normed", [x, repeated], dims)
    scale = _row(low, node, node.inputs[1], shape[axis:], 1.0)
    low.values[node.outputs[0]] = Value(emit.one("MulRow", f"{name}.scaled", [normed, scale], dims), shape)


RULES: dict[str, Rule] = {
    "BatchNormalization": batchnorm,
    "GroupNormalization": groupnorm,
    "InstanceNormalization": groupnorm,
    "LayerNormalization": layernorm,
    "RMSNormalization": rmsnorm,
}
