# SPDX-License-Identifier: Apache-2.0
"""The cocotb test of a whole run: boot the firmware, check every operator when it ends, write bench.json.

Runs inside the simulator; tb/run.py starts it and says in TD_RUN (JSON) where the run directory is and what the limits
are. The facts go to bench.json in any case; the test itself fails if anything was wrong.
"""

import hashlib
import json
import os
import time
from pathlib import Path

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import Timer
from pyuvm import ConfigDB, test, uvm_test

from tb.env.common.elf import Firmware
from tb.env.network import counters
from tb.env.network.checker import Checker
from tb.env.network.components import PERIOD_PS, CycleCounter
from tb.env.network.diagnosis import bus_fault, end_of_computation, platform_state
from tb.env.network.disturb import disturb_redmule_row
from tb.env.network.env import NetworkEnv
from tb.env.network.events import ProgressFile
from tb.env.network.memory import MemoryMap
from tb.env.network.profile import Profile


def load_image(memory: MemoryMap, path: Path) -> int:
    """Write an image (npz: L3 address as text -> array) to L3; returns its bytes."""
    total = 0
    with np.load(path) as image:
        for key in image.files:
            data = np.ascontiguousarray(image[key]).reshape(-1).view(np.uint8)
            memory.bytes_at("L3", int(key, 0), data.size)[:] = data
            total += data.size
    return total


@test()
class NetworkTest(uvm_test):
    """One whole run of a compiled program."""

    def build_phase(self) -> None:
        self.settings = json.loads(os.environ["TD_RUN"])
        self.run_dir = Path(self.settings["run_dir"])
        self.dut = cocotb.top
        self.memory = MemoryMap.of_simulator()
        self.firmware = Firmware(self.run_dir / "firmware.elf")
        program = json.loads((self.run_dir / "program.json").read_text())
        self.profile = Profile() if self.settings.get("profile") else None
        self.checker = Checker(program, self.memory, self._expected, compares=self.settings.get("check", True))
        self.cycles = CycleCounter()
        self.progress = ProgressFile(self.run_dir / "progress.jsonl")
        shared = {
            "CYCLES": self.cycles,
            "CHECKER": self.checker,
            "PROGRESS": self.progress,
            "PROFILE": self.profile,
            "ON_STEP": self._feed,
            "ON_FIRST_MISMATCH": self._save_memories,
            "LIMITS": (self.settings["max_cycles"], self.settings["max_seconds"]),
        }
        for name, value in shared.items():
            ConfigDB().set(None, "*", name, value)
        self.env = NetworkEnv("env", self)

    def _expected(self, step: int) -> dict[str, np.ndarray]:
        path = self.run_dir / "expected" / f"step_{step}.npz"
        if not path.exists():
            return {}
        with np.load(path) as values:
            return {name: values[name] for name in values.files}

    def _feed(self, step: int) -> None:
        path = self.run_dir / "feeds" / f"step_{step}.npz"
        if path.exists():
            load_image(self.memory, path)

    def _save_memories(self) -> None:
        """What L1 and L2 held when the first wrong tensor was found, for its diagnosis."""
        np.savez_compressed(
            self.run_dir / "memory_at_mismatch.npz", L1=self.memory.regions["L1"], L2=self.memory.regions["L2"]
        )

    async def run_phase(self) -> None:
        self.raise_objection()
        self.started = time.monotonic()
        self.detail: list[str] = []
        self.eoc_value = self.measured = None
        self.end_cycle = 0
        try:
            failure = await self._run()
        except BaseException as error:  # also when an assertion in the design ends the simulation under us
            self.end_cycle = self.cycles()
            self._write_result(f"the simulation ended early: {error!r}")
            raise
        self.drop_objection()
        passed = self._write_result(failure)
        assert passed, "see bench.json"

    def _write_result(self, failure: str) -> bool:
        result = self._result(failure, time.monotonic() - self.started)
        (self.run_dir / "bench.json").write_text(json.dumps(result, indent=1))
        self.progress.emit("end", cycle=result["cycles"], passed=result["passed"])
        return result["passed"]

    async def _run(self) -> str:
        await self._boot()
        window = self.settings.get("waves")
        if window is not None:
            cocotb.start_soon(self._dump(*window))
        if self.settings.get("disturb_row") is not None:
            cocotb.start_soon(disturb_redmule_row(self.settings["disturb_row"]))
        failure = await self.env.watchdog.wait_for_end()
        self.measured = self.profile and self.profile.result()
        self.end_cycle = self.cycles() if failure else self.env.watchdog.end_cycle
        self.checker.finish(self.end_cycle)
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
        record = (int(signal.value) for signal in (dut.fault_source, dut.fault_core, dut.fault_addr, dut.fault_pc))
        return bus_fault(*record, self.firmware)

    async def _boot(self) -> None:
        """Pulse reset, load the memories as a boot loader would, then let the cores fetch."""
        dut = self.dut
        dut.rst_ni.value = 1  # two-state models start at 0: without an edge, flops behind stopped clocks see no reset
        dut.clk_i.value = 0
        dut.fetch_enable_i.value = 0
        dut.dump_on_i.value = 0
        dut.boot_addr_i.value = self.firmware.entry
        for address, data in self.firmware.segments:
            self.memory.bytes_at("L2", address, len(data))[:] = np.frombuffer(data, np.uint8)
        load_image(self.memory, self.run_dir / "l3.npz")
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

    def _result(self, failure: str, seconds: float) -> dict:
        checker = self.checker
        if not failure and checker.mismatches:
            first = checker.mismatches[0]
            failure = (
                f"{len(checker.mismatches)} tensors differ, first {first['tensor']!r} of operator {first['operator']}"
                f" at {first['index']}: {first['actual_hex']}, expected {first['expected_hex']} ({first['ulp']} ULP)"
            )
        if not failure and checker.complaints:
            failure = checker.complaints[0]
        operators = checker.operators
        return {
            "passed": not failure,
            "failure": failure,
            "detail": "\n".join(self.detail + checker.complaints),
            "cycles": self.end_cycle,
            "eoc_value": self.eoc_value,
            "sim_seconds": round(seconds, 2),
            "cpu_seconds": round(time.process_time(), 2),
            "tensors_compared": sum(op["tensors"] for op in operators),
            "elements_compared": sum(op["elements"] for op in operators),
            "max_ulp": max((op["max_ulp"] for op in operators), default=0),
            "loss": checker.loss,
            "steps": checker.steps,
            "operators": operators,
            "mismatches": checker.mismatches,
            "counters": counters.read(counters.of_simulator(), len(self.dut.core_sleep)),
            "coverage": self.env.coverage.report(),
            "memory": {level: hashlib.sha256(data).hexdigest() for level, data in self.memory.regions.items()},
            "profile": self.measured,
        }
