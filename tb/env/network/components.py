# SPDX-License-Identifier: Apache-2.0
"""The bench's pyuvm components. All of them sleep until the firmware or the watchdog's timer says something."""

import time
from collections.abc import Callable

import cocotb
from cocotb.triggers import First, Timer
from cocotb.utils import get_sim_time
from pyuvm import ConfigDB, uvm_analysis_port, uvm_component, uvm_subscriber

from tb.env.common.dut import Dut
from tb.env.network.events import MailboxWord
from traindeploy.platform import FREQUENCY_HZ
from traindeploy.platform.signals import MAILBOX_KIND, OPERATOR_BEGINS, STEP_BEGINS
from traindeploy.records.progress import OperatorEnded, Printed, StepBegan, Tick
from traindeploy.records.verdict import CoveragePoint, functional

PERIOD_PS = 2 * round(1e12 / FREQUENCY_HZ / 2)  # even: the C++ clock wants two equal halves
HEARTBEAT_CYCLES = 20_000
COUNTER_WRAP = 1 << 32  # of a counter in the hardware
# Heartbeats without any change of a program counter while everything sleeps: nothing can wake the platform any more.
DEAD_HEARTBEATS = 3


class CycleCounter:
    """Clock cycles since the first fetch, from simulated time; ``hardware`` are those that the hardware counts."""

    def __init__(self, hardware: Callable[[], int]) -> None:
        self.start_ps: int | None = None
        self.booted = False  # reset is over, the cores may fetch
        self.hardware = hardware
        self.begun = self.skew = 0

    def begin(self) -> None:
        self.start_ps = int(get_sim_time("ps"))
        self.begun = self.hardware()

    def __call__(self) -> int:
        return 0 if self.start_ps is None else (int(get_sim_time("ps")) - self.start_ps) // PERIOD_PS

    def compared(self) -> int:
        """The cycles as ``__call__`` gives them; ``skew`` keeps how far the hardware's ever were from them."""
        now = self()
        if self.start_ps is not None:
            ahead = (self.hardware() - self.begun - now) % COUNTER_WRAP
            self.skew = max(self.skew, min(ahead, COUNTER_WRAP - ahead))
        return now


class MailboxMonitor(uvm_component):
    """Turns every toggle of the mailbox into a ``MailboxWord`` on ``port``."""

    def build_phase(self) -> None:
        self.port = uvm_analysis_port("port", self)
        self.dut: Dut = cocotb.top
        self.cycles = ConfigDB().get(self, "", "CYCLES")

    async def run_phase(self) -> None:
        while True:
            await self.dut.mailbox_valid.value_change
            if not self.cycles.booted:  # reset itself may toggle it, from whatever value it powered up with
                continue
            self.port.write(MailboxWord(int(self.dut.mailbox_data.value), self.cycles.compared()))


class Scoreboard(uvm_subscriber):
    """Has the checker compare an operator's outputs at the very cycle at which it reports completion."""

    def build_phase(self) -> None:
        super().build_phase()
        self.checker = ConfigDB().get(self, "", "CHECKER")
        self.progress = ConfigDB().get(self, "", "PROGRESS")
        self.profile = ConfigDB().get(self, "", "PROFILE")
        self.on_first_mismatch = ConfigDB().get(self, "", "ON_FIRST_MISMATCH")

    def write(self, item: MailboxWord) -> None:
        word, cycle = item.word, item.cycle
        if self.profile is not None:
            self.profile.mark(word, cycle)
        if word & MAILBOX_KIND == STEP_BEGINS:
            step = word & ~STEP_BEGINS
            self.checker.begin_step(step, cycle)
            self.progress.emit(StepBegan(step=step, cycle=cycle))
        elif word & MAILBOX_KIND == OPERATOR_BEGINS:
            self.checker.begin(word & ~OPERATOR_BEGINS, cycle)
        elif word < len(self.checker.program.operators):
            wrong_before = len(self.checker.mismatches)
            ended = self.checker.complete(word, cycle)
            if not wrong_before and self.checker.mismatches:
                self.on_first_mismatch()
            if ended is not None:
                shown = {name: getattr(ended, name) for name in ("index", "name", "step", "cycles", "max_ulp")}
                self.progress.emit(OperatorEnded(cycle=cycle, **shown))
        else:
            self.logger.info(f"firmware says {word:#010x} at cycle {cycle}")
            self.progress.emit(Printed(word=word, cycle=cycle))


class OperatorCoverage(uvm_subscriber):
    """Which (kind, engine, phase) have been seen to complete."""

    def build_phase(self) -> None:
        super().build_phase()
        operators = ConfigDB().get(self, "", "CHECKER").program.operators
        self.bins = {op.index: f"{op.kind}, {op.engine}, {op.phase}" for op in operators}
        self.hits = dict.fromkeys(self.bins.values(), 0)

    def write(self, item: MailboxWord) -> None:
        bin_ = self.bins.get(item.word)
        if bin_ is not None:
            self.hits[bin_] += 1

    def report(self) -> tuple[CoveragePoint, ...]:
        return (functional("operator, engine, phase", self.hits),)


class Watchdog(uvm_component):
    """Waits for the end of computation; gives up after too many cycles or seconds, or when nothing can wake up."""

    def build_phase(self) -> None:
        self.dut: Dut = cocotb.top
        self.cycles = ConfigDB().get(self, "", "CYCLES")
        self.progress = ConfigDB().get(self, "", "PROGRESS")
        self.max_cycles, self.max_seconds = ConfigDB().get(self, "", "LIMITS")
        self.last_state: tuple[int, int, int] | None = None
        self.still = 0
        self.ended = False
        self.end_cycle = 0

    async def run_phase(self) -> None:
        await self.dut.eoc.rising_edge
        self.ended = True
        self.end_cycle = self.cycles.compared()

    async def wait_for_end(self) -> str:
        """Empty if the firmware ended the computation, else why the run was stopped."""
        begun = time.monotonic()
        while not self.ended:
            chunk = min(HEARTBEAT_CYCLES, max(1, self.max_cycles - self.cycles()))
            await self._sleep(chunk)
            seconds = time.monotonic() - begun
            self.progress.emit(Tick(cycle=self.cycles(), seconds=round(seconds, 2)))
            if self.ended:
                break
            if self.cycles() >= self.max_cycles:
                return f"watchdog: no end of computation within {self.max_cycles} cycles"
            if seconds >= self.max_seconds:
                return f"watchdog: no end of computation within {self.max_seconds:g} s ({self.cycles()} cycles)"
            if self._is_dead():
                return f"watchdog: deadlock, all cores sleep and no engine works (cycle {self.cycles()})"
        return ""

    async def _sleep(self, cycles: int) -> None:
        await First(Timer(cycles * PERIOD_PS, "ps"), self.dut.eoc.rising_edge)

    def _is_dead(self) -> bool:
        state = (int(self.dut.core_pc.value), int(self.dut.core_sleep.value), int(self.dut.engine_busy.value))
        asleep = state[1] == (1 << len(self.dut.core_sleep)) - 1 and state[2] == 0
        self.still = self.still + 1 if asleep and state == self.last_state else 0
        self.last_state = state
        return self.still >= DEAD_HEARTBEATS
