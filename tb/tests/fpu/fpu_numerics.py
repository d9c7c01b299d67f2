# SPDX-License-Identifier: Apache-2.0
"""cocotb side of the FPU bench: starts it, lets it run without Python, reads what the C++ side counted."""

import ctypes
import os

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import Timer

NAMES = ["fmadd", "fnmsub", "add", "mul", "div", "sqrt", "sgnj", "minmax", "cmp", "classify", "f2f", "f2i", "i2f"]


@cocotb.test()
async def results_equal_ieee_754(dut):
    """All operations on all ports, mixed, in four rounding modes: results and flags equal the host's bit for bit."""
    bench = ctypes.CDLL(None)
    bench.td_fpu_bench_count.restype = ctypes.c_uint64
    cycles = int(os.environ.get("TD_FPU_CYCLES", "200000"))
    mask = int(os.environ.get("TD_FPU_OPERATIONS", "0x1fff"), 0)
    dut.rst_ni.value = 1
    dut.idle_percent_i.value = 0
    await Timer(1, "ns")
    dut.rst_ni.value = 0
    Clock(dut.clk_i, 2, "ns", impl="gpi").start()
    await Timer(21, "ns")
    bench.td_fpu_bench_seed(cocotb.RANDOM_SEED & 0xFFFFFFFF, mask)
    dut.rst_ni.value = 1
    for idle in (0, 30, 80):
        dut.idle_percent_i.value = idle
        await Timer(2 * cycles // 3, "ns")
    counts = {name: bench.td_fpu_bench_count(i) for i, name in enumerate(NAMES)}
    dut._log.info("operations checked: %s", counts)
    assert dut.errors_o.value.to_unsigned() == 0
    for i, name in enumerate(NAMES):
        assert name == "f2f" or not mask >> i & 1 or counts[name] > cycles // 200, f"{name} was hardly tested"
