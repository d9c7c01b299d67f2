# SPDX-License-Identifier: Apache-2.0
"""The window of convolutions and poolings."""

import math

from traindeploy.frontend.lowering import Lowering
from traindeploy.frontend.source import OnnxNode


def window(
    low: Lowering, node: OnnxNode, size: tuple[int, int], kernel: tuple[int, int]
) -> tuple[dict[str, tuple[int, ...]], tuple[int, int]]:
    """Strides and pads (t,l,b,r) of a Conv or MaxPool, and its output height and width."""
    if any(d != 1 for d in node.attrs.get("dilations", [1, 1])):
        raise low.fail(node, "dilations must be 1")
    strides = tuple(node.attrs.get("strides", [1, 1]))
    auto = node.attrs.get("auto_pad", b"NOTSET").decode()
    pads = tuple(node.attrs.get("pads", [0, 0, 0, 0]))
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
        raise low.fail(node, f"ceil_mode 1, and the last windows reach {rest} pixels beyond: expected ceil_mode 0")
    out = tuple((size[i] + pads[i] + pads[i + 2] - kernel[i]) // strides[i] + 1 for i in (0, 1))
    if min(out) < 1:
        raise low.fail(node, f"the {kernel[0]}x{kernel[1]} window does not fit the image {size[0]}x{size[1]}")
    return {"strides": strides, "pads": pads}, out
