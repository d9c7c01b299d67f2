# SPDX-License-Identifier: Apache-2.0
"""Tables of a training step that is data -> what they say, action by action: the way back, believing nobody."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from traindeploy.codegen.action_words import CALLS_END, VALUE_BITS, Kind, kind_of
from traindeploy.ops import KERNELS

HYPERBUS = (Kind.HYPER, Kind.SAMPLE, Kind.FIRST, Kind.LAST)
DESCRIPTORS = {Kind.DMA: ("dma", 9), Kind.JOB: ("jobs", 12), **dict.fromkeys(HYPERBUS, ("hyper", 4))}
SHAPES = {"dma": "dma_shapes", "hyper": "hyper_shapes", "jobs": "job_shapes"}
Tables = Mapping[str, Sequence[int]]  # each table's numbers; longer ones do no harm


@dataclass(frozen=True)
class Said:
    """An action. A start or a call (``kind`` CALLS) has a descriptor: its words, ``table`` and ``row`` as triage counts
    them. ``number`` is that of the word, of what has none.
    """

    kind: Kind
    number: int = 0
    table: str = ""
    row: int = 0
    words: tuple[int, ...] = ()


class _Reader:
    def __init__(self, tables: Tables, kernels: Sequence[str]) -> None:
        self.tables, self.kernels = tables, kernels
        self.at = dict.fromkeys(("actions", "calls", "arguments", "addresses"), 0)
        self.rows: dict[str, int] = {}

    def take(self, table: str, count: int = 1) -> tuple[int, ...]:
        at = self.at[table]
        self.at[table] += count
        found = tuple(self.tables[table][at : at + count])
        if len(found) < count:
            raise ValueError(f"{table} ends too early")
        return found

    def row(self, table: str) -> int:
        self.rows[table] = self.rows.get(table, -1) + 1
        return self.rows[table]

    def action(self) -> tuple[Kind, int]:
        upper = 0
        while True:
            (word,) = self.take("actions")
            kind, number = kind_of(word), upper << VALUE_BITS | word & (1 << VALUE_BITS) - 1
            if kind is not Kind.MORE:
                return kind, number
            upper = number

    def started(self, kind: Kind, number: int) -> Said:
        table, words = DESCRIPTORS[kind]
        shape = tuple(self.tables[SHAPES[table]][number * words : (number + 1) * words])
        addresses = self.take("addresses", len(kind.addresses))
        if len(shape) < words or any(shape[: len(addresses)]):
            raise ValueError(f"{SHAPES[table]} has no shape {number}")
        return Said(kind, number, table, self.row(table), addresses + shape[len(addresses) :])

    def call(self) -> Said:
        (number,) = self.take("calls")
        if number >= len(self.kernels):
            raise ValueError(f"there is no kernel {number}")
        kernel = self.kernels[number]
        table = f"{kernel.removeprefix('td_')}_args"
        words = self.take("arguments", len(KERNELS[kernel].arguments))
        return Said(Kind.CALLS, number, table, self.row(table), words)


def slots_said(tables: Tables, kernels: Sequence[str], slots: int) -> Iterator[list[Said]]:
    """What each slot does, in order, without its barrier. ``kernels``: their names by number.

    ValueError if the tables say nothing, or core 0 and the others disagree about the calls of a slot.
    """
    reader = _Reader(tables, kernels)
    for slot in range(slots):
        done: list[Said] = []
        while (action := reader.action())[0] is not Kind.BARRIER:
            kind, number = action
            if kind is Kind.CALLS:
                done += [reader.call() for _ in range(number)]
            else:
                done.append(reader.started(kind, number) if kind in DESCRIPTORS else Said(kind, number))
        if reader.take("calls") != (CALLS_END,):
            raise ValueError(f"slot {slot}: core 0 is at its end, and the other cores have calls left")
        yield done
