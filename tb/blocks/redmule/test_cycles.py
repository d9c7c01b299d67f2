# SPDX-License-Identifier: Apache-2.0
"""cocotb tests of td_redmule's speed: cycles from the trigger write to the done event, with ideal memory."""

import json
from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from golden.redmule import Job, run
from tb.blocks.redmule.published import PUBLISHED, never_below
from tb.env.common.dut import Dut
from tb.env.redmule.driver import DTYPE, REGS, TIMED_OUT, Script, memory, permit_only, reset
from tb.env.redmule.engine import COLUMNS, HEIGHT, ITEM, PIPE, ROWS, check, fill

# Cycles of shapes on the engine of 2 x 3 with one pipeline register, by layout, as measured on 27 November.
MEASURED = {
    (3, 4, 4): (28, 28, 31, 29),
    (3, 64, 8): (277, 283, 279, 287),
    (7, 9, 10): (200, 203, 211, 212),
    (12, 16, 16): (533, 539, 535, 543),
    (24, 4, 24): (515, 523, 541, 546),
    (1, 40, 5): (171, 178, 174, 177),
}
TRANSPOSED = ({"x_transposed": True}, {"w_transposed": True}, {"x_transposed": True, "w_transposed": True})


async def cycles_of(dut: Dut, m: int, n: int, k: int, **layout: Any) -> int:
    """Cycles of a dense GEMM in place, alone after a pause; its result is checked as well."""
    w = 4 * ITEM * ((m * n + 3) // 4)
    z = w + 4 * ITEM * ((n * k + 3) // 4)
    job = Job(0, w, z, m, n, k, 0, **layout)
    size = (z + ITEM * m * k + 4096) & ~63
    fill(np.random.default_rng(1), size, False)
    expected = memory()[:size].copy()
    script = Script()
    script.memory()
    script.delay(5)
    trigger = script.submit(job)
    done = script.wait_events(1)
    permit_only(job)
    await script.run(dut)
    assert script.result(done) != TIMED_OUT, f"hang in {job}"
    run(expected, job, DTYPE)
    check(expected, [job], "yardstick")
    return script.result(done) - script.result(trigger)


@cocotb.test()
async def no_slower_than_it_was(dut: Dut) -> None:
    """What the order of requests on the port gains, on the small engine: plain, X, W and both transposed."""
    await reset(dut)
    slower = []
    for shape, known in MEASURED.items():
        for layout, cycles_then in zip(({}, *TRANSPOSED), known, strict=True):
            if (cycles := await cycles_of(dut, *shape, **layout)) > cycles_then:
                slower.append(f"{shape} {layout}: {cycles} > {cycles_then}")
    assert not slower, "; ".join(slower)


@cocotb.test()
async def a_soft_clear_costs_the_next_job_nothing(dut: Dut) -> None:
    """Whatever it cuts short: what the engine knows of its streams is not what a job that is gone has left."""
    await reset(dut)
    size = (2 * ROWS, 2 * COLUMNS, 2 * COLUMNS)
    alone = await cycles_of(dut, *size)
    slower = []
    for layout in ({}, *TRANSPOSED):
        for delay in range(20, 20 + 8 * COLUMNS, 7):
            script = Script()
            script.memory()
            script.submit(Job(0, 0x4000, 0x8000, *size, 0, **layout))
            script.delay(delay)
            script.write(REGS.SOFT_CLEAR.offset, 1)
            script.wait_quiet()
            permit_only(Job(0, 0x4000, 0x8000, *size, 0, **layout))
            await script.run(dut)
            if (cycles := await cycles_of(dut, *size)) > alone:
                slower.append(f"{cycles} instead of {alone} after {layout} was cut at {delay}")
    assert not slower, "; ".join(slower)


def compute_cycles(m: int, n: int, k: int) -> int:
    """Array steps of all tiles."""
    return -(-m // ROWS) * -(-k // COLUMNS) * -(-n // HEIGHT) * COLUMNS


@cocotb.test()
async def no_slower_than_the_published_engine(dut: Dut) -> None:
    await reset(dut)
    column = {(4, 12, 3): 0, (4, 4, 1): 1}.get((HEIGHT, ROWS, PIPE))
    table, slow = {}, []
    for shape, published in PUBLISHED.items():
        cycles = await cycles_of(dut, *shape)
        bound = None if column is None else published[column]
        table["x".join(map(str, shape))] = (cycles, bound)
        if bound is not None and cycles > bound:
            slow.append(f"{shape}: {cycles} > {bound}")
    Path("cycles.json").write_text(json.dumps(table, indent=1))
    for name, row in table.items():
        dut._log.info("%-20s %s", name, row)
    assert not slow, "; ".join(slow)


@cocotb.test()
async def no_slower_than_the_published_engines_model(dut: Dut) -> None:
    """Every sixth of a grid of shapes, tile edges and long reductions among them."""
    await reset(dut)
    sides = (1, 5, 11, 12, 13, 16, 17, 24, 31, 33, 48, 64)
    depths = (5, 7, 8, 9, 12, 15, 16, 21, 24, 31, 32, 37, 40, 48, 53, 64, 72, 128)
    shapes = [(m, n, k) for m in sides for n in depths for k in sides][::6]
    slow, compared = [], 0
    for shape in shapes:
        bound = never_below(*shape, HEIGHT, ROWS, PIPE)
        if bound is not None and shape[0] * shape[1] * shape[2] < 100_000:
            cycles = await cycles_of(dut, *shape)
            compared += 1
            if cycles > bound:
                slow.append(f"{shape}: {cycles} > {bound}")
    dut._log.info("%d shapes", compared)
    assert compared > 200
    assert not slow, "; ".join(slow)


@cocotb.test()
async def transposed_operands_cost_at_most_ten_percent(dut: Dut) -> None:
    await reset(dut)
    slow = []
    for shape in ((ROWS, COLUMNS, COLUMNS), (2 * ROWS, 2 * COLUMNS, 2 * COLUMNS), (4 * ROWS, 4 * COLUMNS, 4 * COLUMNS)):
        plain = await cycles_of(dut, *shape)
        for layout in TRANSPOSED:
            cycles = await cycles_of(dut, *shape, **layout)
            dut._log.info("%s %s: %d, plain %d", shape, layout, cycles, plain)
            # The first rows of a transposed W are there when all its columns are: once a job, beside the 10 %.
            if cycles > 1.1 * plain + COLUMNS:
                slow.append(f"{shape} {layout}: {cycles}, plain {plain}")
    assert not slow, "; ".join(slow)


@cocotb.test()
async def queued_independent_jobs_follow_without_a_gap(dut: Dut) -> None:
    """The second of two jobs costs its array steps only: its preload hides behind the first."""
    await reset(dut)
    m, n, k = ROWS, 8 * COLUMNS, 2 * COLUMNS  # long enough to program the next one meanwhile
    stride = ITEM * 4 * (m * n + n * k + m * k)
    for count in (1, 2, 3, 6):
        jobs = []
        for i in range(count):
            x = i * stride
            w = x + ITEM * m * n
            jobs.append(Job(x, w, w + ITEM * n * k, m, n, k, 0))
        size = count * stride
        fill(np.random.default_rng(1), size, False)
        expected = memory()[:size].copy()
        script = Script()
        triggers = [script.submit(job) for job in jobs]
        done = script.wait_events(count)
        permit_only(*jobs)
        await script.run(dut)
        for job in jobs:
            run(expected, job, DTYPE)
        check(expected, jobs, f"{count} queued jobs")
        cycles = script.result(done) - script.result(triggers[0])
        if count == 1:
            alone = cycles
        dut._log.info("%d jobs of %dx%dx%d: %d cycles, %d steps each", count, m, n, k, cycles, compute_cycles(m, n, k))
        assert cycles <= alone + (count - 1) * (compute_cycles(m, n, k) + 2)
