# SPDX-License-Identifier: Apache-2.0
"""pyuvm tests of td_redmule: random jobs one at a time and queued, and all coverage bins."""

import os
from pathlib import Path

import cocotb
from pyuvm import test, uvm_sequence, uvm_test

from tb.env.common.coverage import record
from tb.env.redmule.components import RedmuleEnv
from tb.env.redmule.driver import place_memory, reset
from tb.env.redmule.engine import COLUMNS, HEIGHT, ITEM, ROWS, SEED
from tb.env.redmule.sequences import ClearSequence, JobSequence, QueueSequence
from traindeploy.platform.paths import ROOT

JOBS = int(os.environ.get("REDMULE_JOBS", "100"))


class RedmuleTest(uvm_test):
    """Runs the sequences of ``sequences`` one after the other. ``ORIGIN``: where memory begins."""

    ORIGIN = 0

    def build_phase(self) -> None:
        self.env = RedmuleEnv("env", self)

    async def run_phase(self) -> None:
        self.raise_objection()
        place_memory(self.ORIGIN)
        await reset(cocotb.top)
        await self.stimulate()
        self.drop_objection()

    async def start(self, sequence: uvm_sequence) -> None:
        await sequence.start(self.env.agent.sequencer)

    async def stimulate(self) -> None:
        raise NotImplementedError

    def check_phase(self) -> None:
        impossible = self.env.coverage.impossible()
        assert not impossible, f"the engine was where it cannot be: {'; '.join(impossible)}"


@test()
class RandomJobsOneAtATime(RedmuleTest):
    ORIGIN = 0xFFC0_0000  # up to the last address there is: no bit of an address can be lost

    async def stimulate(self) -> None:
        await self.start(JobSequence("jobs", SEED, JOBS, queued=False))


@test()
class QueuedJobs(RedmuleTest):
    ORIGIN = 0x7FFF_F000  # sums carry into the last bit, and what meets what is decided across it

    async def stimulate(self) -> None:
        await self.start(JobSequence("jobs", SEED + 1, JOBS, queued=True))


@test()
class EveryBin(RedmuleTest):
    """Jobs, commits and clears until no bin is open; fails if one is when ``JOBS`` have run."""

    async def stimulate(self) -> None:
        await self.start(QueueSequence("queue", SEED + 2))
        await self.start(ClearSequence("clears", SEED + 3))
        for number in range(8):
            await self.start(JobSequence(f"jobs {number}", SEED + 4 + number, JOBS // 8))
            if number >= 1 and not self.env.coverage.holes():
                break

    def check_phase(self) -> None:
        super().check_phase()
        coverage = self.env.coverage
        name = f"redmule-coverage-h{HEIGHT}-l{ROWS}-d{COLUMNS}-{8 * ITEM}bit"
        for folder, stem in ((Path.cwd(), "coverage"), (ROOT / "build" / "reports", name)):
            coverage.report(self.env.scoreboard.jobs, folder / stem)
        record(coverage.points())
        holes = coverage.holes()
        assert not holes, f"{len(holes)} bins were not hit: {'; '.join(holes[:20])}"
