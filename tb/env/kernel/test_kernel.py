# SPDX-License-Identifier: Apache-2.0
"""The cocotb test of one kernel's cases: that of a whole run, but L1 is compared after each call."""

from pyuvm import test

from tb.env.kernel.checker import CaseChecker
from tb.env.network import counters
from tb.env.network.checker import Checker
from tb.env.network.test_network import NetworkTest
from traindeploy.records.bench import CoreCounters, RedmuleCounters
from traindeploy.records.program import ProgramDescription


@test()
class KernelTest(NetworkTest):
    """Many calls of one kernel in one boot."""

    def checker_of(self, program: ProgramDescription) -> Checker:
        """One that compares L1, and keeps the counters of each call."""
        read = counters.of_simulator()
        wanted = range(
            len(self.dut.core_sleep) * len(CoreCounters.__annotations__) + len(RedmuleCounters.__annotations__)
        )
        return CaseChecker(
            program, self.memory, self._expected, folder=self.run_dir, counters=lambda: [read(i) for i in wanted]
        )
