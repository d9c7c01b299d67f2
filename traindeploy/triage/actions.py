# SPDX-License-Identifier: Apache-2.0
"""A program's transfers, jobs and kernel calls one by one, with the bytes that each reads and writes."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from traindeploy.ir.program import Call, Dma, Hyper, Program, Ref
from traindeploy.ir.region import Box, locate
from traindeploy.records.program import Level

WORD = 4  # bytes: everything in a program is made of words
Words = npt.NDArray[np.int64]
Agent = Literal["dma", "hyperbus", "redmule", "cores"]


@dataclass(frozen=True)
class Piece:
    """Words in a memory, by (count, byte stride) outermost first; ``box``: which elements of which tensor they hold."""

    level: Level
    address: int
    dims: tuple[tuple[int, int], ...]
    box: Box | None = None
    field: str = ""  # the kernel's argument that points to it

    @property
    def words(self) -> Words:
        """The address of each word, in order."""
        found = np.array([self.address], np.int64)
        for count, stride in self.dims:
            found = (found[:, None] + np.arange(count, dtype=np.int64) * stride).reshape(-1)
        return found

    @property
    def nbytes(self) -> int:
        return WORD * int(np.prod([count for count, _ in self.dims], dtype=np.int64))

    @property
    def end(self) -> int:
        """One past the last byte."""
        return self.address + sum((count - 1) * stride for count, stride in self.dims) + WORD


@dataclass(frozen=True, eq=False)
class Action:
    """``number`` in order of start; begun in ``slot``, waited for at the end of slot ``waited``.

    ``table`` and ``row`` say where network.c has its descriptor.
    """

    number: int
    agent: Agent
    item: Dma | Hyper | Call
    slot: int
    waited: int
    table: str
    row: int
    reads: tuple[Piece, ...]
    writes: tuple[Piece, ...]

    @property
    def label(self) -> str:
        return self.item.label

    @property
    def operator(self) -> int | None:
        """The operator that a job or call belongs to; a transfer belongs to none."""
        return self.item.operator if isinstance(self.item, Call) else None


def actions(program: Program, training_step: int = 0) -> list[Action]:
    """Everything that a training step does, in the order in which it is begun."""
    found: list[Action] = []
    rows: dict[str, int] = {}

    def add(agent: Agent, item: Dma | Hyper | Call, slot: int, waited: int, table: str) -> None:
        row = rows.get(table, 0)
        rows[table] = row + 1
        reads, writes = _pieces(item, training_step)
        found.append(Action(len(found), agent, item, slot, waited, table, row, reads, writes))

    waits = {
        "dma": _ends([slot.wait_dma for slot in program.slots]),
        "hyper": _ends([slot.wait_hyper for slot in program.slots]),
        "jobs": _ends([slot.wait_jobs for slot in program.slots]),
    }
    last = len(program.slots) - 1

    def waited(table: str) -> int:
        ends, row = waits[table], rows.get(table, 0)
        return ends[row] if row < len(ends) else last

    for number, slot in enumerate(program.slots):
        for dma in slot.dma:
            add("dma", dma, number, waited("dma"), "dma")
        for hyper in slot.hyper:
            if not hyper.done_in(training_step, program.training_steps):
                rows["hyper"] = rows.get("hyper", 0) + 1
                continue
            add("hyperbus", hyper, number, waited("hyper"), "hyper")
        for job in slot.jobs:
            add("redmule", job, number, waited("jobs"), "jobs")
        for call in slot.calls:
            add("cores", call, number, number, f"{call.kernel.removeprefix('td_')}_args")
    return found


def _ends(waits: list[int]) -> list[int]:
    """Of each transfer (job), in order of start, the slot that waits for it."""
    ends: list[int] = []
    for slot, count in enumerate(waits):
        ends += [slot] * max(0, count - len(ends))
    return ends


def _pieces(item: Dma | Hyper | Call, training_step: int) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    if isinstance(item, Dma):
        planes, words = item.planes, (item.length // WORD, WORD)
        source = ((planes, item.source_stride2), (item.rows, item.source_stride), words)
        target = ((planes, item.destination_stride2), (item.rows, item.destination_stride), words)
        return (_piece(item.source, source),), (_piece(item.destination, target),)
    if isinstance(item, Hyper):
        dims = ((item.length // WORD, WORD),)
        outside = Piece("L3", item.l3 + training_step * item.l3_step_stride, dims)
        inside = _piece(item.l2, dims)
        return ((inside,), (outside,)) if item.to_l3 else ((outside,), (inside,))
    fields = {id(value.buffer): name for name, value in item.args.items() if isinstance(value, Ref)}
    reads, writes = (
        tuple(_boxed(ref, box, fields.get(id(ref.buffer), "")) for ref, box in side)
        for side in (item.reads, item.writes)
    )
    return reads, writes


def _piece(ref: Ref, dims: tuple[tuple[int, int], ...]) -> Piece:
    return Piece(ref.buffer.level, ref.address, dims)


def _boxed(ref: Ref, box: Box, field: str) -> Piece:
    """Where ``box`` lies in its buffer: a program that was checked has no other box."""
    found = locate(ref.buffer.box, box)
    if found is None:
        raise ValueError(f"{ref.buffer.name} does not hold {box}")
    dims = tuple((count, WORD * stride) for (count, _), stride in zip(box.dims, found.strides, strict=True))
    return Piece(ref.buffer.level, ref.address + WORD * found.offset, dims, box, field)
