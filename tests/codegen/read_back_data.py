# SPDX-License-Identifier: Apache-2.0
"""Reads network.c in its form as data back, as ``read_back`` does the form as code."""

import re
import struct
from dataclasses import dataclass, field
from typing import Any

from tests.codegen.read_back import Action, ref, slot_of
from traindeploy.codegen.action_words import Kind
from traindeploy.codegen.data_rows import HYPERBUS, Said, slots_said
from traindeploy.ir.program import Call, Dma, Hyper, Only, Slot
from traindeploy.ops import KERNELS

TABLE = re.compile(r"static const \w+ (\w+)\[\] = \{\n(.*?)\n\};", re.DOTALL)
ENGINES = {Kind.DMA: "dma", Kind.JOB: "jobs", **dict.fromkeys(HYPERBUS, "hyper")}
ONLY: dict[Kind, Only] = {Kind.FIRST: "first", Kind.LAST: "last"}
DMA_SHAPE = ("length", "source_stride", "destination_stride", "rows", "source_stride2", "destination_stride2", "planes")
WAITS = {Kind.WAIT_DMA: "dma", Kind.WAIT_HYPER: "hyper", Kind.WAIT_JOBS: "jobs"}


def tables_of(text: str) -> tuple[dict[str, list[int]], list[str]]:
    """(numbers by table, kernels) of the C."""
    bodies = dict(TABLE.findall(text))
    kernels = re.findall(r"\)(td_\w+), sizeof\(\1_args_t\)", bodies.pop("kernels"))
    numbers = {
        name: [
            int(word.rstrip("u"), 0) for line in body.splitlines() for word in _code(line).split(",") if word.strip()
        ]
        for name, body in bodies.items()
    }
    return numbers, kernels


def _code(line: str) -> str:
    return re.sub(r"[{} ]", "", line.partition("//")[0])


@dataclass
class DataSource:
    """The tables of network.c as actions; ``begins``: the operators that are reported as begun, in order."""

    tables: dict[str, list[int]]
    kernels: list[str]
    slots_: int
    sample_stride: int = 0
    actions: list[list[Action]] = field(init=False)
    begins: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.started = dict.fromkeys(WAITS.values(), 0)
        said = slots_said(self.tables, self.kernels, self.slots_)
        self.actions = [[*map(self._action, slot), Action("barrier")] for slot in said]
        self.actions = [[action for action in slot if action.kind != "begins"] for slot in self.actions]

    @classmethod
    def of(cls, text: str) -> "DataSource":
        slots, stride = (int(re.findall(pattern, text)[0]) for pattern in (r"\.slots = (\d+)u", r"STRIDE (\d+)u"))
        return cls(*tables_of(text), slots, stride)

    def _action(self, said: Said) -> Action:
        if said.kind in ENGINES:
            engine = ENGINES[said.kind]
            self.started[engine] += 1
            return Action("start", engine, self._item(said))
        if said.kind in WAITS:
            return Action("wait", WAITS[said.kind], number=self.started[WAITS[said.kind]] - said.number)
        if said.kind is Kind.CALLS:
            return Action("call", "", self._item(said))
        if said.kind is Kind.BEGINS:
            self.begins.append(said.number)
            return Action("begins")
        return Action("report", number=said.number)

    def _item(self, said: Said) -> Dma | Hyper | Call:
        words, label = said.words, f"{said.table}[{said.row}]"
        if said.table == "dma":
            source, target, *shape = words
            return Dma(ref(source), ref(target), **dict(zip(DMA_SHAPE, shape, strict=True)), label=label)
        if said.table == "hyper":
            stride = self.sample_stride if said.kind is Kind.SAMPLE else 0
            return Hyper(words[0], ref(words[1]), words[2], bool(words[3]), stride, label, ONLY.get(said.kind, ""))
        kernel = "td_gemm" if said.table == "jobs" else self.kernels[said.number]
        return Call(kernel, "cores", arguments(kernel, words), [], [], label, -1, 0)

    def slots(self) -> list[Slot]:
        """As the host's interpreter runs them."""
        return [slot_of(actions) for actions in self.actions]


def arguments(kernel: str, words: tuple[int, ...]) -> dict[str, Any]:
    """By name: a reference where the struct has a pointer, None for a null one, a float, a number."""
    declared = KERNELS[kernel]
    pointers = {port.field for port in (*declared.inputs, *declared.outputs)}

    def value(name: str, word: int) -> Any:
        if name in pointers:
            return ref(word) if word else None
        return struct.unpack("<f", struct.pack("<I", word))[0] if name in declared.floats else word

    return {name: value(name, word) for name, word in zip(declared.arguments, words, strict=True)}
