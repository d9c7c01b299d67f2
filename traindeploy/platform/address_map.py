# SPDX-License-Identifier: Apache-2.0
"""The address map: what answers where. RTL, firmware, compiler and bench have their addresses from here.

A region is a power of two in size and a multiple of it in base, so that hardware decodes it by comparing high bits.
"""

from dataclasses import dataclass

KB, MB = 1 << 10, 1 << 20


@dataclass(frozen=True)
class Region:
    """``size`` bytes from address ``base`` on; ``registers`` names the register map that lies there, if one does."""

    name: str
    base: int
    size: int
    meaning: str
    registers: str = ""

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.base + self.size

    def __contains__(self, address: int) -> bool:
        return self.base <= address < self.end


TCDM = Region("TCDM", 0x1000_0000, 128 * KB, "L1, the cluster's word-interleaved memory")
CLUSTER_CONTROL = Region("CLUSTER_CONTROL", 0x1020_0000, 1 * KB, "start of the cores, counters", "cluster_control")
TIMER = Region("TIMER", 0x1020_0400, 1 * KB, "cycle counter", "timer")
EVENT_UNIT = Region("EVENT_UNIT", 0x1020_0800, 2 * KB, "events and barriers, a copy a core", "event_unit")
REDMULE = Region("REDMULE", 0x1020_1000, 1 * KB, "matrix engine", "redmule")
ICACHE = Region("ICACHE", 0x1020_1400, 1 * KB, "instruction cache", "icache")
DMA = Region("DMA", 0x1020_1800, 1 * KB, "cluster DMA", "dma")
SOC_PERIPHERALS = Region("SOC_PERIPHERALS", 0x1A10_0000, 64 * KB, "what the SoC decodes further")
SOC_CONTROL = Region("SOC_CONTROL", 0x1A10_0000, 4 * KB, "mailbox, end of computation, faults", "soc_control")
HYPERBUS = Region("HYPERBUS", 0x1A10_1000, 4 * KB, "HyperBus controller", "hyperbus")
L2 = Region("L2", 0x1C00_0000, 2 * MB, "code and data on chip")

REGIONS = (TCDM, CLUSTER_CONTROL, TIMER, EVENT_UNIT, REDMULE, ICACHE, DMA, SOC_PERIPHERALS, SOC_CONTROL, HYPERBUS, L2)

# HyperRAM is not on the bus: the HyperBus controller addresses it from 0.
L3 = Region("L3", 0, 32 * MB, "HyperRAM")
