# SPDX-License-Identifier: Apache-2.0
"""Pooling of images and signals."""

import numpy as np

from traindeploy.frontend.lowering import Lowering, Rule
from traindeploy.frontend.rules.window import image_of, of_two, padded, set_image, shifted, window
from traindeploy.frontend.source import OnnxNode

Pair = tuple[int, int]


def _window(low: Lowering, node: OnnxNode, x: str) -> tuple[Pair, dict[str, tuple[int, ...]], Pair]:
    """Kernel, strides and pads, output size."""
    _, height, width, _ = low.emit.shape(x)
    kernel = of_two(node, "kernel_shape")
    if len(kernel) != 2 or len(node.outputs) != 1:
        raise low.fail(node, "expected a 2-D pooling with one output")
    if any(d != 1 for d in node.attrs.get("dilations", [])):
        raise low.fail(node, "dilations of a pooling must be 1")
    attrs, out = window(low, node, (height, width), (kernel[0], kernel[1]))
    if any(pad >= kernel[i % 2] for i, pad in enumerate(attrs["pads"])):
        raise low.fail(node, f"pads {list(attrs['pads'])}: expected less than the kernel {list(kernel)}")
    return (kernel[0], kernel[1]), attrs, out


def maxpool(low: Lowering, node: OnnxNode) -> None:
    x = image_of(low, node)
    kernel, attrs, (out_h, out_w) = _window(low, node, x)
    node.attrs.get("storage_order")  # of the second output only, which is refused
    channels = low.emit.shape(x)[3]
    attrs = {"kernel": kernel, **attrs}
    if len(low.value(node.inputs[0]).shape) == 4:
        shape = (1, out_h, out_w, channels)
        low.define(node, "MaxPool", [x], shape, (1, channels, out_h, out_w), nhwc=True, **attrs)
    else:
        set_image(low, node, low.emit.op("MaxPool", node.name, [x], [(1, out_h, out_w, channels)], dict(attrs))[0])


def average(low: Lowering, node: OnnxNode) -> None:
    """The sum over each window times one over its size, which at the border may be what lies in the image only.

    Windows that do not overlap are the rows of a sum over rows; of others every tap is a shifted image.
    """
    x = image_of(low, node)
    kernel, attrs, out = _window(low, node, x)
    counts = _counts(low, node, low.emit.shape(x)[1:3], kernel, attrs, out)
    apart = kernel == attrs["strides"] and not any(attrs["pads"])
    total = _apart(low, node, x, kernel, out) if apart else _overlapping(low, node, x, kernel, attrs, out)
    emit, dims = low.emit, (out[0] * out[1], low.emit.shape(x)[3])
    if (counts == counts.flat[0]).all():
        alpha = float(np.float32(1 / counts.flat[0]))
        mean = emit.one("Scale", f"{node.name}.mean", [total], dims, alpha=alpha)
    else:
        shares = np.repeat((1 / counts).astype(np.float32).reshape(-1, 1), dims[1], axis=1)
        factor = low.expanded(node.outputs[0], "shares", shares)
        mean = emit.one("Mul", f"{node.name}.mean", [total, factor], dims)
    set_image(low, node, emit.reshape(mean, (1, *out, dims[1])))


def _counts(
    low: Lowering, node: OnnxNode, size: tuple[int, ...], kernel: Pair, attrs: dict[str, tuple[int, ...]], out: Pair
) -> np.ndarray:
    """What each window's sum is divided by, [OH,OW]: positions in the image, or in it and the file's own padding."""
    include = node.attrs.get("count_include_pad", 0)
    given = node.attrs.get("pads", [0, 0, 0, 0])
    own = (0, given[0], 0, given[1]) if len(given) == 2 else tuple(given)
    own = attrs["pads"] if node.attrs.get("auto_pad", b"NOTSET") not in (b"NOTSET", b"VALID") else own
    sides = []
    for i in (0, 1):
        low_end, high_end = (-own[i], size[i] + own[i + 2]) if include else (0, size[i])
        begins = np.arange(out[i]) * attrs["strides"][i] - attrs["pads"][i]
        sides.append(np.minimum(begins + kernel[i], high_end) - np.maximum(begins, low_end))
    return np.outer(*sides)


def _apart(low: Lowering, node: OnnxNode, x: str, kernel: Pair, out: Pair) -> str:
    """[OH*OW,C], the sums of windows side by side; what no window covers is cut off."""
    emit = low.emit
    _, height, width, channels = emit.shape(x)
    rows, columns = out[0] * kernel[0], out[1] * kernel[1]
    x = emit.cut(f"{node.name}.rows", emit.reshape(x, (1, height, width * channels)), 0, rows)
    x = emit.cut(f"{node.name}.columns", emit.reshape(x, (rows, width, channels)), 0, columns)
    taps = emit.transpose(emit.reshape(x, (out[0], kernel[0], out[1], kernel[1], channels)), (1, 3, 0, 2, 4))
    size, count = kernel[0] * kernel[1], out[0] * out[1] * channels
    matrix = emit.reshape(taps, (size, count))
    total = emit.one("ReduceSum", f"{node.name}.sum", [matrix], (count,)) if size > 1 else matrix
    return emit.reshape(total, (out[0] * out[1], channels))


def _overlapping(
    low: Lowering, node: OnnxNode, x: str, kernel: Pair, attrs: dict[str, tuple[int, ...]], out: Pair
) -> str:
    """[OH*OW,C], tap by tap, rows first."""
    x = padded(low, node.name, x, attrs["pads"])
    total = ""
    for tap in range(kernel[0] * kernel[1]):
        pixels = shifted(low, node.name, x, divmod(tap, kernel[1]), attrs["strides"], out)
        dims = low.emit.shape(pixels)
        total = low.emit.one("Add", f"{node.name}.sum", [total, pixels], dims) if total else pixels
    return total


RULES: dict[str, Rule] = {"AveragePool": average, "MaxPool": maxpool}
