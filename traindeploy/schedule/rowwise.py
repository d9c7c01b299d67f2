# SPDX-License-Identifier: Apache-2.0
"""Operators whose tiles the catalogue describes: consecutive elements, consecutive rows, or everything at once."""

from traindeploy.ir import Node
from traindeploy.ops import OPERATORS, Kernel
from traindeploy.platform import NUM_CORES
from traindeploy.schedule import costs
from traindeploy.schedule.task import PANEL, WHOLE_BYTES, Argument, Span, Task, Tiling, split

CALL = 4000  # cycles of a kernel call, about


def tile_elementwise(tiling: Tiling, node: Node) -> list[Task]:
    """Tasks over consecutive elements."""
    total = tiling.graph.tensors[node.outputs[0]].size
    return [
        _task(tiling, node, f"{begin}:{begin + count}", {"elements": ((begin, count), tile)}, {"n": count}, count)
        for tile in split(total, _elements(tiling, node))
        for begin, count in _calls(node, tile)
    ]


def tile_rowwise(tiling: Tiling, node: Node) -> list[Task]:
    """Tasks over consecutive rows of the last axis."""
    tensor = tiling.graph.tensors[node.outputs[0]]
    cols = tensor.shape[-1]
    tasks = []
    for tile in split(tensor.size // cols, max(1, _elements(tiling, node) // cols)):
        for rows in _calls(node, tile, cols):
            parts = {
                "matrix": (_times(rows, cols), _times(tile, cols)),
                "column": (rows, tile),
                "row": ((0, cols),) * 2,
            }
            row, count = rows
            sizes = {"rows": count, "cols": cols}
            tasks.append(_task(tiling, node, f"rows {row}:{row + count}", parts, sizes, count * cols))
    return tasks


def tile_whole(tiling: Tiling, node: Node) -> list[Task]:
    """The one task of an operator that takes all of its tensors: a loss of one row of logits and one label."""
    count = tiling.graph.tensors[node.inputs[0]].size
    return [_task(tiling, node, "", {}, {"n": count}, 8 * count)]


def _task(
    tiling: Tiling, node: Node, span: str, parts: dict[str, tuple[Span, Span]], sizes: dict[str, int], elements: int
) -> Task:
    """One call: ``parts`` gives what it takes, and the tile with which that lies in L1, by the form of a port; all of
    the tensor where it does not.
    """
    operator = OPERATORS[node.op]
    kernel = operator.kernel
    assert isinstance(kernel, Kernel), node.op
    args: dict[str, Argument] = {}
    for ports, names, write in ((operator.inputs, node.inputs, False), (operator.outputs, node.outputs, True)):
        for port, name in zip(ports, names, strict=True):
            (begin, count), tile = parts.get(port.form, ((0, tiling.graph.tensors[name].size), None))
            args[port.field] = tiling.slice(name, begin, count, write=write, within=tile)
    args.update(sizes)
    args.update(operator.numbers(node.attrs))
    label = f"{node.name} {span}" if span else node.name
    return Task(node, label, "cores", kernel.name, args, costs.kernel(kernel.name, elements))


def _calls(node: Node, tile: Span, cols: int = 1) -> list[Span]:
    """A tile's rows of ``cols`` elements in calls of about ``CALL`` cycles: RedMule gets jobs between them."""
    kernel = OPERATORS[node.op].kernel
    assert isinstance(kernel, Kernel), node.op
    begin, count = tile
    calls = max(1, round(costs.kernel(kernel.name, count * cols) / CALL))
    size = -(-count // (calls * NUM_CORES)) * NUM_CORES
    return [(begin + start, length) for start, length in split(count, size)]


def _times(rows: Span, cols: int) -> Span:
    """Rows of ``cols`` elements as elements."""
    return rows[0] * cols, rows[1] * cols


def _elements(tiling: Tiling, node: Node) -> int:
    """Elements of a tile: everything if all tensors lie in L1 as a whole, else a panel."""
    names = [*node.inputs, *node.outputs]
    sizes = [tiling.graph.storage(name).nbytes for name in names]
    if all(size <= WHOLE_BYTES for size in sizes) and sum(sizes) <= tiling.l1_bytes:
        return max(tiling.graph.tensors[name].size for name in names)
    return PANEL
