# SPDX-License-Identifier: Apache-2.0
"""What lies in L1 while the schedule is made: buffers stay after their use until their room is needed, like a cache
whose future is known, so that operators find their neighbours' tensors there.
"""

from dataclasses import dataclass, field

from traindeploy.ir.program import Buffer
from traindeploy.ir.region import Box
from traindeploy.schedule.dependence import Dependence, serves
from traindeploy.schedule.task import Operand

ALIGNMENT = 64
NEVER = 1 << 60


@dataclass(eq=False)
class Resident:
    """An L1 buffer. ``users``: admitted unfinished tasks; ``future``: later tasks that will read it; ``load`` and
    ``store`` are transfer numbers (0: not started).
    """

    buffer: Buffer
    container: Box
    needs_load: bool
    output: bool
    scratch: bool
    future: list[int]
    users: set[int] = field(default_factory=set)
    load: int = 0
    store: int = 0

    @property
    def nbytes(self) -> int:
        return -(-self.container.nbytes // ALIGNMENT) * ALIGNMENT

    def next_use(self, task: int) -> int:
        """The first reader not before ``task``."""
        return next((i for i in self.future if i >= task), NEVER)


class L1:
    """The buffers alive and the bytes they occupy."""

    def __init__(self, dependence: Dependence, scratch: dict[str, Box]) -> None:
        self.dependence = dependence
        self.scratch = scratch
        self.residents: dict[str, list[Resident]] = {}
        self.used = 0

    def all(self) -> list[Resident]:
        return [r for group in self.residents.values() for r in group]

    def find(self, operand: Operand) -> Resident | None:
        """A buffer that can serve ``operand``; an output goes to its own container."""
        for resident in self.residents.get(operand.box.base, []):
            if operand.write and not (resident.output and resident.container == operand.container.canonical):
                continue
            if serves(resident.container, operand):
                return resident
        return None

    def make(self, operand: Operand, container: Box, task: int) -> Resident:
        """A buffer for ``container``, not yet counted."""
        base = operand.box.base
        future = sorted({i for i, other in self.dependence.readers[base] if i > task and serves(container, other)})
        buffer = Buffer(base, "L1", container.nbytes, container)
        return Resident(buffer, container, not operand.write, operand.write, base in self.scratch, future)

    def add(self, resident: Resident) -> None:
        self.residents.setdefault(resident.container.base, []).append(resident)
        self.used += resident.nbytes

    def drop(self, resident: Resident) -> None:
        self.residents[resident.container.base].remove(resident)
        self.used -= resident.nbytes
