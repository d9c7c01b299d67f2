# SPDX-License-Identifier: Apache-2.0
"""The window of convolutions and poolings."""

import math

from traindeploy.frontend.lowering import Lowering, Value
from traindeploy.frontend.source import OnnxNode


def window(
    low: Lowering, node: OnnxNode, size: tuple[int, int], kernel: tuple[int, int]
) -> tuple[dict[str, tuple[int, ...]], tuple[int, int]]:
    """Strides and pads (t,l,b,r) of a Conv or pool of ``kernel``, spread by dilation, and its output height and width.

    ``ceil_mode`` adds to the pads below and to the right what lets the last windows begin.
    """
    strides = _of_two(node.attrs.get("strides"), 1)
    auto = node.attrs.get("auto_pad", b"NOTSET").decode()
    given = node.attrs.get("pads", [0, 0, 0, 0])
    pads = (0, given[0], 0, given[1]) if len(given) == 2 else tuple(given)
    if len(strides) != 2 or min(strides) < 1 or len(pads) != 4 or min(pads) < 0:
        raise low.fail(node, f"strides {list(strides)} and pads {list(pads)}: expected 2 from 1 and 4 from 0")
    if auto not in ("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"):
        raise low.fail(node, f"auto_pad {auto}: expected NOTSET, SAME_UPPER, SAME_LOWER or VALID")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        total = [max(0, (math.ceil(size[i] / strides[i]) - 1) * strides[i] + kernel[i] - size[i]) for i in (0, 1)]
        small, large = [t // 2 for t in total], [t - t // 2 for t in total]
        pads = (*small, *large) if auto == "SAME_UPPER" else (*large, *small)
    elif auto == "VALID":
        pads = (0, 0, 0, 0)
    rest = [(size[i] + pads[i] + pads[i + 2] - kernel[i]) % strides[i] for i in (0, 1)]
    if node.attrs.get("ceil_mode", 0) and any(rest) and auto in ("NOTSET", "VALID"):
        pads = _reaching(size, kernel, strides, pads, rest)
    out_h, out_w = ((size[i] + pads[i] + pads[i + 2] - kernel[i]) // strides[i] + 1 for i in (0, 1))
    out = (out_h, out_w)
    if min(out) < 1:
        raise low.fail(node, f"the {kernel[0]}x{kernel[1]} window does not fit the image {size[0]}x{size[1]}")
    return {"strides": strides, "pads": pads}, out


def _reaching(
    size: tuple[int, int], kernel: tuple[int, int], strides: tuple[int, ...], pads: tuple[int, ...], rest: list[int]
) -> tuple[int, ...]:
    """The pads, larger at the end where a last window begins in the image or the padding before it."""
    behind = list(pads[2:])
    for i in (0, 1):
        windows = (size[i] + pads[i] + pads[i + 2] - kernel[i]) // strides[i] + 1
        if rest[i] and windows * strides[i] < size[i] + pads[i]:
            behind[i] += strides[i] - rest[i]
    return (*pads[:2], *behind)


def _of_two(given: list[int] | None, default: int) -> tuple[int, ...]:
    """Height's and width's; a signal is an image of one row."""
    if given is None:
        return (default, default)
    return (default, given[0]) if len(given) == 1 else tuple(given)


def of_two(node: OnnxNode, name: str, default: int = 1) -> tuple[int, ...]:
    """Attribute ``name`` for height and width."""
    return _of_two(node.attrs.get(name), default)


def image_of(low: Lowering, node: OnnxNode) -> str:
    """The NHWC tensor of the node's first input, an image or a signal [1,C,L], which is one row of an image."""
    value = low.value(node.inputs[0])
    if len(value.shape) == 3 and value.shape[0] == 1:
        _, channels, length = value.shape
        return low.emit.transpose(low.dense(value, (1, channels, 1, length)), (0, 2, 3, 1))
    return low.image(node.inputs[0], node)


def set_image(low: Lowering, node: OnnxNode, tensor: str) -> None:
    """``tensor`` [1,H,W,C] is the node's result: a signal again if its input was one."""
    _, height, width, channels = low.emit.shape(tensor)
    if len(low.value(node.inputs[0]).shape) == 3:
        signal = low.emit.transpose(tensor, (0, 3, 1, 2))
        low.values[node.outputs[0]] = Value(low.emit.reshape(signal, (channels, width)), (1, channels, width))
    else:
        low.values[node.outputs[0]] = Value(tensor, (1, channels, height, width), nhwc=True)


def padded(low: Lowering, name: str, image: str, pads: tuple[int, ...], value: float = 0.0) -> str:
    """``image`` [1,H,W,C] with a border of ``value``: top, left, bottom, right."""
    emit = low.emit
    for axis, (before, behind) in ((1, (pads[0], pads[2])), (2, (pads[1], pads[3]))):
        _, height, width, channels = emit.shape(image)
        seen = (1, height, width * channels) if axis == 1 else (height, width, channels)
        parts = [emit.reshape(image, seen)]
        parts += [emit.filled(f"{name}.behind", (seen[0], behind, seen[2]), value)] if behind else []
        parts[:0] = [emit.filled(f"{name}.before", (seen[0], before, seen[2]), value)] if before else []
        joined = emit.concat(f"{name}.padded", parts)
        size = (height + before + behind, width) if axis == 1 else (height, width + before + behind)
        image = emit.reshape(joined, (1, *size, channels))
    return image


def shifted(
    low: Lowering, name: str, image: str, first: tuple[int, int], strides: tuple[int, ...], out: tuple[int, int]
) -> str:
    """[OH*OW,C]: of ``image`` [1,H,W,C] the pixels at ``first``, and every so many further on."""
    emit = low.emit
    _, height, width, channels = emit.shape(image)
    rows, columns = ((first[i], first[i] + (out[i] - 1) * strides[i] + 1, strides[i]) for i in (0, 1))
    part = emit.cut(f"{name}.rows", emit.reshape(image, (1, height, width * channels)), *rows)
    part = emit.cut(f"{name}.columns", emit.reshape(part, (out[0], width, channels)), *columns)
    return emit.reshape(part, (out[0] * out[1], channels))
