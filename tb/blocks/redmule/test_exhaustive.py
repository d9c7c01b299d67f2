# SPDX-License-Identifier: Apache-2.0
"""cocotb test of td_redmule: every M, N, K up to two tiles + 2, with one stall density a run."""

import os
import random

import cocotb
import numpy as np

from golden.redmule import run
from tb.env.common.dut import Dut
from tb.env.redmule.driver import DTYPE, TIMED_OUT, Script, memory, permit_only, reset
from tb.env.redmule.engine import COLUMNS, ROWS, check, fill
from tb.env.redmule.jobs import Allocator, NoGuide, place

STALL = int(os.environ.get("REDMULE_STALL", "0"))
STRIDE = int(os.environ.get("REDMULE_STRIDE", "1"))  # every how many-th shape
BATCH = 400  # jobs of a script


@cocotb.test()
async def every_shape_up_to_two_tiles_and_two(dut: Dut) -> None:
    await reset(dut)
    rng = random.Random(STALL)
    limits = (2 * ROWS + 2, 2 * COLUMNS + 2, 2 * COLUMNS + 2)
    shapes = [
        (m, n, k) for m in range(1, limits[0] + 1) for n in range(1, limits[1] + 1) for k in range(1, limits[2] + 1)
    ][:: max(1, STRIDE)]
    for begin in range(0, len(shapes), BATCH):
        space = Allocator(rng, NoGuide())
        jobs = [place(rng, space, *shape) for shape in shapes[begin : begin + BATCH]]
        size = (space.top + 4096) & ~63
        fill(np.random.default_rng(begin), size, True)
        expected = memory()[:size].copy()
        script = Script()
        script.memory(STALL, 1 + begin // BATCH % 8)
        for job in jobs:
            script.submit(job)
            run(expected, job, DTYPE)
        done = script.wait_events(len(jobs))
        permit_only(*jobs)
        await script.run(dut)
        assert script.result(done) != TIMED_OUT, f"a shape from {shapes[begin]} on hangs"
        check(expected, jobs, f"stall {STALL} %")
    dut._log.info("%d shapes", len(shapes))
