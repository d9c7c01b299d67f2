# SPDX-License-Identifier: Apache-2.0
"""Clock and reset of a block bench."""

from typing import Any

from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, Timer

from tb.env.common.dut import Dut


async def start(dut: Dut, *inputs: Any, cycles: int = 2) -> None:
    """Zero ``inputs``, run the clock (10 ns), reset, and wait ``cycles`` more."""
    for signal in inputs:
        signal.value = 0
    # Two-state models start at 0: without an edge, flops behind stopped clocks see no reset.
    dut.rst_ni.value = 1
    await Timer(1, "ns")
    dut.rst_ni.value = 0
    Clock(dut.clk_i, 10, unit="ns", impl="gpi").start()
    await ClockCycles(dut.clk_i, 3)
    dut.rst_ni.value = 1
    await ClockCycles(dut.clk_i, cycles)
