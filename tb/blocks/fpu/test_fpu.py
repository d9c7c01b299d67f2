# SPDX-License-Identifier: Apache-2.0
"""cocotb side of the FPU bench: starts it, lets it run without Python, reads what the C++ side counted."""

import ctypes
import os

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import Timer

from tb.env.common import figures
from tb.env.common.coverage import record
from tb.env.common.dut import Dut
from traindeploy.records.verdict import CoveragePoint

NAMES = ["fmadd", "fnmsub", "add", "mul", "div", "sqrt", "sgnj", "minmax", "cmp", "classify", "f2f", "f2i", "i2f"]
DIVISIONS = ("div", "sqrt")
CORES = 8
IDLE = (0, 30, 80)  # percent of the cycles in which a core could send an operation and does not


@cocotb.test()
async def results_equal_ieee_754(dut: Dut) -> None:
    """All operations on all ports, mixed, in five rounding modes: results and flags equal the reference bit for bit."""
    bench = ctypes.CDLL(None)
    bench.td_fpu_bench_count.restype = bench.td_fpu_bench_port_count.restype = ctypes.c_uint64
    cycles = int(os.environ.get("TD_FPU_CYCLES", "200000"))
    mask = int(os.environ.get("TD_FPU_OPERATIONS", "0x1fff"), 0)
    fpus, latency = int(os.environ["TD_FPUS"]), int(os.environ["TD_FPU_LATENCY"])
    dut.rst_ni.value = 1
    dut.idle_percent_i.value = 0
    await Timer(1, "ns")
    dut.rst_ni.value = 0
    Clock(dut.clk_i, 2, "ns", impl="gpi").start()
    await Timer(21, "ns")
    bench.td_fpu_bench_seed(cocotb.RANDOM_SEED & 0xFFFFFFFF, mask, CORES // fpus, latency)
    dut.rst_ni.value = 1
    for idle in IDLE:
        dut.idle_percent_i.value = idle
        await Timer(2 * cycles // len(IDLE), "ns")
        if idle == 0:
            fair(bench, mask)
    counts = {name: bench.td_fpu_bench_count(i) for i, name in enumerate(NAMES)}
    dut._log.info("operations checked: %s", counts)
    assert dut.errors_o.value.to_unsigned() == 0
    tested = [i for i, name in enumerate(NAMES) if name != "f2f" and mask >> i & 1]
    for i in tested:
        assert counts[NAMES[i]] > cycles // 200, f"{NAMES[i]} was hardly tested"
    bins_open = ctypes.c_uint32()
    bins = bench.td_fpu_bench_bins(ctypes.byref(bins_open))
    dut._log.info("coverage: %d of %d bins hit", bins - bins_open.value, bins)
    record([CoveragePoint(name="operations", stated=bins, hit=bins - bins_open.value)])
    assert bins_open.value == 0, f"{bins_open.value} of {bins} coverage bins are open: see the log"
    figures.record(
        latencies(bench, tested, latency) | {f"Bins of functional coverage, {fpus} FPUs": f"{bins}, all hit"}
    )


def fair(bench: ctypes.CDLL, mask: int) -> None:
    """With every port asking in every cycle, no core gets more than its neighbours."""
    operations = [i for i in range(len(NAMES)) if mask >> i & 1]
    done = [sum(bench.td_fpu_bench_port_count(port, i) for i in operations) for port in range(CORES)]
    assert min(done) >= 0.95 * max(done), f"operations by core: {done}"


def latencies(bench: ctypes.CDLL, tested: list[int], latency: int) -> dict[str, str]:
    """Grant to result in cycles, over all operands; the waits for a grant."""
    pipelined = [i for i in tested if NAMES[i] not in DIVISIONS]
    found = {}
    if pipelined:
        shortest = min(bench.td_fpu_bench_shortest(i) for i in pipelined)
        longest = max(bench.td_fpu_bench_longest(i) for i in pipelined)
        assert shortest == longest == latency, "the core counts on the cycle of a pipelined result"
        found["Pipelined operations, grant to result"] = f"{longest} cycle{'s' * (longest > 1)}"
        found["Pipelined operations, longest wait for a grant"] = f"{bench.td_fpu_bench_wait(0)} cycles"
    for i in tested:
        if NAMES[i] in DIVISIONS:
            name = {"div": "Division", "sqrt": "Square root"}[NAMES[i]]
            found[f"{name}, grant to result"] = (
                f"{bench.td_fpu_bench_shortest(i)} to {bench.td_fpu_bench_longest(i)} cycles"
            )
    if any(NAMES[i] in DIVISIONS for i in tested):
        found["Divisions and roots, longest wait for a grant"] = f"{bench.td_fpu_bench_wait(1)} cycles"
    return found
