# SPDX-License-Identifier: Apache-2.0
"""Say what the platform was doing when a run had to be stopped, and what an end-of-computation code means."""

from tb.env.common.elf import Firmware
from tb.env.network.memory import MemoryMap

ENGINES = ("RedMule", "DMA", "HyperBus")  # bits of td_tb_top.engine_busy
# Exception causes of the privileged specification that CV32E40P raises.
CAUSES = {1: "instruction access fault", 2: "illegal instruction", 3: "breakpoint", 11: "environment call"}


def platform_state(pcs: list[int], asleep: int, busy: int, firmware: Firmware) -> list[str]:
    """One line per core (function and whether it sleeps) and one for the engines."""
    lines = [
        f"core {core}: {'asleep' if asleep >> core & 1 else 'running'} at {firmware.locate(pc)}"
        for core, pc in enumerate(pcs)
    ]
    states = [f"{name} {'busy' if busy >> bit & 1 else 'idle'}" for bit, name in enumerate(ENGINES)]
    return [*lines, ", ".join(states)]


def end_of_computation(value: int, firmware: Firmware, memory: MemoryMap) -> str:
    """Empty for 0 (passed), else the fault's name as firmware/runtime/td_runtime.h defines the codes."""
    kind = value & 0xFF00_0000
    if value == 0:
        return ""
    if kind == 0xF000_0000:
        core, cause = value >> 8 & 0xFF, value & 0xFF
        return f"core {core} trapped: {CAUSES.get(cause, f'cause {cause}')}{_trap_place(core, firmware, memory)}"
    if kind == 0xF100_0000:
        return f"RedMule refused a job: error code {value & 0xFF_FFFF:#x}"
    if kind in (0xF200_0000, 0xF300_0000):
        return f"{'the DMA' if kind == 0xF200_0000 else 'HyperBus'} met a bus error"
    return f"the firmware ended with code {value:#x}"


def bus_fault(source: int, core: int, address: int, pc: int, firmware: Firmware) -> str:
    """The SoC control's record of an access that was answered with an error, which no core notices by itself.

    ``core`` and ``pc``: who made the access, or committed the transfer that made it.
    """
    place = f" at {firmware.locate(pc)}" if pc else ""
    if source < 8:
        return f"core {source} accessed {address:#010x}, which was answered with an error{place}"
    if source == 10:
        return f"core {core} fetched an instruction from {address:#010x}, where there is none"
    engine = {8: "the DMA", 9: "HyperBus", 11: "RedMule"}.get(source, f"source {source}")
    return f"{engine} accessed {address:#010x}, which was answered with an error, for core {core}{place}"


def _trap_place(core: int, firmware: Firmware, memory: MemoryMap) -> str:
    address = firmware.symbols.get("td_trap_record")
    level = memory.level_of(address) if address is not None else None
    if address is None or level is None:
        return ""
    _, pc, value = memory.tensor(level, address + 12 * core, (3,), "uint32").tolist()
    return f" at {firmware.locate(pc)}, mtval {value:#x}"
