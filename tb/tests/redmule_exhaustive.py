# SPDX-License-Identifier: Apache-2.0
"""cocotb test of td_redmule: every M, N, K up to two tiles + 2, with one stall density a run."""

import os
import random

import cocotb
import numpy as np

from golden.redmule import Job, run
from tb.tests.redmule import COLUMNS, ROWS, Allocator, check, fill
from tb.tests.redmule_driver import DTYPE, TIMED_OUT, Script, memory, permit_only, reset

STALL = int(os.environ.get("REDMULE_STALL", "0"))
STRIDE = int(os.environ.get("REDMULE_STRIDE", "1"))  # every how many-th shape
BATCH = 400  # jobs of a script


def job_of(rng: random.Random, space: Allocator, m: int, n: int, k: int) -> Job:
    """A job of that shape; layout, operation and pitches at random."""
    xt, wt = rng.random() < 0.5, rng.random() < 0.5
    x, x_pitch = space.take(*((n, m) if xt else (m, n)))
    w, w_pitch = space.take(*((k, n) if wt else (n, k)))
    z, z_pitch = space.take(m, k)
    y, y_pitch, broadcast = rng.choice([(None, 0, False), (0, z_pitch, False), (*space.take(1, k), True)])
    return Job(x, w, z, m, n, k, y, x_pitch, w_pitch, y_pitch, z_pitch, xt, wt, broadcast)


@cocotb.test()
async def every_shape_up_to_two_tiles_and_two(dut) -> None:
    await reset(dut)
    rng = random.Random(STALL)
    limits = (2 * ROWS + 2, 2 * COLUMNS + 2, 2 * COLUMNS + 2)
    shapes = [
        (m, n, k) for m in range(1, limits[0] + 1) for n in range(1, limits[1] + 1) for k in range(1, limits[2] + 1)
    ][:: max(1, STRIDE)]
    for begin in range(0, len(shapes), BATCH):
        space = Allocator(rng)
        jobs = [job_of(rng, space, *shape) for shape in shapes[begin : begin + BATCH]]
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
