# SPDX-License-Identifier: Apache-2.0
"""Convolutions of images and signals: of one group, of several, of one channel each (depthwise), dilated."""

from dataclasses import dataclass

from traindeploy.frontend.lowering import Lowering, Rule
from traindeploy.frontend.rules.window import image_of, of_two, padded, set_image, window
from traindeploy.frontend.source import OnnxNode

Pair = tuple[int, int]


@dataclass(frozen=True)
class _Conv:
    """``kernel``: the tensor [KH,KW,C/groups,F], without dilation."""

    name: str
    kernel: str
    strides: tuple[int, ...]
    pads: tuple[int, ...]
    dilations: Pair
    out: Pair


def conv(low: Lowering, node: OnnxNode) -> None:
    x = image_of(low, node)
    weight = low.constant(node.inputs[1])
    rank = len(low.value(node.inputs[0]).shape)
    if weight is None or weight.ndim != rank:
        raise low.fail(node, f"expected constant weights of {rank} dimensions")
    size = of_two(node, "kernel_shape") if "kernel_shape" in node.attrs else weight.shape[2:]
    full = weight if rank == 4 else weight[:, :, None]
    if tuple(size)[-(rank - 2) :] != weight.shape[2:]:
        raise low.fail(node, f"kernel_shape {node.attrs['kernel_shape']}, but the weights are {list(weight.shape)}")
    groups = node.attrs.get("group", 1)
    _, height, width, channels = low.emit.shape(x)
    filters, weight_channels, kernel_h, kernel_w = full.shape
    if weight_channels * groups != channels or filters % groups:
        raise low.fail(
            node,
            f"weights {list(weight.shape)} in {groups} groups expect {weight_channels * groups} channels, "
            f"the image has {channels}",
        )
    dilations = of_two(node, "dilations")
    spread = ((kernel_h - 1) * dilations[0] + 1, (kernel_w - 1) * dilations[1] + 1)
    attrs, out = window(low, node, (height, width), spread)
    kernel = low.parameter(node.inputs[1], "kernel", full.transpose(2, 3, 1, 0))
    job = _Conv(node.name, kernel, attrs["strides"], attrs["pads"], (dilations[0], dilations[1]), out)
    if groups == 1:
        _one_group(low, node, x, job)
    elif weight_channels == 1:
        set_image(low, node, _depthwise(low, x, job))
    else:
        set_image(low, node, _grouped(low, x, job, groups))
    _add_bias(low, node, filters, out)


def _one_group(low: Lowering, node: OnnxNode, x: str, job: _Conv) -> None:
    kernel = _dilated(low, job, job.kernel)
    shape = (1, *job.out, low.emit.shape(kernel)[-1])
    attrs = {"strides": job.strides, "pads": job.pads}
    if len(low.value(node.inputs[0]).shape) == 4:
        low.define(node, "Conv", [x, kernel], shape, (1, shape[3], *job.out), nhwc=True, **attrs)
    else:
        set_image(low, node, low.emit.op("Conv", job.name, [x, kernel], [shape], dict(attrs))[0])


def _dilated(low: Lowering, job: _Conv, kernel: str) -> str:
    """``kernel`` [KH,KW,C,F] with zeros between its rows and columns."""
    emit = low.emit
    for axis in (0, 1):
        dims = emit.shape(kernel)
        gap, count = job.dilations[axis] - 1, dims[axis]
        if gap == 0 or count == 1:
            continue
        outer = dims[0] if axis else 1
        inner = dims[2] * dims[3] * (1 if axis else dims[1])
        zeros = emit.filled(f"{job.name}.gap", (outer * count, gap, inner))
        spread = emit.concat(f"{job.name}.spread", [emit.reshape(kernel, (outer * count, 1, inner)), zeros])
        whole = emit.reshape(spread, (outer, count * (gap + 1), inner))
        cut = emit.cut(f"{job.name}.dilated", whole, 0, count * (gap + 1) - gap)
        size = count * (gap + 1) - gap
        kernel = emit.reshape(cut, (dims[0], size, *dims[2:]) if axis else (size, *dims[1:]))
    return kernel


def _grouped(low: Lowering, x: str, job: _Conv, groups: int) -> str:
    """A convolution a group of channels, and their results side by side."""
    emit = low.emit
    _, height, width, channels = emit.shape(x)
    kernel = _dilated(low, job, job.kernel)
    *size, inputs, filters = emit.shape(kernel)
    each, parts = filters // groups, []
    pixels, taps = emit.reshape(x, (height * width, channels, 1)), size[0] * size[1] * inputs
    matrix = emit.reshape(kernel, (taps, filters, 1))
    for group in range(groups):
        image = emit.cut(f"{job.name}.channels", pixels, group * inputs, (group + 1) * inputs)
        weights = emit.cut(f"{job.name}.filters", matrix, group * each, (group + 1) * each)
        operands = [emit.reshape(image, (1, height, width, inputs)), emit.reshape(weights, (*size, inputs, each))]
        attrs = {"strides": job.strides, "pads": job.pads}
        result = emit.op("Conv", f"{job.name}.group", operands, [(1, *job.out, each)], attrs)[0]
        parts.append(emit.reshape(result, (job.out[0] * job.out[1], each, 1)))
    return emit.reshape(emit.concat(f"{job.name}.groups", parts), (1, *job.out, filters))


def _depthwise(low: Lowering, x: str, job: _Conv) -> str:
    """With several filters a channel they are done one after the other, and put side by side in the end."""
    emit = low.emit
    kernel, pads = _dilated(low, job, job.kernel), job.pads
    kernel_h, kernel_w, _, filters = emit.shape(kernel)
    if any(pad >= (kernel_h, kernel_w)[i % 2] for i, pad in enumerate(pads)):
        x, pads = padded(low, job.name, x, pads), (0, 0, 0, 0)
    channels = emit.shape(x)[3]
    each, (height, width) = filters // channels, job.out
    attrs = {"strides": job.strides, "pads": pads}
    parts = []
    for index in range(each):
        taps = emit.reshape(kernel, (kernel_h * kernel_w * channels, each, 1))
        one = emit.cut(f"{job.name}.filter", taps, index, index + 1)
        weights = emit.reshape(one, (kernel_h, kernel_w, channels))
        dims = (1, height, width, channels)
        result = emit.op("DepthwiseConv", f"{job.name}.depthwise", [x, weights], [dims], dict(attrs))[0]
        parts.append(emit.reshape(result, (height * width * channels, 1, 1)))
    return emit.reshape(emit.concat(f"{job.name}.filters", parts), (1, height, width, filters))


def _add_bias(low: Lowering, node: OnnxNode, filters: int, out: Pair) -> None:
    bias = node.optional(2)
    if not bias:
        return
    if low.shape(bias) != (filters,):
        raise low.fail(node, f"bias of shape {list(low.shape(bias))}: expected [{filters}]")
    value, flat = low.values[node.outputs[0]], (out[0] * out[1], filters)
    emit = low.emit
    rows = emit.reshape(value.tensor, flat) if value.nhwc else emit.transpose(low.dense(value, flat[::-1]))
    biased = emit.one("AddRow", f"{node.name}.bias", [rows, low.plain(bias, (filters,))], flat)
    set_image(low, node, emit.reshape(biased, (1, *out, filters)))


RULES: dict[str, Rule] = {"Conv": conv}
