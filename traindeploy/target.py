# SPDX-License-Identifier: Apache-2.0
"""The target platform's constants: the one source for compiler, firmware headers, RTL package and bench."""

from dataclasses import dataclass

FREQUENCY_HZ = 360_000_000
NUM_CORES = 8

TCDM_BASE = 0x1000_0000
TCDM_SIZE = 128 * 1024
CLUSTER_PERIPHERALS_BASE = 0x1020_0000
CLUSTER_CONTROL_BASE = 0x1020_0000
TIMER_BASE = 0x1020_0400
EVENT_UNIT_BASE = 0x1020_0800
REDMULE_BASE = 0x1020_1000
ICACHE_BASE = 0x1020_1400
DMA_BASE = 0x1020_1800
SOC_PERIPHERALS_BASE = 0x1A10_0000
SOC_CONTROL_BASE = 0x1A10_0000
HYPERBUS_BASE = 0x1A10_1000
L2_BASE = 0x1C00_0000
L2_SIZE = 2 * 1024 * 1024
L3_SIZE = 32 * 1024 * 1024  # HyperRAM, not memory-mapped: addressed from 0 by the HyperBus DMA channel

# Software's division of the memories.
STACK_BYTES = 1024  # per core, at the top of TCDM
TCDM_RUNTIME_BYTES = NUM_CORES * STACK_BYTES + 1024  # stacks and the runtime's variables: the end of TCDM
TCDM_ARENA_BYTES = TCDM_SIZE - TCDM_RUNTIME_BYTES  # what the compiler places, from TCDM_BASE up
L2_FIRMWARE_BYTES = 384 * 1024  # code and descriptors, from L2_BASE up
L2_ARENA_BASE = L2_BASE + L2_FIRMWARE_BYTES
L2_ARENA_BYTES = L2_SIZE - L2_FIRMWARE_BYTES


@dataclass(frozen=True)
class HardwareConfig:
    """One elaboration of the platform.

    ``height`` (H) is the reduction chain, ``rows`` (L) the number of rows of Z computed at once, ``pipe`` (P) the
    pipeline registers of a computing element; the wide port carries ``height * (pipe + 1)`` words and one more for
    misalignment.
    """

    name: str
    tcdm_banks: int
    height: int
    rows: int
    pipe: int
    num_fpus: int = 4

    @property
    def tile_columns(self) -> int:
        """Columns of Z in a tile: D = H * (P + 1)."""
        return self.height * (self.pipe + 1)

    @property
    def fmas(self) -> int:
        return self.height * self.rows


CONFIGS = {
    "paper": HardwareConfig("paper", tcdm_banks=32, height=4, rows=12, pipe=3),
    "compact": HardwareConfig("compact", tcdm_banks=16, height=4, rows=4, pipe=1),
}
