# SPDX-License-Identifier: Apache-2.0
"""Program -> tables that the runtime walks: a training step as data, some ten bytes an action.

Descriptors differ in their addresses mostly. Here they are *shapes*, each once, and addresses in order of use.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from traindeploy.codegen.action_words import CALLS_END, Kind, encoded
from traindeploy.codegen.descriptors import arguments, bits, dma_fields, hyper_fields
from traindeploy.ir.program import Call, Program, Slot
from traindeploy.ops import KERNELS

ONLY = {"first": Kind.FIRST, "last": Kind.LAST}


@dataclass
class Words:
    """A table of numbers: ``rows`` are (numbers, comment)."""

    type: str
    name: str
    rows: list[tuple[str, str]] = field(default_factory=list)

    def add(self, words: Sequence[int], comment: str) -> None:
        """A line of the table."""
        self.rows.append((", ".join(map(hex, words)), comment))


class Shapes:
    """Descriptors without their addresses, each once."""

    def __init__(self, type_: str, name: str) -> None:
        self.type, self.name = type_, name
        self.numbers: dict[tuple[int, ...], int] = {}

    def number(self, fields: Sequence[int]) -> int:
        """The number of the shape with these fields."""
        return self.numbers.setdefault(tuple(fields), len(self.numbers))

    @property
    def rows(self) -> list[tuple[str, str]]:
        return [(", ".join(map(_word, fields)), f"shape {number}") for fields, number in self.numbers.items()]


class DataProgram:
    """The tables of a program, filled slot by slot."""

    def __init__(self, program: Program) -> None:
        self.actions = Words("uint16_t", "actions")
        self.calls = Words("uint8_t", "calls")
        self.arguments = Words("uint32_t", "arguments")
        self.addresses = Words("uint32_t", "addresses")
        self.shapes = {
            "dma": Shapes("td_dma_t", "dma_shapes"),
            "hyper": Shapes("td_hyper_t", "hyper_shapes"),
            "jobs": Shapes("td_redmule_job_t", "job_shapes"),
        }
        self.kernels: dict[str, int] = {}
        self.rows: dict[str, int] = {}  # how many of each table of descriptors, as triage counts them
        self.seen: set[int] = set()
        for number, slot in enumerate(program.slots):
            self._slot(number, slot)

    @property
    def tables(self) -> list[Words | Shapes]:
        return [self.actions, self.calls, self.arguments, self.addresses, *self.shapes.values()]

    def _do(self, kind: Kind, comment: str, number: int = 0) -> None:
        said = f"{comment}: {kind.name} {number}" if number else f"{comment}: {kind.name}"
        self.actions.add(encoded(kind, number), said)

    def _slot(self, number: int, slot: Slot) -> None:
        where = f"slot {number}"
        for index in dict.fromkeys(call.operator for call in (*slot.jobs, *slot.calls)):
            if index not in self.seen:
                self._do(Kind.BEGINS, where, index)
                self.seen.add(index)
        for kind, table, fields, places, label in _starts(slot):
            name = self._named(table, label)
            self._do(kind, f"{name}, {where}", self.shapes[table].number(fields))
            self.addresses.add(places, name)
        if slot.calls:
            self._do(Kind.CALLS, where, len(slot.calls))
        for call in slot.calls:
            self._call(call)
        self.calls.add([CALLS_END], f"end of {where}")
        for wait, left in self._waits(slot):
            self._do(wait, where, left)
        for index in slot.reports:
            self._do(Kind.REPORT, where, index)
        self._do(Kind.BARRIER, where)

    def _named(self, table: str, label: str) -> str:
        row = self.rows.get(table, 0)
        self.rows[table] = row + 1
        return f"{table}[{row}] {label}"

    def _call(self, call: Call) -> None:
        name = self._named(f"{call.kernel.removeprefix('td_')}_args", call.label)
        self.calls.add([self.kernels.setdefault(call.kernel, len(self.kernels))], name)
        self.arguments.add([bits(value) for value in arguments(call)], name)

    def _waits(self, slot: Slot) -> Iterator[tuple[Kind, int]]:
        waits = ((Kind.WAIT_DMA, "dma", slot.wait_dma), (Kind.WAIT_HYPER, "hyper", slot.wait_hyper))
        for kind, table, count in (*waits, (Kind.WAIT_JOBS, "jobs", slot.wait_jobs)):
            if count:
                yield kind, self.rows[table] - count


def _starts(slot: Slot) -> Iterator[tuple[Kind, str, list[int], list[int], str]]:
    """(kind, table, fields without addresses, addresses, label) of what core 0 starts."""
    for dma in slot.dma:
        fields = [int(value) for value in dma_fields(dma)]
        yield Kind.DMA, "dma", [0, 0, *fields[2:]], fields[:2], dma.label
    for hyper in slot.hyper:
        fields = [int(value) for value in hyper_fields(hyper)]
        kind = ONLY[hyper.only] if hyper.only else Kind.SAMPLE if hyper.l3_step_stride else Kind.HYPER
        yield kind, "hyper", [0, 0, *fields[2:]], fields[:2], hyper.label
    for job in slot.jobs:
        fields = [bits(value) for value in arguments(job)]
        addresses = len(Kind.JOB.addresses)
        yield Kind.JOB, "jobs", [0] * addresses + fields[addresses:], fields[:addresses], job.label


def kernel_rows(kernels: dict[str, int]) -> list[str]:
    """The initialisers of the kernels that a program calls, by their numbers."""
    if len(kernels) > CALLS_END:
        raise ValueError(f"{len(kernels)} kernels: a call's byte tells {CALLS_END} apart")
    assert all(name in KERNELS for name in kernels)
    return [f"(void (*)(const void *, uint32_t)){name}, sizeof({name}_args_t)" for name in kernels]


def _word(value: Any) -> str:
    return f"{value}u"
