# SPDX-License-Identifier: Apache-2.0
"""The pyuvm environment of a whole-network run."""

from pyuvm import ConfigDB, uvm_env

from tb.env.network.components import MailboxMonitor, OperatorCoverage, Scoreboard, Watchdog
from tb.env.platform.agents import CoresAgent, EngineAgent
from tb.env.platform.coverage import ActivityCoverage
from tb.env.platform.items import LANES
from tb.env.platform.scoreboard import ScheduleScoreboard


class NetworkEnv(uvm_env):
    """Mailbox monitor -> scoreboard and coverage; agents of engines and cores -> schedule and coverage; watchdog."""

    def build_phase(self) -> None:
        self.monitor = MailboxMonitor("monitor", self)
        self.scoreboard = Scoreboard("scoreboard", self)
        self.coverage = OperatorCoverage("coverage", self)
        self.watchdog = Watchdog("watchdog", self)
        self.schedule = ScheduleScoreboard("schedule", self)
        self.activity = ActivityCoverage("activity", self)
        self.cores = CoresAgent("cores", self)
        self.engines = [EngineAgent(lane, self) for lane in LANES]
        for lane in LANES:
            ConfigDB().set(self, f"{lane}.monitor", "LANE", lane)

    def connect_phase(self) -> None:
        self.monitor.port.connect(self.scoreboard.analysis_export)
        self.monitor.port.connect(self.coverage.analysis_export)
        self.cores.port.connect(self.schedule.barriers)
        for engine in self.engines:
            engine.port.connect(self.schedule.works)
            engine.port.connect(self.activity.analysis_export)
