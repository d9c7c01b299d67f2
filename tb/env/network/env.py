# SPDX-License-Identifier: Apache-2.0
"""The pyuvm environment of a whole-network run."""

from pyuvm import uvm_env

from tb.env.network.components import MailboxMonitor, OperatorCoverage, Scoreboard, Watchdog


class NetworkEnv(uvm_env):
    """Mailbox monitor -> scoreboard and coverage, and the watchdog."""

    def build_phase(self) -> None:
        self.monitor = MailboxMonitor("monitor", self)
        self.scoreboard = Scoreboard("scoreboard", self)
        self.coverage = OperatorCoverage("coverage", self)
        self.watchdog = Watchdog("watchdog", self)

    def connect_phase(self) -> None:
        self.monitor.port.connect(self.scoreboard.analysis_export)
        self.monitor.port.connect(self.coverage.analysis_export)
