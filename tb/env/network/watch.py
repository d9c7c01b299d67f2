# SPDX-License-Identifier: Apache-2.0
"""Follow core 0 through a window of a run and keep the memories at chosen places, for the triage of a mismatch.

A run is deterministic, so that the same program on the same simulator comes to the same place with the same memories.
Python wakes up every cycle of the window here, which no run does that is judged.
"""

from collections.abc import Iterator
from pathlib import Path

import cocotb
import numpy as np
from cocotb.triggers import Timer

from tb.env.common.dut import Dut
from tb.env.common.elf import Firmware
from tb.env.network.components import PERIOD_PS, CycleCounter
from tb.env.network.memory import MemoryMap
from tb.env.network.settings import Watch
from traindeploy.records import serial
from traindeploy.records.arrays import Array, write_arrays
from traindeploy.records.watch import Entry, Watched

FOLDER = "watched"  # in the run's folder: an .npz a place
AT_CYCLE, AT_END = "at-cycle", "at-end"  # places that are no functions
RECORD = "watched.json"
SAMPLES = (
    "samples"  # arrays by change of any of them: cycle, pc [changes, cores], asleep, busy (a bit a core, an engine)
)


class Watcher:
    """Notes when core 0 enters each slot; keeps memories where ``watch`` asks for it.

    A slot is a function named ``slot_...``, or of a program that is data what the firmware's ``td_slot`` counts.
    """

    def __init__(self, watch: Watch, firmware: Firmware, memory: MemoryMap, cycles: CycleCounter, run_dir: Path):
        self.watch, self.memory, self.cycles = watch, memory, cycles
        self.folder, self.record = run_dir / FOLDER, run_dir / RECORD
        self.names = {address: name for name, address in firmware.symbols.items() if name.startswith("slot_")}
        counter = firmware.symbols.get("td_slot")
        self.counter = None if counter is None else memory.tensor("L1", counter, (1,), "uint32")
        self.entries: list[Entry] = []
        self.samples: list[tuple[int, int, int, int]] = []  # cycle, all program counters, asleep, busy: at each change

    async def run(self) -> None:
        """From the window's first cycle to its last."""
        self.folder.mkdir(exist_ok=True)
        dut: Dut = cocotb.top
        await Timer(max(1, self.watch.first - self.cycles()) * PERIOD_PS, "ps")
        inside, kept = -1, False
        slot = self._slot()
        while self.cycles() < self.watch.last:
            pcs = int(dut.core_pc.value)
            self._sample(pcs, int(dut.core_sleep.value), int(dut.engine_busy.value))
            pc = pcs & 0xFFFF_FFFF  # core 0
            if pc != inside and pc in self.names:
                self._enter(self.names[pc])
            inside = pc
            if slot != self._slot():
                slot = self._slot()
                self._enter(f"slot_{slot - 1:04d}")
            if not kept and self.watch.cycle <= self.cycles():
                self.keep(AT_CYCLE)
                kept = True
            await Timer(PERIOD_PS, "ps")
        self.finish()

    def _slot(self) -> int:
        """What ``td_slot`` says; 0 if slots are functions."""
        return 0 if self.counter is None else int(self.counter[0])

    def finish(self) -> None:
        """Write what was seen, once: at the window's end, or at that of a program that ends before."""
        if not self.record.exists():
            self.folder.mkdir(exist_ok=True)
            self.keep(AT_END)
            self._write()

    def _sample(self, pcs: int, asleep: int, busy: int) -> None:
        if not self.samples or self.samples[-1][1:] != (pcs, asleep, busy):
            self.samples.append((self.cycles(), pcs, asleep, busy))

    def _write(self) -> None:
        dut: Dut = cocotb.top
        cores = len(dut.core_sleep)
        start = self.cycles.start_ps or 0
        watched = Watched(first=self.watch.first, start_ps=start, period_ps=PERIOD_PS, entries=tuple(self.entries))
        serial.write(watched, self.record)
        cycle, pcs, asleep, busy = ([sample[i] for sample in self.samples] for i in range(4))
        split = [[word >> 32 * core & 0xFFFF_FFFF for core in range(cores)] for word in pcs]
        columns: dict[str, Array] = {
            "cycle": np.array(cycle, np.int64),
            "pc": np.array(split, np.uint32).reshape(-1, cores),
            "asleep": np.array(asleep, np.uint32),
            "busy": np.array(busy, np.uint32),
        }
        write_arrays(self.folder / f"{SAMPLES}.npz", columns)

    def _enter(self, name: str) -> None:
        again = any(entry.function == name for entry in self.entries)
        self.entries.append(Entry(function=name, cycle=self.cycles()))
        if name in self.watch.keep and not again:
            self.keep(name)

    def keep(self, place: str) -> None:
        """Write L1, L2 and the asked pieces of L3 to ``<place>.npz``."""
        arrays = {level: self.memory.regions[level] for level in ("L1", "L2")}
        write_arrays(self.folder / f"{place}.npz", {**arrays, **dict(self._l3())})

    def _l3(self) -> Iterator[tuple[str, np.ndarray]]:
        for address, size in self.watch.l3:
            yield f"L3@{address:#x}", self.memory.bytes_at("L3", address, size)
