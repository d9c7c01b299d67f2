# SPDX-License-Identifier: Apache-2.0
"""cocotb tests of the HyperRAM model's protocol checks: every rule is broken on the pins, one at a time."""

import re
from collections.abc import Awaitable, Callable

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles

from tb.build.paths import MODELS
from tb.env.common.dut import Dut
from tb.env.common.memories import L3, region

LATENCY = 14  # clocks: 7, twice
READ, REGISTER, LINEAR = 1 << 47, 1 << 46, 1 << 45
CR0 = 0x800  # word address of a register that exists


def command(flags: int, word: int) -> int:
    return flags | word >> 3 << 16 | word & 7


def rules() -> list[str]:
    """The names of the model's rules in the order of their bits, from its source."""
    enumeration = re.search(r"typedef enum[^{]*\{([^}]*)\} rule_e", (MODELS / "td_hyperram.sv").read_text())
    assert enumeration is not None
    return [name.strip() for name in enumeration.group(1).split(",")]


class Pins:
    """A controller made of single cycles; every step can be wrong."""

    def __init__(self, dut: Dut) -> None:
        self.dut = dut

    async def cycles(self, count: int = 1) -> None:
        await ClockCycles(self.dut.clk_i, count)

    async def reset(self) -> None:
        dut = self.dut
        for name, level in {"cs_ni": 1, "ck_i": 0, "rwds_i": 0, "rwds_oe_i": 0, "dq_i": 0, "dq_oe_i": 0}.items():
            getattr(dut, name).value = level
        dut.reset_ni.value = 0
        await self.cycles(4)
        dut.reset_ni.value = 1
        await self.cycles(300)

    async def edge(self, data: int | None = None, mask: int | None = None) -> None:
        """One clock edge with this byte and mask on the lines; None: not driven."""
        dut = self.dut
        dut.dq_oe_i.value, dut.dq_i.value = data is not None, data or 0
        dut.rwds_oe_i.value, dut.rwds_i.value = mask is not None, mask or 0
        dut.ck_i.value = 1 - int(dut.ck_i.value)
        await self.cycles()

    async def begin(self, bits: int, count: int = 6) -> None:
        """Chip select and the first ``count`` bytes of a command."""
        self.dut.cs_ni.value = 0
        await self.cycles()
        for number in range(count):
            await self.edge(bits >> 8 * (5 - number) & 0xFF)

    async def latency(self, clocks: int = LATENCY) -> None:
        for _ in range(2 * (clocks - 1)):
            await self.edge()

    async def end(self) -> None:
        dut = self.dut
        dut.dq_oe_i.value = dut.rwds_oe_i.value = 0
        dut.ck_i.value = 0
        await self.cycles()
        dut.cs_ni.value = 1
        await self.cycles(8)

    async def write(self, bits: int, data: list[int | None], mask: int | None = 0) -> None:
        await self.begin(bits)
        if not bits & REGISTER:
            await self.latency()
        for byte in data:
            await self.edge(byte, None if bits & REGISTER else mask)
        await self.end()

    async def read(self, bits: int, count: int) -> None:
        await self.begin(bits)
        await self.latency()
        for _ in range(count):
            await self.edge()
        await self.end()


async def selected_in_reset(pins: Pins) -> None:
    pins.dut.reset_ni.value = 0
    await pins.cycles(2)
    pins.dut.cs_ni.value = 0
    await pins.cycles(3)


async def too_soon(pins: Pins) -> None:
    pins.dut.reset_ni.value = 0
    await pins.cycles(2)
    pins.dut.reset_ni.value = 1
    await pins.cycles(10)
    await pins.read(command(READ | LINEAR, 0), 2)


async def rises_at_clock_high(pins: Pins) -> None:
    await pins.begin(command(READ | LINEAR, 0))
    await pins.edge()
    pins.dut.cs_ni.value = 1
    await pins.cycles(2)


async def falls_at_clock_high(pins: Pins) -> None:
    pins.dut.cs_ni.value, pins.dut.ck_i.value = 0, 1
    await pins.cycles(2)


async def clock_without_select(pins: Pins) -> None:
    await pins.edge()


async def command_cut(pins: Pins) -> None:
    await pins.begin(command(READ | LINEAR, 0), 4)
    await pins.end()


async def command_not_driven(pins: Pins) -> None:
    pins.dut.cs_ni.value = 0
    await pins.cycles()
    await pins.edge()


async def high_too_short(pins: Pins) -> None:
    await pins.read(command(READ | LINEAR, 0), 2)
    pins.dut.cs_ni.value = 0
    await pins.cycles()
    pins.dut.cs_ni.value = 1
    await pins.cycles(2)
    pins.dut.cs_ni.value = 0
    await pins.cycles()


async def low_too_long(pins: Pins) -> None:
    await pins.begin(command(READ | LINEAR, 0))
    await pins.cycles(1500)


async def half_word(pins: Pins) -> None:
    await pins.begin(command(LINEAR, 0))
    await pins.latency()
    await pins.edge(1, 0)
    pins.dut.cs_ni.value = 1
    await pins.cycles(2)


async def driven_in_latency(pins: Pins) -> None:
    await pins.begin(command(LINEAR, 0))
    await pins.latency(3)
    await pins.edge(0x55)


async def data_fight(pins: Pins) -> None:
    await pins.begin(command(READ | LINEAR, 0))
    await pins.latency()
    await pins.edge(0x55)
    await pins.cycles(2)


async def mask_fight(pins: Pins) -> None:
    await pins.begin(command(READ | LINEAR, 0))
    await pins.latency()
    await pins.edge(None, 1)
    await pins.cycles(2)


def write(bits: int, data: list[int | None], mask: int | None = 0) -> Callable[[Pins], Awaitable[None]]:
    return lambda pins: pins.write(bits, data, mask)


SIZE = 32 * 1024 * 1024
# Which violation breaks which rule; some break a second one on the way.
PROVOCATIONS: dict[str, tuple[Callable[[Pins], Awaitable[None]], set[str]]] = {
    "NoSuchRegister": (write(command(REGISTER | LINEAR, 0x900), [1, 2]), set()),
    "WrappedBurst": (lambda pins: pins.read(command(READ, 0), 2), set()),
    "ReservedBits": (lambda pins: pins.read(command(READ | LINEAR, 0) | 1 << 44 | 1 << 9, 2), set()),
    "OutsideDevice": (lambda pins: pins.read(command(READ | LINEAR, SIZE // 2), 2), set()),
    "DataNotDriven": (write(command(LINEAR, 0), [None, None]), set()),
    "MaskNotDriven": (write(command(LINEAR, 0), [1, 2], None), set()),
    "RowCrossed": (write(command(LINEAR, 511), [1, 2, 3, 4]), set()),
    "SelectedInReset": (selected_in_reset, set()),
    "RisesAtClockHigh": (rises_at_clock_high, set()),
    "CommandCut": (command_cut, set()),
    "NoData": (write(command(LINEAR, 0), []), set()),
    "HalfWord": (half_word, {"RisesAtClockHigh"}),  # an odd number of edges leaves the clock high
    "HighTooShort": (high_too_short, {"CommandCut"}),
    "TooSoonAfterReset": (too_soon, set()),
    "FallsAtClockHigh": (falls_at_clock_high, set()),
    "CommandNotDriven": (command_not_driven, set()),
    "DrivenInLatency": (driven_in_latency, set()),
    "LowTooLong": (low_too_long, set()),
    "DataFight": (data_fight, set()),
    "MaskFight": (mask_fight, set()),
    "ClockWithoutSelect": (clock_without_select, set()),
}


@cocotb.test()
async def each_rule_is_checked_and_right_transactions_break_none(dut: Dut) -> None:
    """Run with +td_hyperram_count_only."""
    Clock(dut.clk_i, 10, unit="ns", impl="gpi").start()
    pins, names = Pins(dut), rules()
    assert set(PROVOCATIONS) == set(names), "a rule without a provocation"
    await pins.reset()
    await pins.write(command(REGISTER | LINEAR, CR0), [0x8F, 0x2F])
    await pins.write(command(LINEAR, 4), [0x11, 0x22, 0x33, 0x44])
    await pins.read(command(READ | LINEAR, 4), 4)
    assert bytes(region(L3)[8:12]) == b"\x11\x22\x33\x44"
    assert int(dut.broken.value) == 0
    for name, (provoke, more) in PROVOCATIONS.items():
        await pins.reset()
        dut.broken.value = 0
        await provoke(pins)
        await pins.cycles(2)
        found = {rule for bit, rule in enumerate(names) if int(dut.broken.value) >> bit & 1}
        assert found == {name, *more}, f"{name}: the model noticed {sorted(found)}"
        await pins.end()
        dut._log.info("%s: noticed", name)
