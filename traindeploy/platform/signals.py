# SPDX-License-Identifier: Apache-2.0
"""Numbers that hardware, firmware and bench tell each other: event lines, mailbox words, ends, fault sources, traps."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Signal:
    """``value`` is what is sent; its constant is ``<kind>_<name>``, with the prefix TD_ in C and SystemVerilog."""

    name: str
    value: int
    meaning: str


# Bits of the event unit's masks. Bits 0 to 7 are the software events.
EVENT_DMA, EVENT_REDMULE, EVENT_HYPERBUS, EVENT_BARRIER = 8, 9, 10, 16
EVENTS = (
    Signal("DMA", EVENT_DMA, "a transfer that this core committed is complete"),
    Signal("REDMULE", EVENT_REDMULE, "a job that this core committed is done"),
    Signal("HYPERBUS", EVENT_HYPERBUS, "a HyperBus job is complete"),
    Signal("BARRIER", EVENT_BARRIER, "a barrier of which this core is a member is complete"),
)

# What a mailbox word says is in its upper four bits; the rest is a number.
MAILBOX_KIND = 0xF000_0000
OPERATOR_ENDS, OPERATOR_BEGINS, STEP_BEGINS = 0x0000_0000, 0x4000_0000, 0x8000_0000
MAILBOX = (
    Signal("OPERATOR_ENDS", OPERATOR_ENDS, "| index: this operator's outputs are complete"),
    Signal("OPERATOR_BEGINS", OPERATOR_BEGINS, "| index: this operator's first job or kernel call begins"),
    Signal("STEP_BEGINS", STEP_BEGINS, "| number: this training step begins"),
)

# Codes that end the computation. The firmware's own failures are above 0xF000_0000; a program may use small numbers.
EXIT_KIND = 0xFF00_0000
EXIT_PASSED, EXIT_TRAP = 0, 0xF000_0000
EXIT_REDMULE, EXIT_DMA, EXIT_HYPERBUS = 0xF100_0000, 0xF200_0000, 0xF300_0000
EXITS = (
    Signal("PASSED", EXIT_PASSED, "the program ran to its end"),
    Signal("TRAP", EXIT_TRAP, "| core << 8 | mcause: exception; mepc and mtval are in td_trap_record[core]"),
    Signal("REDMULE", EXIT_REDMULE, "| code of RedMule's ERROR: it refused a job"),
    Signal("DMA", EXIT_DMA, "bus error; see the registers of DMA and SoC control"),
    Signal("HYPERBUS", EXIT_HYPERBUS, "bus error, or a device that does not answer"),
)

# Who made an access that was answered with an error: FAULT.source of the SoC control. 0 to 7: the core of that number.
SOURCE_DMA, SOURCE_HYPERBUS, SOURCE_FETCH, SOURCE_REDMULE = 8, 9, 10, 11
FAULT_SOURCES = (
    Signal("DMA", SOURCE_DMA, "a DMA transfer, for the core that committed it"),
    Signal("HYPERBUS", SOURCE_HYPERBUS, "a HyperBus job, for the core that committed it"),
    Signal("FETCH", SOURCE_FETCH, "an instruction fetch"),
    Signal("REDMULE", SOURCE_REDMULE, "RedMule, for the core that triggered its newest job"),
)

# mcause of the privileged specification, as far as CV32E40P raises it.
TRAP_CAUSES = {1: "instruction access fault", 2: "illegal instruction", 3: "breakpoint", 11: "environment call"}
