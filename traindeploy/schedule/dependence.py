# SPDX-License-Identifier: Apache-2.0
"""What must precede what: between tasks, and between what tasks write and what is loaded or reported."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from traindeploy.ir.region import Box, dense_in, locate
from traindeploy.schedule.task import Operand, Task


@dataclass
class Dependence:
    """``before``: tasks whose results a task reads (by index). ``outputs``: the boxes that tasks fill together, with
    their writers; each is stored to L2 as a whole (scratch is not). ``begins``: of the writers those that add to
    nothing. ``readers``: uses of each storage in task order.
    """

    before: list[set[int]] = field(default_factory=list)
    outputs: dict[Box, set[int]] = field(default_factory=dict)
    begins: dict[Box, set[int]] = field(default_factory=lambda: defaultdict(set))
    outputs_of: dict[str, list[Box]] = field(default_factory=lambda: defaultdict(list))
    readers: dict[str, list[tuple[int, Operand]]] = field(default_factory=lambda: defaultdict(list))
    _served: dict[Box, list[int]] = field(default_factory=dict)

    def served(self, container: Box) -> list[int]:
        """The tasks, ascending, that can read something from a buffer that holds ``container``."""
        if container not in self._served:
            tasks = {i for i, operand in self.readers[container.base] if serves(container, operand)}
            self._served[container] = sorted(tasks)
        return self._served[container]


def analyse(tasks: list[Task], replaced: Mapping[str, str] | None = None) -> Dependence:
    """``replaced``: storage that is written over another, which nobody may be reading then -> the other one.

    RuntimeError if two tasks write overlapping, but different containers.
    """
    result = Dependence()
    writers: dict[str, list[tuple[int, Box]]] = defaultdict(list)
    for task in tasks:
        before: set[int] = set()
        for operand in task.operands.values():
            if operand.read:
                before |= {i for i, box in writers[operand.box.base] if box.overlaps(operand.box)}
                result.readers[operand.box.base].append((task.index, operand))
        result.before.append(before)
        for operand in task.operands.values():
            if operand.write:
                writers[operand.box.base].append((task.index, operand.box))
                container = operand.container.canonical
                _add_output(result, task, container)
                if not operand.read:
                    result.begins[container].add(task.index)
    for base, old in (replaced or {}).items():
        _let_read_first(result, base, old)
    return result


def _let_read_first(dependence: Dependence, base: str, old: str) -> None:
    """Let what writes ``base`` over ``old`` wait for all that read there."""
    for container in dependence.outputs_of[base]:
        place = replace(container, base=old)
        readers = {i for i, operand in dependence.readers[old] if operand.container.overlaps(place)}
        for writer in dependence.outputs[container]:
            dependence.before[writer] |= readers - dependence.outputs[container]


def _add_output(dependence: Dependence, task: Task, container: Box) -> None:
    """Let ``task`` be one of those that fill ``container``."""
    if container not in dependence.outputs:
        for other in dependence.outputs_of[container.base]:
            if other.overlaps(container):
                raise RuntimeError(f"{task.label}: output {container} overlaps {other}")
        dependence.outputs[container] = set()
        dependence.outputs_of[container.base].append(container)
    dependence.outputs[container].add(task.index)


def serves(container: Box, operand: Operand) -> bool:
    """Whether an L1 buffer that holds ``container`` can be ``operand``'s argument."""
    if not operand.pitch:
        return dense_in(container, operand.box) is not None
    found = locate(container, operand.box)
    return found is not None and (operand.box.dims[-1][0] == 1 or found[1][-1] == 1)


def place(container: Box, operand: Operand) -> tuple[int, int]:
    """(byte offset, row pitch in bytes or 0) of ``operand`` in a buffer that holds ``container``.

    >>> rows = Box("q", 2048, ((4, 128), (64, 1)), itemsize=4)  # 64 columns of the rows 16 to 19 of q[64,128]
    >>> panel = Box("q", 0, ((4096, 1),), itemsize=4)  # its rows 0 to 31, as they lie
    >>> place(panel, Operand(rows, rows, pitch="x_pitch")), place(rows, Operand(rows, rows, pitch="x_pitch"))
    ((8192, 512), (0, 256))
    """
    if not operand.pitch:
        offset = dense_in(container, operand.box)
        assert offset is not None
        return offset * container.itemsize, 0
    found = locate(container, operand.box)
    assert found is not None
    offset, strides = found
    return offset * container.itemsize, strides[0] * container.itemsize if operand.box.dims[0][0] > 1 else 0
