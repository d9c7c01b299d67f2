# SPDX-License-Identifier: Apache-2.0
"""cocotb test of td_redmule_port_checker alone: traffic that keeps the rules, and one that breaks REDMULE_RULE."""

import os
from collections.abc import Awaitable, Callable

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

from tb.env.common.dut import Dut

ORIGIN = 0xFFC0_0000  # the memory of 4 MB ends where addresses do
PAYLOAD = (1 << 32) - 1  # byte enables of a full beat of 8 elements


async def beat(dut: Dut, addr: int = 0x100, be: int = PAYLOAD, we: int = 0, wdata: int = 0, wait: int = 0) -> None:
    """One beat at ``addr`` of the memory; it waits ``wait`` cycles for its grant."""
    dut.req_i.value, dut.addr_i.value, dut.be_i.value, dut.we_i.value, dut.wdata_i.value = (
        1,
        ORIGIN + addr,
        be,
        we,
        wdata,
    )
    dut.gnt_i.value = 0
    for _ in range(wait):
        await FallingEdge(dut.clk_i)
    dut.gnt_i.value = 1
    await FallingEdge(dut.clk_i)
    dut.req_i.value = dut.gnt_i.value = 0


async def response(dut: Dut, taken: int = 1) -> None:
    dut.rvalid_i.value, dut.taken_i.value = 1, taken
    await FallingEdge(dut.clk_i)
    dut.rvalid_i.value = dut.taken_i.value = 0


async def withdrawn(dut: Dut) -> None:
    await beat(dut, wait=1)
    dut.req_i.value = 1
    await FallingEdge(dut.clk_i)
    dut.req_i.value = 0
    await FallingEdge(dut.clk_i)


async def changed(dut: Dut) -> None:
    dut.req_i.value, dut.addr_i.value, dut.be_i.value, dut.gnt_i.value = 1, ORIGIN + 0x100, PAYLOAD, 0
    await FallingEdge(dut.clk_i)
    await beat(dut, addr=0x104)


async def without_job(dut: Dut) -> None:
    dut.busy_i.value = 0
    await FallingEdge(dut.clk_i)
    await beat(dut)


async def too_many(dut: Dut) -> None:
    for _ in range(17):
        await beat(dut)


async def early_event(dut: Dut) -> None:
    dut.event_i.value = 1
    await beat(dut, we=1)
    dut.event_i.value = 0


async def dropped(dut: Dut) -> None:
    await beat(dut)
    await response(dut, taken=0)


BREAKS: dict[str, Callable[[object], Awaitable[None]]] = {
    "": beat,
    "a_stays_until_granted": withdrawn,
    "a_does_not_change": changed,
    "a_begins_while_busy": without_job,
    "a_event_after_stores": early_event,
    "a_response_expected": response,
    "a_response_taken": dropped,
    "a_outstanding": too_many,
    "a_aligned": lambda dut: beat(dut, addr=0x102),
    "a_in_range": lambda dut: beat(dut, addr=0x40_0000 - 28),
    "a_something_meant": lambda dut: beat(dut, be=0),
    "a_first_word": lambda dut: beat(dut, be=0xF0),
    "a_one_run": lambda dut: beat(dut, be=0xF0F),
    "a_whole_elements": lambda dut: beat(dut, be=0x3F),
    "a_payload": lambda dut: beat(dut, be=(1 << 36) - 1),
}


@cocotb.test()
async def a_rule_is_broken(dut: Dut) -> None:
    dut.rst_ni.value = 0
    for name in ("req_i", "gnt_i", "we_i", "addr_i", "be_i", "wdata_i", "rvalid_i", "taken_i", "event_i"):
        getattr(dut, name).value = 0
    dut.busy_i.value, dut.origin_i.value = 1, ORIGIN
    Clock(dut.clk_i, 10, unit="ns", impl="gpi").start()
    for _ in range(2):
        await FallingEdge(dut.clk_i)
    dut.rst_ni.value = 1
    for we, be, wait in ((0, PAYLOAD, 0), (1, 0xF, 2), (0, 0xFF, 3), (1, PAYLOAD, 0)):  # all rules kept
        await beat(dut, be=be, we=we, wait=wait)
        if not we:
            await response(dut)
    dut._log.info("the rules are kept")
    await BREAKS[os.environ["REDMULE_RULE"]](dut)
    for _ in range(3):
        await FallingEdge(dut.clk_i)
