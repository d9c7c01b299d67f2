# SPDX-License-Identifier: Apache-2.0
"""After each call, all of L1 that programs use: the case's window as it must be, the rest as it was."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tb.env.kernel.settings import CASES, FOUND
from tb.env.network.checker import Checker
from traindeploy.platform import TCDM_ARENA
from traindeploy.records.arrays import Array, read_arrays, write_arrays
from traindeploy.records.bench import OperatorResult

SHOWN = 3  # complaints in words; all are in FOUND


@dataclass
class CaseChecker(Checker):
    """``counters`` reads the platform's performance counters; FOUND in ``folder`` gets, in the calls' order,

    span: [calls, 2] cycles at which each began and ended (-1: it did not); counters: [calls, 2, n] at those; wrong:
    numbers of the calls whose window differs, wrong_first and wrong_words: what they hold; stray: [k, 3] call, address
    and word of whatever else was changed.
    """

    folder: Path = Path()
    counters: Callable[[], list[int]] = list
    wrong: dict[int, Array] = field(default_factory=dict)
    stray: list[tuple[int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        given = read_arrays(self.folder / CASES)
        self._base, self._first, self._after = given["base"], given["first"], given["after"]
        self._span = np.full((len(self._base), 2), -1, np.int64)
        self._counted: list[tuple[list[int], list[int]]] = [([], []) for _ in self._base]
        self._arena = self.memory.bytes_at("L1", TCDM_ARENA.base, TCDM_ARENA.size).view(np.uint32)
        self._before: Array | None = None

    def begin(self, index: int, cycle: int) -> None:
        """Call ``index`` begins: its window is filled, its operands are there."""
        self._span[index, 0] = cycle
        self._counted[index] = (self.counters(), [])
        self._before = self._arena.copy()

    def complete(self, index: int, cycle: int) -> OperatorResult | None:
        """Call ``index`` ended: compare L1."""
        counted = self.counters()
        if self._before is None or self._span[index, 0] < 0 or self._span[index, 1] >= 0:
            self.complaints.append(f"call {index} ended without a beginning, or twice")
            return None
        self._span[index, 1] = cycle
        self._counted[index] = (self._counted[index][0], counted)
        after = self._after[self._first[index] : self._first[index + 1]]
        low = (int(self._base[index]) - TCDM_ARENA.base) // 4
        high = low + after.size
        if not np.array_equal(self._arena[low:high], after):
            self.wrong[index] = self._arena[low:high].copy()
            self._complain(f"{self._by_index[index].name}: L1 differs from what the machine model leaves")
        for begin, end in ((0, low), (high, self._arena.size)):
            changed = np.flatnonzero(self._arena[begin:end] != self._before[begin:end])
            if changed.size:
                at = begin + int(changed[0])
                self.stray.append((index, TCDM_ARENA.base + 4 * at, int(self._arena[at])))
                self._complain(f"{self._by_index[index].name}: wrote to {TCDM_ARENA.base + 4 * at:#010x}, not its own")
        self._before = None
        return None

    def _complain(self, text: str) -> None:
        if len(self.complaints) < SHOWN:
            self.complaints.append(text)

    def finish(self, cycle: int, *, ended: bool = True) -> None:
        """Write FOUND. A call that has not ended is a complaint."""
        missing = np.flatnonzero(self._span[:, 1] < 0)
        if missing.size:
            self._complain(f"{missing.size} calls did not end, first {self._by_index[int(missing[0])].name}")
        width = max((len(after) for _, after in self._counted), default=0)
        counted = np.zeros((len(self._counted), 2, width), np.int64)
        for number, (before, after) in enumerate(self._counted):
            if after:
                counted[number] = (before, after)
        numbers = sorted(self.wrong)
        words = [self.wrong[number] for number in numbers]
        found = {
            "span": self._span,
            "counters": counted,
            "wrong": np.array(numbers, np.int64),
            "wrong_first": np.cumsum([0, *(each.size for each in words)]).astype(np.int64),
            "wrong_words": np.concatenate([*words, np.zeros(0, np.uint32)]),
            "stray": np.array(self.stray, np.int64).reshape(-1, 3),
        }
        partial = self.folder / f".{FOUND}"
        write_arrays(partial, found)
        partial.replace(self.folder / FOUND)
