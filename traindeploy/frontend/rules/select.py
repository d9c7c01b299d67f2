# SPDX-License-Identifier: Apache-2.0
"""Values repeated to a larger shape, enlarged, or chosen by a mask that is constant."""

import numpy as np

from traindeploy.frontend.lowering import Lowering, Rule, Value, compact
from traindeploy.frontend.rules.chain import IMAGE_ORDER
from traindeploy.frontend.rules.elementwise import repeated
from traindeploy.frontend.rules.layout import constant_ints
from traindeploy.frontend.source import OnnxNode
from traindeploy.ir.emit import Shape


def expand(low: Lowering, node: OnnxNode) -> None:
    """To what its shape and the given one broadcast to."""
    value = low.value(node.inputs[0])
    shape = low.broadcast(node, value.shape, tuple(constant_ints(low, node, 1)))
    result = repeated(low, node, value, shape, value.nhwc and len(shape) == 4, "repeated")
    low.values[node.outputs[0]] = result if result.shape == shape else Value(low.dense(result), shape)


def where(low: Lowering, node: OnnxNode) -> None:
    """mask x + (1 - mask) y, the mask being constant: one of the terms is 0."""
    mask = low.constant(node.inputs[0])
    if mask is None:
        raise low.fail(node, f"mask '{node.inputs[0]}' is computed at run time: supported are constant masks")
    shape = low.broadcast(node, mask.shape, *(low.shape(name) for name in node.inputs[1:]))
    image = len(shape) == 4 and any(low.value(n).nhwc for n in node.inputs[1:] if low.constant(n) is None)
    parts = []
    for index, taken in ((1, mask), (2, ~mask.astype(bool))):
        chosen = np.broadcast_to(taken.astype(np.float32), shape)
        parts.append(_part(low, node, index, chosen, shape, image))
    dims = low.emit.shape(parts[0])
    result = low.emit.one("Add", f"{node.name}.sum", parts, dims)
    low.values[node.outputs[0]] = Value(result, shape, image)


def _part(low: Lowering, node: OnnxNode, index: int, chosen: np.ndarray, shape: Shape, image: bool) -> str:
    """Input ``index`` times what is ``chosen`` of it, as it is stored."""

    def stored(data: np.ndarray) -> np.ndarray:
        return data.transpose(IMAGE_ORDER) if image else data.reshape(compact(shape))

    name = node.inputs[index]
    constant = low.constant(name)
    if constant is not None:
        low.check_finite(name, constant)
        return low.expanded(name, f"chosen by {node.inputs[0]}", stored(np.broadcast_to(constant, shape) * chosen))
    value = repeated(low, node, low.value(name), shape, image, f"operand{index}")
    tensor = value.tensor if value.nhwc and image else low.emit.reshape(low.dense(value), compact(shape))
    if image and not value.nhwc:
        tensor = low.emit.transpose(low.dense(value, shape), IMAGE_ORDER)
    factor = low.expanded(node.outputs[0], f"mask{index}", stored(chosen))
    return low.emit.one("Mul", f"{node.name}.chosen{index}", [tensor, factor], low.emit.shape(tensor))


def resize(low: Lowering, node: OnnxNode) -> None:
    """An image, each pixel repeated a whole number of times."""
    value = low.value(node.inputs[0])
    if len(value.shape) != 4 or value.shape[0] != 1:
        raise low.fail(node, f"expected one image [1,C,H,W], found {list(value.shape)}")
    height, width = _times(low, node, value.shape)
    mode = node.attrs.get("mode", b"nearest")
    how = node.attrs.get("coordinate_transformation_mode", b"half_pixel")
    rounding = node.attrs.get("nearest_mode", b"round_prefer_floor")
    whole = how == b"asymmetric" and rounding == b"floor"
    if mode != b"nearest" or not (whole or (how == b"half_pixel" and rounding == b"round_prefer_floor")):
        raise low.fail(node, f"mode {mode.decode()}, {how.decode()}: supported is nearest, by whole numbers")
    node.attrs.get("cubic_coeff_a"), node.attrs.get("extrapolation_value")  # of other modes
    _, channels, rows, columns = value.shape
    pixels = low.emit.reshape(low.dense(value), (channels, rows, 1, columns, 1))
    wanted = (channels, rows, height, columns, width)
    given = Value(pixels, (channels, rows, 1, columns, 1))
    shape = (1, channels, rows * height, columns * width)
    low.values[node.outputs[0]] = Value(repeated(low, node, given, wanted, False, "pixels").tensor, shape)


def _times(low: Lowering, node: OnnxNode, shape: Shape) -> tuple[int, int]:
    """How often a pixel stands below and beside itself."""
    last = len(node.inputs) - 1
    data = [low.constant(node.inputs[i]) for i in (1, 2, 3) if i <= last and node.optional(i)]
    given = [d for d in data if d is not None and d.size == len(shape)]
    if not given:
        raise low.fail(node, "expected constant scales or sizes")
    sizes = [d.reshape(-1) if d.dtype == np.int64 else d.reshape(-1) * shape for d in given][-1]
    ratios = [float(size) / own for size, own in zip(sizes, shape, strict=True)]
    if ratios[:2] != [1, 1] or any(r != int(r) or r < 1 for r in ratios):
        raise low.fail(node, f"enlarges {list(shape)} by {ratios}: supported are whole numbers of rows and columns")
    return int(ratios[2]), int(ratios[3])


RULES: dict[str, Rule] = {"Expand": expand, "Resize": resize, "Where": where}
