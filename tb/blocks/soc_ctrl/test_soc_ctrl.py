# SPDX-License-Identifier: Apache-2.0
"""cocotb tests of td_soc_ctrl."""

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles

from tb.env.common import bus
from tb.env.common.dut import Dut
from traindeploy.platform import NUM_CORES, register_map
from traindeploy.platform.signals import SOURCE_DMA, SOURCE_FETCH

REGS = register_map("soc_control")
BOOT = 0x1C00_0080


async def start(dut: Dut) -> None:
    for signal in (dut.periph_req_i, dut.fault_valid_i, dut.rst_ni):
        signal.value = 0
    dut.periph_be_i.value = 0xF
    dut.boot_addr_i.value = BOOT
    Clock(dut.clk_i, 10, unit="ns", impl="gpi").start()
    await ClockCycles(dut.clk_i, 3)
    dut.rst_ni.value = 1
    await ClockCycles(dut.clk_i, 2)


async def write(dut: Dut, offset: int, data: int) -> None:
    await bus.write(dut, offset, data, prefix="periph_")


async def read(dut: Dut, offset: int) -> int:
    return await bus.read(dut, offset, prefix="periph_")


async def fault(dut: Dut, source: int, address: int, counter: int) -> None:
    dut.fault_source_i.value, dut.fault_addr_i.value, dut.fault_pc_i.value = source, address, counter
    dut.fault_valid_i.value = 1
    await ClockCycles(dut.clk_i, 1)
    dut.fault_valid_i.value = 0
    await ClockCycles(dut.clk_i, 1)


@cocotb.test()
async def mailbox_toggles_at_each_write_and_holds_its_data(dut: Dut) -> None:
    await start(dut)
    for number, word in enumerate((7, 7, 0x8000_0001, 0)):
        await write(dut, REGS.MAILBOX.offset, word)
        await ClockCycles(dut.clk_i, 3)
        assert int(dut.mailbox_valid_o.value) == 1 - number % 2
        assert int(dut.mailbox_data_o.value) == word == await read(dut, REGS.MAILBOX.offset)
    assert int(dut.eoc_o.value) == 0
    await write(dut, REGS.EOC.offset, 0xF1)
    assert (int(dut.eoc_o.value), int(dut.eoc_value_o.value)) == (1, 0xF1)
    assert REGS.INFO.get(await read(dut, REGS.INFO.offset), "cores") == NUM_CORES
    assert await read(dut, REGS.BOOT_ADDR.offset) == BOOT


@cocotb.test()
async def the_first_fault_is_kept_and_all_are_counted(dut: Dut) -> None:
    await start(dut)
    assert int(dut.fault_o.value) == 0
    await fault(dut, 3, 0xDEAD_BEE0, 0x1C00_1234)
    await fault(dut, SOURCE_DMA, 0x1000_0000, 0)
    assert int(dut.fault_o.value) == 1
    assert await read(dut, REGS.FAULT.offset) == REGS.FAULT.word(valid=1, source=3)
    assert await read(dut, REGS.FAULT_ADDR.offset) == 0xDEAD_BEE0
    assert await read(dut, REGS.FAULT_PC.offset) == 0x1C00_1234
    assert await read(dut, REGS.FAULT_COUNT.offset) == 2
    await write(dut, REGS.FAULT.offset, 0)
    assert int(dut.fault_o.value) == 0
    await fault(dut, SOURCE_FETCH, 0x40, 0x40)
    assert await read(dut, REGS.FAULT_ADDR.offset) == 0x40
    assert await read(dut, REGS.FAULT_COUNT.offset) == 1


@cocotb.test()
async def more_faults_than_any_narrow_counter_holds_are_counted(dut: Dut) -> None:
    """255, 256 and 65,536 are where counters of 8 and 16 bits turn over or stand."""
    await start(dut)
    await fault(dut, 3, 0xDEAD_BEE0, 0x1C00_1234)
    counted = 1
    dut.fault_source_i.value, dut.fault_addr_i.value = SOURCE_FETCH, 0x40
    for wanted in (254, 255, 256, 257, 300, 65_535, 65_536, 70_000):
        dut.fault_valid_i.value = 1
        await ClockCycles(dut.clk_i, wanted - counted)
        dut.fault_valid_i.value = 0
        await ClockCycles(dut.clk_i, 1)
        counted = wanted
        assert await read(dut, REGS.FAULT_COUNT.offset) == counted
    assert await read(dut, REGS.FAULT_ADDR.offset) == 0xDEAD_BEE0, "the first one is kept"


@cocotb.test()
async def a_fault_in_the_cycle_in_which_the_record_is_cleared_is_not_lost(dut: Dut) -> None:
    await start(dut)
    await fault(dut, 3, 0xDEAD_BEE0, 0x1C00_1234)
    dut.periph_req_i.value, dut.periph_we_i.value, dut.periph_addr_i.value = 1, 1, REGS.FAULT.offset
    dut.fault_valid_i.value = 1
    await ClockCycles(dut.clk_i, 1)
    dut.periph_req_i.value = dut.fault_valid_i.value = 0
    await ClockCycles(dut.clk_i, 1)
    assert int(dut.fault_o.value) == 1
    assert await read(dut, REGS.FAULT_COUNT.offset) == 2


@cocotb.test()
async def illegal_accesses_are_refused(dut: Dut) -> None:
    await start(dut)
    for access in (
        read(dut, 0x3FC),
        read(dut, 0x2),
        write(dut, REGS.INFO.offset, 1),
        write(dut, REGS.FAULT_COUNT.offset, 1),
    ):
        try:
            await access
        except bus.BusError:
            continue
        raise AssertionError("an illegal register access was accepted")
    dut.periph_be_i.value = 0x1
    try:
        await write(dut, REGS.MAILBOX.offset, 1)
    except bus.BusError:
        assert int(dut.mailbox_valid_o.value) == 0
        return
    raise AssertionError("a write of one byte was accepted")
