# SPDX-License-Identifier: Apache-2.0
"""cocotb tests of td_cluster_control's performance counters under loads that differ from core to core."""

import random

import cocotb
from cocotb.triggers import ClockCycles

from tb.env.common import bus, reset
from tb.env.common.dut import Dut
from traindeploy.platform import NUM_CORES, register_map

REGS = register_map("cluster_control")
CORE = {  # counter -> the input that it counts, while the core is awake
    "PERF_LOAD_STALL": "load_stall_i",
    "PERF_TCDM_CONFLICT": "tcdm_conflict_i",
    "PERF_FETCH_STALL": "fetch_stall_i",
    "PERF_FPU_CONTENTION": "fpu_contention_i",
}
REDMULE = {
    "REDMULE_BUSY": "redmule_busy_i",
    "REDMULE_STALLED": "redmule_stall_i",
    "REDMULE_CONFLICT": "redmule_wait_i",
}
INPUTS = ("clk_en_i", *CORE.values(), *REDMULE.values())


async def counters(dut: Dut) -> dict[tuple[str, int], int]:
    """(counter, core) -> its value; RedMule's belong to core 0. Nothing counts meanwhile but sleep."""
    names = ("PERF_ACTIVE", "PERF_ASLEEP", *CORE)
    found = {
        (name, core): await bus.read(dut, REGS.register(name).at(core), prefix="periph_")
        for name in names
        for core in range(NUM_CORES)
    }
    return found | {(name, 0): await bus.read(dut, REGS.register(name).offset, prefix="periph_") for name in REDMULE}


async def load(dut: Dut, inputs: dict[str, int], cycles: int) -> None:
    for name, value in inputs.items():
        getattr(dut, name).value = value
    await ClockCycles(dut.clk_i, cycles)
    for name in INPUTS:
        getattr(dut, name).value = 0


async def start(dut: Dut) -> None:
    await reset.start(dut, dut.periph_req_i, *(getattr(dut, name) for name in INPUTS))


@cocotb.test()
async def every_counter_counts_its_own_cores_cycles_and_no_others(dut: Dut) -> None:
    """Each input alone, for a number of cycles of its own."""
    await start(dut)
    for number, name in enumerate((*CORE, *REDMULE)):
        for core in range(NUM_CORES if name in CORE else 1):
            cycles = 20 + 9 * number + core
            before = await counters(dut)
            signal = (CORE | REDMULE)[name]
            await load(dut, {"clk_en_i": 1 << core, signal: 1 << core}, cycles)
            after = await counters(dut)
            grown = {key: after[key] - before[key] for key in after if key[0] != "PERF_ASLEEP"}
            assert {key: n for key, n in grown.items() if n} == {(name, core): cycles, ("PERF_ACTIVE", core): cycles}
            slept = {after["PERF_ASLEEP", c] - before["PERF_ASLEEP", c] for c in range(NUM_CORES) if c != core}
            assert slept == {after["PERF_ASLEEP", core] - before["PERF_ASLEEP", core] + cycles}


@cocotb.test()
async def counters_are_the_sums_of_a_random_load(dut: Dut) -> None:
    """All inputs at random, more often at some cores than at others; a stall of a sleeping core counts nothing."""
    await start(dut)
    rng = random.Random(cocotb.RANDOM_SEED)
    expected = await counters(dut)
    for _ in range(700):
        inputs = {name: rng.getrandbits(NUM_CORES) & rng.getrandbits(NUM_CORES) for name in CORE.values()}
        inputs |= {name: rng.getrandbits(1) for name in REDMULE.values()}
        inputs["clk_en_i"] = rng.getrandbits(NUM_CORES) | 1 << rng.randrange(NUM_CORES)
        cycles = rng.randrange(1, 300)
        await load(dut, inputs, cycles)
        for core in range(NUM_CORES):
            awake = inputs["clk_en_i"] >> core & 1
            expected["PERF_ACTIVE", core] += cycles * awake
            for name, signal in CORE.items():
                expected[name, core] += cycles * (awake & inputs[signal] >> core)
        for name, signal in REDMULE.items():
            expected[name, 0] += cycles * inputs[signal]
    found = await counters(dut)
    wrong = {
        key: (found[key], expected[key]) for key in found if key[0] != "PERF_ASLEEP" and found[key] != expected[key]
    }
    assert not wrong, wrong
    assert found["PERF_ACTIVE", 0] > 1 << 15


@cocotb.test()
async def clearing_leaves_no_counter_behind(dut: Dut) -> None:
    await start(dut)
    everything = {name: (1 << NUM_CORES) - 1 if name in ("clk_en_i", *CORE.values()) else 1 for name in INPUTS}
    await load(dut, everything, 500)
    await bus.write(dut, REGS.PERF_CLEAR.offset, 1, prefix="periph_")
    found = await counters(dut)
    assert all(value == 0 for (name, _), value in found.items() if name != "PERF_ASLEEP")
    assert max(value for (name, _), value in found.items() if name == "PERF_ASLEEP") < 500
