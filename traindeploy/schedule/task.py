# SPDX-License-Identifier: Apache-2.0
"""The unit of scheduling: one kernel call or one RedMule job on tiles in L1."""

from dataclasses import dataclass, field

from traindeploy.ir import Graph, Node, Tensor
from traindeploy.ir.program import Engine
from traindeploy.ir.region import Box, flat
from traindeploy.platform import HardwareConfig
from traindeploy.schedule.tile_choice import OperandSize

# In L1 a tensor lies as a whole if it is small, else in panels of consecutive elements: the common unit in which
# neighbouring operators hand their results on there.
PANEL = 4096  # elements
WHOLE_BYTES = 16 * 1024


@dataclass(frozen=True)
class Operand:
    """A task's pointer argument.

    ``box`` is what the task touches; ``container`` the box that is loaded (or allocated) for it if no L1 buffer holds
    it yet. ``pitch`` names the argument that takes the row pitch of a two-dimensional box; without one the box must lie
    densely.
    """

    box: Box
    container: Box
    pitch: str = ""
    read: bool = True
    write: bool = False


Argument = Operand | int | float | None  # of a kernel; None is a null pointer
Span = tuple[int, int]  # (begin, count)


@dataclass
class Task:
    """``args`` are the kernel's arguments in the order of its struct."""

    node: Node
    label: str
    engine: Engine
    kernel: str
    args: dict[str, Argument]
    cycles: int
    index: int = -1

    @property
    def operands(self) -> dict[str, Operand]:
        return {name: value for name, value in self.args.items() if isinstance(value, Operand)}


@dataclass
class Tiling:
    """What the tilers need to know. ``l1_bytes`` is what one operator's tiles may occupy, double buffers included."""

    graph: Graph
    config: HardwareConfig
    engine: Engine
    l1_bytes: int
    scratch: dict[str, Box] = field(default_factory=dict)  # by name: the whole of a buffer that no tensor has

    def container(self, box: Box) -> Box:
        """The box to load for ``box``: the whole storage if it is small, its panel if it takes most of one, else
        itself.
        """
        if box.base in self.scratch:
            return self.scratch[box.base]
        tensor = self.graph.tensors[box.base]
        if tensor.nbytes <= WHOLE_BYTES:
            return flat(box.base, 0, tensor.size, tensor.itemsize)
        if (box.end - 1) // PANEL == box.offset // PANEL and 2 * box.size >= PANEL:
            return self.panel(box)
        return box.canonical

    def target(self, box: Box) -> Box:
        """The box to allocate for an output that is written in boxes like ``box``, which together fill its storage."""
        tensor = self.graph.tensors[box.base]
        whole = tensor.nbytes <= WHOLE_BYTES
        return flat(box.base, 0, tensor.size, tensor.itemsize) if whole else box.canonical

    def panel(self, box: Box) -> Box:
        """The panel in which ``box`` begins."""
        tensor = self.graph.tensors[box.base]
        begin = box.offset // PANEL * PANEL
        return flat(box.base, begin, min(PANEL, tensor.size - begin), tensor.itemsize)

    def operand_size(self, base: str) -> OperandSize:
        """How storage ``base`` lies in L1."""
        tensor = self.graph.tensors[base]
        return OperandSize(tensor.nbytes if tensor.nbytes <= WHOLE_BYTES else None, tensor.itemsize)

    def stored(self, name: str) -> tuple[Tensor, str, int]:
        """A tensor, its storage's name and its element offset there."""
        tensor = self.graph.tensors[name]
        if tensor.view is None:
            return tensor, name, 0
        return tensor, tensor.view.base, tensor.view.offset

    def slice(self, name: str, begin: int, count: int, *, write: bool = False, within: Span | None = None) -> Operand:
        """Elements [begin, begin + count) of a dense tensor.

        In L1 they lie with all of ``within``, a (begin, count) around them; alone if it is not given. Those that an
        operator writes must not overlap, so it says for all of its tasks what lies together, and not for each alone.
        """
        tensor, base, offset = self.stored(name)
        first, length = within or (begin, count)
        around = flat(base, offset + first, length, tensor.itemsize)
        box = flat(base, offset + begin, count, tensor.itemsize)
        return Operand(box, self.target(around) if write else self.container(around), read=not write, write=write)

    def new_scratch(self, name: str, elements: int, itemsize: int) -> Box:
        """A buffer of L1 that one task writes for others to read; no tensor and no other memory stands behind it."""
        self.scratch[name] = flat(name, 0, elements, itemsize)
        return self.scratch[name]


def split(total: int, size: int) -> list[tuple[int, int]]:
    """(begin, count) of consecutive tiles of at most ``size``.

    >>> split(64, 24)
    [(0, 24), (24, 24), (48, 16)]
    """
    return [(begin, min(size, total - begin)) for begin in range(0, total, size)]
