# SPDX-License-Identifier: Apache-2.0
"""Parts of a value by indices that are constant, values put together, and borders added: Slice and Concat of ours."""

from collections.abc import Iterator, Sequence

from traindeploy.frontend.lowering import Lowering, Rule, Value
from traindeploy.frontend.rules.chain import along, constant_number
from traindeploy.frontend.rules.layout import constant_ints
from traindeploy.frontend.source import OnnxNode
from traindeploy.ir.emit import Emitter

PAD_MODES = (b"constant", b"reflect", b"edge", b"wrap")


def take(low: Lowering, node: OnnxNode, value: Value, axis: int, indices: Sequence[int]) -> Value:
    """The elements of ``value`` at these ``indices`` of dimension ``axis``, in this order."""
    if list(indices) == list(range(value.shape[axis])):
        return value
    if not indices:
        raise low.fail(node, f"takes nothing of dimension {axis} of {list(value.shape)}")
    seen = along(low, value, axis)
    return seen.back(_taken(low.emit, node.name, seen.tensor, indices), len(indices))


def _taken(emit: Emitter, name: str, tensor: str, indices: Sequence[int]) -> str:
    return emit.concat(name, [emit.cut(f"{name}.part", tensor, r[0], r[-1] + 1, r.step) for r in runs(indices)])


def runs(indices: Sequence[int]) -> Iterator[range]:
    """Ascending ranges that together are ``indices``.

    >>> list(runs([0, 1, 2, 5, 7, 3, 3]))
    [range(0, 3), range(5, 8, 2), range(3, 4), range(3, 4)]
    """
    i = 0
    while i < len(indices):
        step = indices[i + 1] - indices[i] if i + 1 < len(indices) else 1
        count = 1
        while step > 0 and i + count < len(indices) and indices[i + count] == indices[i] + count * step:
            count += 1
        step = step if count > 1 else 1
        yield range(indices[i], indices[i] + (count - 1) * step + 1, step)
        i += count


def cut(low: Lowering, node: OnnxNode) -> None:
    """Slice: starts, ends, axes and steps are constants (attributes before opset 10)."""
    value = low.value(node.inputs[0])
    if "starts" in node.attrs:
        starts, ends, axes, steps = (node.attrs.get(name) for name in ("starts", "ends", "axes", "steps"))
    else:
        starts, ends = (constant_ints(low, node, i) for i in (1, 2))
        axes, steps = (constant_ints(low, node, i) if node.optional(i) else None for i in (3, 4))
    axes = list(range(len(starts))) if axes is None else axes
    steps = [1] * len(starts) if steps is None else steps
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        place = low.axis(node, axis, len(value.shape))
        count = value.shape[place]
        value = take(low, node, value, place, range(count)[slice(start, end, step)])
    low.values[node.outputs[0]] = value


def split(low: Lowering, node: OnnxNode) -> None:
    """Into parts of the sizes that are given, or into as many as there are outputs, the last one smaller."""
    value = low.value(node.inputs[0])
    axis = low.axis(node, node.attrs.get("axis", 0), len(value.shape))
    count, parts = value.shape[axis], node.attrs.get("num_outputs", len(node.outputs))
    sizes = node.attrs.get("split") or (constant_ints(low, node, 1) if node.optional(1) else None)
    if sizes is None:
        size = -(-count // parts)
        sizes = [min(size, count - i * size) for i in range(parts)]
    if sum(sizes) != count or len(sizes) != len(node.outputs):
        raise low.fail(node, f"parts {sizes} of dimension {axis} of {list(value.shape)}")
    begin = 0
    for size, output in zip(sizes, node.outputs, strict=True):
        if output:
            low.values[output] = take(low, node, value, axis, range(begin, begin + size))
        begin += size


def gather(low: Lowering, node: OnnxNode) -> None:
    """By constant indices: a number takes its dimension away, a list or more take its place."""
    value, indices = low.value(node.inputs[0]), low.constant(node.inputs[1])
    if indices is None:
        raise low.fail(node, f"'{node.inputs[1]}' is computed at run time: supported are constant indices")
    axis = low.axis(node, node.attrs.get("axis", 0), len(value.shape))
    count = value.shape[axis]
    flat = [int(i) for i in indices.reshape(-1)]
    if any(not -count <= i < count for i in flat):
        raise low.fail(node, f"indices {flat}: expected {-count} to {count - 1}")
    taken = take(low, node, value, axis, [i % count for i in flat])
    shape = (*value.shape[:axis], *indices.shape, *value.shape[axis + 1 :])
    low.values[node.outputs[0]] = taken if shape == taken.shape else Value(low.dense(taken), shape)


def concat(low: Lowering, node: OnnxNode) -> None:
    """Of values and constants of equal other dimensions; images stay as they are stored."""
    values = [low.value(name) for name in node.inputs]
    rank = len(values[0].shape)
    axis = low.axis(node, node.attrs["axis"], rank)
    rest = {(*v.shape[:axis], *v.shape[axis + 1 :]) for v in values}
    if len(rest) > 1 or any(len(v.shape) != rank for v in values):
        raise low.fail(node, f"shapes {[list(v.shape) for v in values]} differ beside dimension {axis}")
    if not all(v.nhwc for v in values):
        values = [Value(low.dense(v), v.shape) for v in values]
    seen = [along(low, v, axis) for v in values]
    joined = low.emit.concat(node.name, [s.tensor for s in seen])
    low.values[node.outputs[0]] = seen[0].back(joined, sum(v.shape[axis] for v in values))


def pad(low: Lowering, node: OnnxNode) -> None:
    """A border of a constant number, or of elements that are there; negative pads cut off."""
    value = low.value(node.inputs[0])
    rank, mode = len(value.shape), node.attrs.get("mode", b"constant")
    pads = list(node.attrs["pads"]) if "pads" in node.attrs else constant_ints(low, node, 1)
    number = constant_number(low, node, node.inputs[2]) if node.optional(2) else node.attrs.get("value", 0.0)
    axes = constant_ints(low, node, 3) if node.optional(3) else list(range(rank))
    if mode not in PAD_MODES or len(pads) != 2 * len(axes):
        raise low.fail(node, f"mode {mode.decode()} and pads {pads} of {len(axes)} dimensions")
    for i, axis in enumerate(axes):
        value = bordered(low, node, value, low.axis(node, axis, rank), (pads[i], pads[i + len(axes)]), mode, number)
    low.values[node.outputs[0]] = value


def bordered(
    low: Lowering, node: OnnxNode, value: Value, axis: int, pads: tuple[int, int], mode: bytes = b"constant",
    number: float = 0.0,
) -> Value:  # fmt: skip
    """``value`` with so many elements before and behind it in dimension ``axis``."""
    count, (before, behind) = value.shape[axis], pads
    if mode != b"constant":
        return take(low, node, value, axis, [_mirrored(i, count, mode) for i in range(-before, count + behind)])
    value = take(low, node, value, axis, range(max(0, -before), count - max(0, -behind)))
    seen = along(low, value, axis)
    outer, _, inner = low.emit.shape(seen.tensor)
    parts = [seen.tensor]
    if before > 0:
        parts.insert(0, low.emit.filled(f"{node.name}.before", (outer, before, inner), number))
    if behind > 0:
        parts.append(low.emit.filled(f"{node.name}.behind", (outer, behind, inner), number))
    total = sum(low.emit.shape(part)[1] for part in parts)
    return seen.back(low.emit.concat(node.name, parts), total)


def _mirrored(index: int, count: int, mode: bytes) -> int:
    """Which element of ``count`` stands at ``index``, which may lie beyond."""
    if mode == b"edge":
        return min(max(index, 0), count - 1)
    if mode == b"wrap":
        return index % count
    period = max(1, 2 * (count - 1))
    index %= period
    return min(index, period - index)


def depth_to_space(low: Lowering, node: OnnxNode) -> None:
    """Channels become blocks of pixels (DCR: the block's index is the outer one of a channel, CRD: the inner one)."""
    value, block = low.value(node.inputs[0]), node.attrs["blocksize"]
    _, channels, height, width = value.shape
    mode = node.attrs.get("mode", b"DCR")
    if mode not in (b"DCR", b"CRD") or channels % block**2:
        raise low.fail(node, f"mode {mode.decode()}, {channels} channels in blocks of {block}")
    depth = channels // block**2
    split_shape = (block, block, depth, height, width) if mode == b"DCR" else (depth, block, block, height, width)
    perm = (3, 0, 4, 1, 2) if mode == b"DCR" else (3, 1, 4, 2, 0)
    moved = low.emit.transpose(low.dense(value, split_shape), perm)
    stored = (1, height * block, width * block, depth)
    shape = (1, depth, height * block, width * block)
    low.values[node.outputs[0]] = Value(low.emit.reshape(moved, stored), shape, nhwc=True)


def space_to_depth(low: Lowering, node: OnnxNode) -> None:
    """Blocks of pixels become channels, the block's index being the outer one."""
    value, block = low.value(node.inputs[0]), node.attrs["blocksize"]
    _, channels, height, width = value.shape
    if height % block or width % block:
        raise low.fail(node, f"an image of {height}x{width} in blocks of {block}")
    rows, columns = height // block, width // block
    moved = low.emit.transpose(low.dense(value, (channels, rows, block, columns, block)), (1, 3, 2, 4, 0))
    shape = (1, channels * block**2, rows, columns)
    stored = (1, rows, columns, channels * block**2)
    low.values[node.outputs[0]] = Value(low.emit.reshape(moved, stored), shape, nhwc=True)


RULES: dict[str, Rule] = {
    "Concat": concat,
    "DepthToSpace": depth_to_space,
    "Gather": gather,
    "Pad": pad,
    "Slice": cut,
    "SpaceToDepth": space_to_depth,
    "Split": split,
}
