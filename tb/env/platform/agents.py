# SPDX-License-Identifier: Apache-2.0
"""Passive agents of DMA, HyperBus, RedMule and the cores' events.

What they watch is recorded by ``tb/tops/td_timeline.sv`` while the simulation runs, in the cycles of the events alone.
The monitors read the record once, in the extract phase, and hand on item by item: nothing in Python runs a cycle.
"""

from pyuvm import ConfigDB, uvm_agent, uvm_analysis_port, uvm_monitor

from tb.env.platform.items import BarrierPassed, Lane, Work


class EngineMonitor(uvm_monitor):
    """Writes each ``Work`` of its parent's lane to ``port``."""

    lane: Lane

    def build_phase(self) -> None:
        self.port = uvm_analysis_port("port", self)
        self.timeline = ConfigDB().get(self, "", "TIMELINE")
        self.lane = ConfigDB().get(self, "", "LANE")

    def extract_phase(self) -> None:
        for number, seen in enumerate(getattr(self.timeline(), self.lane)):
            self.port.write(Work(self.lane, number, seen))


class EngineAgent(uvm_agent):
    """An engine of the platform: what was committed to its queue, and when it was done."""

    def build_phase(self) -> None:
        self.monitor = EngineMonitor("monitor", self)
        self.port = uvm_analysis_port("port", self)

    def connect_phase(self) -> None:
        self.monitor.port.connect(self.port)


class CoresMonitor(uvm_monitor):
    """Writes each barrier of the cores to ``port``."""

    def build_phase(self) -> None:
        self.port = uvm_analysis_port("port", self)
        self.timeline = ConfigDB().get(self, "", "TIMELINE")

    def extract_phase(self) -> None:
        for number, seen in enumerate(self.timeline().barriers):
            self.port.write(BarrierPassed(number, seen))


class CoresAgent(uvm_agent):
    """The cores' events: who came to which barrier when, and when it let them go."""

    def build_phase(self) -> None:
        self.monitor = CoresMonitor("monitor", self)
        self.port = uvm_analysis_port("port", self)

    def connect_phase(self) -> None:
        self.monitor.port.connect(self.port)
