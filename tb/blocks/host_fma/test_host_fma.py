# SPDX-License-Identifier: Apache-2.0
"""RedMule's RTL multiply-adder against the one with the host's arithmetic, cycle by cycle."""

import ctypes
import os

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import Timer

from tb.env.common.dut import Dut

KINDS = ("normal", "subnormal", "zero", "infinity", "NaN", "tie", "cancelled")
ENOUGH = 1000  # of every kind of result
PERIOD = 10
MODES = {"IEEE": 0, "flush to zero": 0x8000, "denormals are zero": 0x40, "round down": 0x2000}


@cocotb.test()
async def every_result_is_equal_in_every_cycle(dut: Dut) -> None:
    """Each mode of the process's arithmetic in turn: it must not show."""
    cycles = int(os.environ["TD_CYCLES"])
    library = ctypes.CDLL(None)
    library.td_fma_seen.restype = ctypes.c_uint64
    dut.clk_i.value = 0
    dut.rst_ni.value = 1
    await Timer(PERIOD, "ns")
    dut.rst_ni.value = 0
    await Timer(PERIOD, "ns")
    dut.rst_ni.value = 1
    Clock(dut.clk_i, PERIOD, "ns", impl="gpi").start(start_high=False)
    for name, bits in MODES.items():
        library.td_fma_mode(bits)
        await Timer(cycles * PERIOD // (1 if bits == 0 else 4), "ns")
        library.td_fma_mode(0)
        assert int(dut.wrong_q.value) == 0, (name, [f"{int(v.value):#x}" for v in dut.first_q])
    seen = {kind: library.td_fma_seen(number) for number, kind in enumerate(KINDS)}
    compared, resets, gated = (int(dut[name].value) for name in ("compared_q", "resets_q", "gated_q"))
    dut._log.info(f"{compared} results compared, {resets} resets, {gated} cycles without clock, {seen}")
    assert compared >= 4 * cycles
    assert min(seen.values()) >= ENOUGH
    assert resets >= cycles / 8192
    assert gated >= cycles / 8
