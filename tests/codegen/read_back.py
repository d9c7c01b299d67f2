# SPDX-License-Identifier: Apache-2.0
"""Reads network.c back: what the C says, whatever the schedule meant.

The structs' fields come from the headers that the C includes, addresses and sizes from its tables, the order from its
functions; nothing of the program that it was generated from is used.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from traindeploy.codegen.kernel_header import kernel_header
from traindeploy.ir.program import Buffer, Call, Dma, Hyper, Only, Ref, Slot
from traindeploy.ir.region import Box
from traindeploy.platform import TCDM
from traindeploy.platform.paths import ROOT

TABLE = re.compile(r"static const (\w+) (\w+)\[\] = \{\n(.*?)\n\};", re.DOTALL)
ROW = re.compile(r"    \{ (.*?) \}, // \d+: (.*)")
STEP = re.compile(r"void slot_(\d+)\(uint32_t core(?:, uint32_t training_step)?\)\n\{\n(.*?)\n\}\n", re.DOTALL)
ONLY: dict[str, Only] = {"if (training_step == 0) ": "first", "if (training_step + 1 == TRAINING_STEPS) ": "last"}
STARTS = re.compile(r"(?:last_(?:dma|hyper) = )?td_(dma|hyper|redmule)_start\(&(\w+?)(?:\[(\d+)\])?\);")
STRUCT = re.compile(r"typedef struct \{(.*?)\} (\w+);", re.DOTALL)
NOWHERE = Box("", 0, ((1, 1),), 4)


@dataclass
class Action:
    """``kind``: start, call, wait, report, barrier.

    ``engine``: dma, hyper or jobs. ``item``: what is started or called. ``number``: how many of the engine's items are
    waited for, or the operator that is reported.
    """

    kind: str
    engine: str = ""
    item: Dma | Hyper | Call | None = None
    number: int = 0


@dataclass
class Source:
    """network.c as tables and functions."""

    text: str
    actions: list[list[Action]] = field(init=False)  # of each step, in the order in which td_main calls them

    def __post_init__(self) -> None:
        headers = (ROOT / "firmware" / "runtime" / "td_runtime.h").read_text() + kernel_header()
        self.fields = {name: _names(body) for body, name in STRUCT.findall(headers)}
        self.fields["td_redmule_job_t"] = self.fields["td_gemm_args_t"]
        self.tables = {
            name: (type_, [(row, label) for row, label in ROW.findall(body)])
            for type_, name, body in TABLE.findall(self.text)
        }
        self.started = {"dma": 0, "hyper": 0, "jobs": 0}
        bodies = dict(STEP.findall(self.text))
        main = self.text[self.text.index("void td_main") :]
        called = re.findall(r"^        slot_(\d+)\(core", main, re.MULTILINE)
        self.actions = [list(self._step(bodies[number])) for number in called]

    def _step(self, body: str) -> Iterator[Action]:
        first_core_only = False
        for line in map(str.strip, body.splitlines()):
            code = line.partition(" //")[0]
            if code == "if (core == 0) {":
                first_core_only = True
            elif code == "}":
                first_core_only = False
            elif found := self._action(code, line.partition("// ")[2]):
                assert first_core_only != (found.kind in ("call", "barrier")), f"{line!r}: on the wrong cores"
                yield found

    def _action(self, code: str, label: str) -> Action | None:
        condition = next((text for text in ONLY if code.startswith(text)), "")
        if found := STARTS.fullmatch(code.removeprefix(condition)):
            action = self._start(found[1], found[2], found[3], label)
            if condition:
                assert isinstance(action.item, Hyper)
                action.item.only = ONLY[condition]
            return action
        if found := re.fullmatch(r"td_(dma|hyper)_wait\(last_\1(?: - (\d+))?\);", code):
            return Action("wait", found[1], number=self.started[found[1]] - int(found[2] or 0))
        if found := re.fullmatch(r"td_redmule_wait(?:_left)?\((\d*)\);", code):
            return Action("wait", "jobs", number=self.started["jobs"] - int(found[1] or 0))
        if found := re.fullmatch(r"td_report\((\d+)\);", code):
            return Action("report", number=int(found[1]))
        if code == "td_barrier();":
            return Action("barrier")
        if found := re.fullmatch(r"(td_\w+)\(&(\w+)\[(\d+)\], core\);", code):
            return Action("call", "", self._item(found[2], int(found[3]), label))
        known = code.startswith(("td_report(OPERATOR_BEGINS", "td_hyper_t sample_", "sample_", "(void)core;"))
        assert known or not code, f"network.c has a line that nobody reads: {code!r}"
        return None

    def _start(self, name: str, table: str, index: str | None, label: str) -> Action:
        engine = "jobs" if name == "redmule" else name
        self.started[engine] += 1
        if index is None:  # a copy, whose place in L3 moves from step to step
            return Action("start", engine, self._item(name, int(table.removeprefix("sample_")), label, moves=True))
        return Action("start", engine, self._item(table, int(index), label))

    def _item(self, table: str, index: int, label: str, moves: bool = False) -> Dma | Hyper | Call:
        type_, rows = self.tables[table]
        values = [_value(word) for word in rows[index][0].split(", ")]
        a = dict(zip(self.fields[type_], values, strict=True))
        if type_ == "td_dma_t":
            return Dma(
                ref(a["src"]), ref(a["dst"]), a["len"], a["src_stride"], a["dst_stride"], a["rows"],
                a["src_stride2"], a["dst_stride2"], a["planes"], label,
            )  # fmt: skip
        if type_ == "td_hyper_t":
            stride = int(re.findall(r"#define SAMPLE_STRIDE (\d+)u", self.text)[0])
            return Hyper(a["l3_addr"], ref(a["l2_addr"]), a["len"], bool(a["dir"]), stride * moves, label)
        kernel = "td_gemm" if type_ == "td_redmule_job_t" else type_.removesuffix("_args_t")
        return Call(kernel, "cores", a, [], [], label, -1, 0)

    def slots(self) -> list[Slot]:
        """As the host's interpreter runs them."""
        return [slot_of(actions) for actions in self.actions]


def slot_of(actions: list[Action]) -> Slot:
    def started(engine: str) -> list[Any]:
        return [action.item for action in actions if (action.kind, action.engine) == ("start", engine)]

    def waited(engine: str) -> int:
        return max((a.number for a in actions if (a.kind, a.engine) == ("wait", engine)), default=0)

    calls: list[Any] = [action.item for action in actions if action.kind == "call"]
    reports = [action.number for action in actions if action.kind == "report"]
    waits = {f"wait_{engine}": waited(engine) for engine in ("dma", "hyper", "jobs")}
    return Slot(started("dma"), started("hyper"), started("jobs"), calls, reports=reports, **waits)


def _names(body: str) -> list[str]:
    """The fields of a struct in their order."""
    statements = re.sub(r"//.*", "", body).split(";")
    lists = (re.sub(r"^\s*(?:const\s+)?\w+\s", "", statement.strip()) for statement in statements if statement.strip())
    return [name.strip().lstrip("*") for names in lists for name in names.split(",")]


def ref(address: int) -> Ref:
    return Ref(Buffer("", "L1" if address < TCDM.base + TCDM.size else "L2", 0, NOWHERE, address=0), address)


def _value(word: str) -> Any:
    """A number, a reference where the C has a pointer, None for a null pointer."""
    if word.startswith("(void *)"):
        return ref(int(word.removeprefix("(void *)").rstrip("u"), 16))
    if word.endswith("f") and not word.startswith("0x1c") and ("p" in word or "." in word):
        return float.fromhex(word.rstrip("f"))
    return None if word == "0" else int(word.rstrip("u"), 0)
