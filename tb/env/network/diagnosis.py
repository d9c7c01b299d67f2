# SPDX-License-Identifier: Apache-2.0
"""Say what the platform was doing when a run had to be stopped, and what an end-of-computation code means."""

from tb.env.common.elf import Firmware
from tb.env.network.memory import MemoryMap
from traindeploy.platform import NUM_CORES, register_map, signals
from traindeploy.platform.signals import TRAP_CAUSES

ENGINES = ("RedMule", "DMA", "HyperBus")  # bits of td_tb_top.engine_busy
ENDS = {signals.EXIT_DMA: "the DMA", signals.EXIT_HYPERBUS: "HyperBus"}
SOURCES = {signals.SOURCE_DMA: "the DMA", signals.SOURCE_HYPERBUS: "HyperBus", signals.SOURCE_REDMULE: "RedMule"}


def platform_state(pcs: list[int], asleep: int, busy: int, firmware: Firmware) -> list[str]:
    """One line per core (function and whether it sleeps) and one for the engines."""
    lines = [
        f"core {core}: {'asleep' if asleep >> core & 1 else 'running'} at {firmware.locate(pc)}"
        for core, pc in enumerate(pcs)
    ]
    states = [f"{name} {'busy' if busy >> bit & 1 else 'idle'}" for bit, name in enumerate(ENGINES)]
    return [*lines, ", ".join(states)]


def end_of_computation(value: int, firmware: Firmware, memory: MemoryMap) -> str:
    """Empty if the program ran to its end, else what the code says."""
    kind = value & signals.EXIT_KIND
    if value == signals.EXIT_PASSED:
        return ""
    if kind == signals.EXIT_TRAP:
        core, cause = value >> 8 & 0xFF, value & 0xFF
        return f"core {core} trapped: {TRAP_CAUSES.get(cause, f'cause {cause}')}{_trap_place(core, firmware, memory)}"
    if kind == signals.EXIT_REDMULE:
        return f"RedMule refused a job: {_refusal(value & ~signals.EXIT_KIND)}"
    if kind in ENDS:
        return f"{ENDS[kind]} met a bus error"
    return f"the firmware ended with code {value:#x}"


def bus_fault(source: int, core: int, address: int, pc: int, firmware: Firmware) -> str:
    """The SoC control's record of an access that was answered with an error, which no core notices by itself.

    ``core`` and ``pc``: who made the access, or committed the transfer that made it.
    """
    place = f" at {firmware.locate(pc)}" if pc else ""
    if source < NUM_CORES:
        return f"core {source} accessed {address:#010x}, which was answered with an error{place}"
    if source == signals.SOURCE_FETCH:
        return f"core {core} fetched an instruction from {address:#010x}, where there is none"
    engine = SOURCES.get(source, f"source {source}")
    return f"{engine} accessed {address:#010x}, which was answered with an error, for core {core}{place}"


def _refusal(code: int) -> str:
    choices = register_map("redmule").ERROR.field("code").choices
    return next((f"{c.meaning or c.name} (code {code})" for c in choices if c.value == code), f"code {code:#x}")


def _trap_place(core: int, firmware: Firmware, memory: MemoryMap) -> str:
    address = firmware.symbols.get("td_trap_record")
    level = memory.level_of(address) if address is not None else None
    if address is None or level is None:
        return ""
    _, pc, value = memory.tensor(level, address + 12 * core, (3,), "uint32").tolist()
    return f" at {firmware.locate(pc)}, mtval {value:#x}"
