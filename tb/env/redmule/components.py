# SPDX-License-Identifier: Apache-2.0
"""Driver, monitor, scoreboard and environment. Python runs between batches only, never in a clock cycle."""

from dataclasses import dataclass, field

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge
from pyuvm import (
    ConfigDB,
    uvm_agent,
    uvm_analysis_port,
    uvm_component,
    uvm_driver,
    uvm_env,
    uvm_monitor,
    uvm_scoreboard,
    uvm_sequencer,
)

from golden.redmule import operands, run
from tb.env.common.analysis import AnalysisImp
from tb.env.common.dut import Dut
from tb.env.redmule.coverage import CoverageCollector
from tb.env.redmule.driver import DTYPE, REGS, Script, hits, memory, permit_only, violations
from tb.env.redmule.engine import ITEM, SEED, difference, empty, fill, overlay, stray_access
from tb.env.redmule.items import Item, JobItem, ProbeItem, TriggerItem

TRIGGER, CLEAR = REGS.TRIGGER.offset, REGS.SOFT_CLEAR.offset
ACQUIRE = REGS.ACQUIRE.offset
PATIENCE = 2_000_000  # cycles without a job's event: it hangs
EVENT_POINT = 5  # of td_redmule_observer


@dataclass
class Stimulus:
    """A batch that is about to run, and the memory before it."""

    items: list[Item]
    before: np.ndarray

    @property
    def jobs(self) -> list[JobItem]:
        return [item for item in self.items if isinstance(item, JobItem)]


@dataclass
class Observation:
    """What a batch has done: memory (the bench's own), events by core, bytes written, the first stray access."""

    after: np.ndarray
    events: np.ndarray
    written: int
    stray: str


@dataclass
class Checked:
    """A batch that was right: each finished job with its operands' and results' values."""

    stimulus: Stimulus
    values: list[tuple[JobItem, dict[str, np.ndarray]]] = field(default_factory=list)


class Driver(uvm_driver):
    """Turns the items of a batch into a script of the bench (tb/blocks/redmule/td_redmule_tb.sv) and lets it run."""

    def build_phase(self) -> None:
        self.ap = uvm_analysis_port("ap", self)

    async def run_phase(self) -> None:
        items: list[Item] = []
        while True:
            item = await self.seq_item_port.get_next_item()
            items.append(item)
            if item.last:
                await self.execute(items)
                items = []
            self.seq_item_port.item_done()

    async def execute(self, items: list[Item]) -> None:
        batch = items[0].batch
        assert batch is not None, "the first item of a batch says which"
        fill(np.random.default_rng(batch.seed), batch.size, batch.special)
        stimulus = Stimulus(items, memory()[: batch.size].copy())
        permit_only(*(item.job for item in stimulus.jobs if not item.refused))
        self.ap.write(stimulus)
        script, events = Script(), 0
        for item in items:
            if item.behaviour is not None:
                item.behaviour.apply(script)
            if item.pause:
                script.delay(item.pause)
            if isinstance(item, JobItem):
                events += 1
                self.submit(script, item)
                if item.alone:
                    script.wait_events(events, PATIENCE)
            elif isinstance(item, TriggerItem):
                script.write(TRIGGER, item.data)
            elif isinstance(item, ProbeItem):
                script.read(ACQUIRE)
            elif item.at is not None:
                code, mask = item.at
                script.strike(CLEAR, item.data, code, mask, twice=item.twice, or_never=item.or_never)
            else:
                script.write(CLEAR, item.data)
        script.wait_quiet(PATIENCE)
        await script.run(cocotb.top, 2 * PATIENCE)

    def submit(self, script: Script, item: JobItem) -> None:
        if item.acquire_at is not None:
            script.acquire_at(*item.acquire_at, item.core)
        else:
            script.acquire(item.core)
        script.configure(item.job, item.core, **item.how)
        if item.probe:
            script.read(ACQUIRE, item.core)
        if item.probe_at is not None:
            script.read_at(ACQUIRE, *item.probe_at, core=item.core)
        if item.at is not None:
            script.strike(TRIGGER, int(item.held), *item.at, core=item.core)
        else:
            script.write(TRIGGER, int(item.held), item.core)


class Monitor(uvm_monitor):
    """Takes what C++ and the observer have recorded when a batch ends."""

    def build_phase(self) -> None:
        self.ap = uvm_analysis_port("ap", self)

    async def run_phase(self) -> None:
        dut: Dut = cocotb.top
        before = hits()[EVENT_POINT].copy()
        while True:
            await RisingEdge(dut.done_o)
            now = hits()[EVENT_POINT].copy()
            self.ap.write(Observation(memory(), (now - before)[:8], int(violations()[3]), stray_access()))
            before = now


class Scoreboard(uvm_scoreboard):
    """Every bit of memory, every event and every written byte of a batch against golden/redmule.py."""

    def build_phase(self) -> None:
        self.stimuli = AnalysisImp("stimuli", self, self.begin)
        self.observations = AnalysisImp("observations", self, self.compare)
        self.ap = uvm_analysis_port("ap", self)
        self.jobs = self.batches = 0
        self.running: Stimulus | None = None

    def begin(self, stimulus: Stimulus) -> None:
        self.running = stimulus

    def compare(self, seen: Observation) -> None:
        stimulus, self.running = self.running, None
        if stimulus is None:  # done_o rises when the simulation begins
            return
        after = seen.after[: stimulus.before.size]
        self.batches += 1
        self.jobs += len(stimulus.jobs)
        checked = Checked(stimulus)
        expected = stimulus.before.copy()
        problems = [seen.stray]
        events, optional, written, at_most = np.zeros(8, int), np.zeros(8, int), 0, 0
        for item in stimulus.jobs:
            size = 0 if item.refused or empty(item.job) else item.job.m * item.job.k * ITEM
            at_most += size
            if item.cut_short:
                optional[item.core] += 1
                problems.append("" if item.refused else overlay(expected, after, item.job))
                continue
            events[item.core] += 1
            written += size
            if size:
                checked.values.append((item, self.predict(expected, item)))
        if np.any(seen.events < events) or np.any(seen.events > events + optional):
            by_core = f"{seen.events.tolist()} instead of {events.tolist()}"
            problems.append(f"events by core {by_core}: a job hangs, is lost, or ends twice")
        if not written <= seen.written <= at_most:
            problems.append(f"{seen.written} bytes written instead of {written}")
        problems.append(difference(expected, after, [item.job for item in stimulus.jobs]))
        for problem in filter(None, problems):
            raise AssertionError(f"batch {self.batches}, seed {SEED}: {problem}")
        self.ap.write(checked)

    def predict(self, image: np.ndarray, item: JobItem) -> dict[str, np.ndarray]:
        """Do the job on ``image``; the values of its operands before and of its result after it."""
        words, where = image.view(DTYPE), operands(item.job, ITEM)
        values = {name: words[at // ITEM] for name, at in where.items() if name != "z"}
        run(image, item.job, DTYPE)
        return values | {"z": words[where["z"] // ITEM]}

    def check_phase(self) -> None:
        self.logger.info(f"{self.jobs} jobs in {self.batches} batches, all right")
        assert self.jobs, "no job was checked"


class RedmuleAgent(uvm_agent):
    """Sequencer, driver and monitor of one engine."""

    def build_phase(self) -> None:
        super().build_phase()
        self.sequencer = uvm_sequencer("sequencer", self)
        self.driver = Driver("driver", self)
        self.monitor = Monitor("monitor", self)

    def connect_phase(self) -> None:
        self.driver.seq_item_port.connect(self.sequencer.seq_item_export)


class RedmuleEnv(uvm_env):
    """Agent, scoreboard and coverage."""

    def build_phase(self) -> None:
        self.agent: uvm_component = RedmuleAgent("agent", self)
        self.scoreboard = Scoreboard("scoreboard", self)
        self.coverage = CoverageCollector("coverage", self)
        ConfigDB().set(None, "*", "COVERAGE", self.coverage)

    def connect_phase(self) -> None:
        self.agent.driver.ap.connect(self.scoreboard.stimuli)
        self.agent.monitor.ap.connect(self.scoreboard.observations)
        self.scoreboard.ap.connect(self.coverage.analysis_export)
