# SPDX-License-Identifier: Apache-2.0
"""The cocotb test of a whole run: boot the firmware, check every operator when it ends, write bench.json.

Runs inside the simulator; tb/run.py starts it and says in TD_RUN (BenchSettings) where the run directory is and what
the limits are. The facts go to bench.json in any case; the test itself fails if anything was wrong.
"""

import hashlib
import os
import time
from functools import cached_property
from pathlib import Path

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import Timer
from pyuvm import ConfigDB, test, uvm_test

from tb.env.common.dut import Dut
from tb.env.common.elf import Firmware
from tb.env.network import counters, timeline
from tb.env.network.checker import Checker, worst
from tb.env.network.components import PERIOD_PS, CycleCounter
from tb.env.network.diagnosis import bus_fault, end_of_computation, platform_state
from tb.env.network.disturb import disturb_redmule_row
from tb.env.network.env import NetworkEnv
from tb.env.network.events import ProgressFile
from tb.env.network.memory import MemoryMap
from tb.env.network.profile import Profile
from tb.env.network.settings import VARIABLE, BenchSettings
from tb.env.network.watch import Watcher
from tb.run_dir import read_expected
from traindeploy.records import serial
from traindeploy.records.arrays import Array, read_arrays
from traindeploy.records.bench import BenchRecord
from traindeploy.records.bench import Profile as Measured
from traindeploy.records.program import ProgramDescription
from traindeploy.records.progress import RunEnded
from traindeploy.records.schedule import ScheduleDescription
from traindeploy.records.timeline import Timeline
from traindeploy.records.verdict import Verdict

STATE = "state.npz"  # of a reproducer: level and address as text -> bytes
POWER_UP = 1  # seed of what the memories hold before anything is loaded: the same in every run


def load_image(memory: MemoryMap, path: Path) -> int:
    """Write an image (npz: L3 address as text -> array) to L3; returns its bytes."""
    total = 0
    for key, array in read_arrays(path).items():
        data = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        memory.bytes_at("L3", int(key, 0), data.size)[:] = data
        total += data.size
    return total


def load_state(memory: MemoryMap, path: Path) -> None:
    """What L1 and L2 hold before the first fetch, if a reproducer (traindeploy/triage) says so."""
    if path.exists():
        for key, array in read_arrays(path).items():
            level, _, address = key.partition("@")
            memory.bytes_at(level, int(address, 0), array.size)[:] = array


@test()
class NetworkTest(uvm_test):
    """One whole run of a compiled program. ``failure``: why it is none that passes; empty so far."""

    failure = ""

    def build_phase(self) -> None:
        self.settings: BenchSettings = serial.parse(BenchSettings, os.environ[VARIABLE], VARIABLE)
        self.run_dir = Path(self.settings.run_dir)
        self.dut: Dut = cocotb.top
        self.memory = MemoryMap.of_simulator()
        self.firmware = Firmware(self.run_dir / "firmware.elf")
        program = serial.read(ProgramDescription, self.run_dir / "program.json")
        self.profile = Profile() if self.settings.profile else None
        self.checker = self.checker_of(program)
        counter = counters.of_simulator()
        self.cycles = CycleCounter(lambda: counters.cycles(counter))
        self.progress = ProgressFile(self.run_dir / "progress.jsonl")
        shared = {
            "CYCLES": self.cycles,
            "CHECKER": self.checker,
            "PROGRESS": self.progress,
            "PROFILE": self.profile,
            "ON_FIRST_MISMATCH": self._save_memories,
            "LIMITS": (self.settings.max_cycles, self.settings.max_seconds),
            "TIMELINE": lambda: self.timeline,
            "SCHEDULE": self._schedule() if program.slots else None,
            "STEPS": program.steps,
            "ENDED": lambda: not self.failure,
        }
        for name, value in shared.items():
            ConfigDB().set(None, "*", name, value)
        self.env = NetworkEnv("env", self)

    def _schedule(self) -> ScheduleDescription:
        return serial.read(ScheduleDescription, self.run_dir / "schedule.json")

    @cached_property
    def timeline(self) -> Timeline:
        """When engines and cores did what; it is read when the run has ended."""
        return timeline.timeline(timeline.of_simulator(), self.cycles.begun, len(self.dut.core_sleep))

    def checker_of(self, program: ProgramDescription) -> Checker:
        """What compares the operators of ``program``."""
        return Checker(program, self.memory, self._expected, compares=self.settings.check)

    def _expected(self, step: int) -> dict[str, Array]:
        return read_expected(self.run_dir, step)

    def _save_memories(self) -> None:
        """What L1 and L2 held when the first wrong tensor was found, for its diagnosis."""
        np.savez_compressed(
            self.run_dir / "memory_at_mismatch.npz", L1=self.memory.regions["L1"], L2=self.memory.regions["L2"]
        )

    async def run_phase(self) -> None:
        self.raise_objection()
        self.started = time.monotonic()
        self.detail: list[str] = []
        self.eoc_value: int | None = None
        self.measured: Measured | None = None
        self.end_cycle = 0
        try:
            self.failure = await self._run()
        except BaseException as error:  # also when an assertion in the design ends the simulation under us
            self.end_cycle = self.cycles()
            self._write_record(f"the simulation ended early: {error!r}", Verdict.ERROR)
            raise
        self.drop_objection()

    def check_phase(self) -> None:
        """What stopped the run, else the first wrong tensor, else what the platform did that the schedule has not."""
        found = self.checker.complaint() or next(iter(self.env.schedule.complaints), "")
        before = f"; before that, {found}" if self.failure and self.checker.mismatches else ""
        self.failure = f"{self.failure}{before}" if self.failure else found

    def report_phase(self) -> None:
        assert self._write_record(self.failure), "see bench.json"

    def _write_record(self, failure: str, verdict: Verdict | None = None) -> bool:
        record = self._record(failure, verdict or (Verdict.FAILED if failure else Verdict.PASSED))
        serial.write(record, self.run_dir / "bench.json")
        if self.checker.program.slots:  # else there is no schedule that it could be joined with
            serial.write(self.timeline, self.run_dir / "timeline.json")
        self.progress.emit(RunEnded(cycle=record.cycles, passed=record.passed))
        return record.passed

    async def _run(self) -> str:
        await self._boot()
        if self.settings.waves is not None:
            cocotb.start_soon(self._dump(*self.settings.waves))
        if self.settings.disturb_row is not None:
            cocotb.start_soon(disturb_redmule_row(self.settings.disturb_row))
        watcher = None
        if self.settings.watch is not None:
            watcher = Watcher(self.settings.watch, self.firmware, self.memory, self.cycles, self.run_dir)
            cocotb.start_soon(watcher.run())
        failure = await self.env.watchdog.wait_for_end()
        if watcher is not None:
            watcher.finish()
        self.measured = self.profile.result() if self.profile is not None else None
        self.end_cycle = self.cycles() if failure else self.env.watchdog.end_cycle
        self.checker.finish(self.end_cycle, ended=not failure)
        if failure:
            self.detail = platform_state(self._pcs(), *self._engine_state(), self.firmware)
            self.detail += [fault] if (fault := self._bus_fault()) else []
            return failure
        self.eoc_value = int(self.dut.eoc_value.value)
        return end_of_computation(self.eoc_value, self.firmware, self.memory) or self._bus_fault()

    def _bus_fault(self) -> str:
        dut = self.dut
        if not int(dut.fault.value):
            return ""
        source, core = int(dut.fault_source.value), int(dut.fault_core.value)
        return bus_fault(source, core, int(dut.fault_addr.value), int(dut.fault_pc.value), self.firmware)

    async def _boot(self) -> None:
        """Pulse reset, load the memories as a boot loader would, then let the cores fetch."""
        dut = self.dut
        dut.rst_ni.value = 1  # two-state models start at 0: without an edge, flops behind stopped clocks see no reset
        dut.clk_i.value = 0
        dut.fetch_enable_i.value = 0
        dut.dump_on_i.value = 0
        dut.boot_addr_i.value = self.firmware.entry
        self.memory.scramble(POWER_UP)
        for address, data in self.firmware.segments:
            self.memory.bytes_at("L2", address, len(data))[:] = np.frombuffer(data, np.uint8)
        load_image(self.memory, self.run_dir / "l3.npz")
        load_state(self.memory, self.run_dir / STATE)
        await Timer(PERIOD_PS, "ps")
        dut.rst_ni.value = 0
        await Timer(PERIOD_PS, "ps")
        Clock(dut.clk_i, PERIOD_PS, "ps", impl="gpi").start(start_high=False)
        await Timer(10 * PERIOD_PS, "ps")
        dut.rst_ni.value = 1
        await Timer(10 * PERIOD_PS, "ps")
        self.cycles.booted = True
        dut.fetch_enable_i.value = 1
        await dut.first_fetch.rising_edge
        self.cycles.begin()

    async def _dump(self, first: int, last: int | None) -> None:
        if first > self.cycles():
            await Timer((first - self.cycles()) * PERIOD_PS, "ps")
        self.dut.dump_on_i.value = 1
        if last is not None:
            await Timer(max(1, last - self.cycles()) * PERIOD_PS, "ps")
            self.dut.dump_on_i.value = 0

    def _pcs(self) -> list[int]:
        packed = int(self.dut.core_pc.value)
        return [packed >> 32 * core & 0xFFFF_FFFF for core in range(len(self.dut.core_sleep))]

    def _engine_state(self) -> tuple[int, int]:
        return int(self.dut.core_sleep.value), int(self.dut.engine_busy.value)

    def _record(self, failure: str, verdict: Verdict) -> BenchRecord:
        checker = self.checker
        return BenchRecord(
            verdict=verdict,
            failure=failure,
            detail="\n".join(self.detail + checker.complaints + self.env.schedule.complaints),
            cycles=self.end_cycle,
            max_ulp=worst(operator.max_ulp for operator in checker.operators),
            coverage=(*self.env.coverage.report(), *self.env.activity.report()),
            tensors_compared=sum(operator.tensors for operator in checker.operators),
            elements_compared=sum(operator.elements for operator in checker.operators),
            losses=tuple(checker.losses),
            sim_seconds=round(time.monotonic() - self.started, 2),
            step_spans=tuple(checker.spans),
            clock_skew=self.cycles.skew,
            operators=tuple(checker.operators),
            mismatches=checker.judged(),
            counters=counters.read(counters.of_simulator(), len(self.dut.core_sleep)),
            memory={level: hashlib.sha256(data.data).hexdigest() for level, data in self.memory.regions.items()},
            eoc_value=self.eoc_value,
            cpu_seconds=round(time.process_time(), 2),
            profile=self.measured,
        )
