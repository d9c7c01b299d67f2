# SPDX-License-Identifier: Apache-2.0
"""cocotb tests of td_redmule at the largest sizes: every count and address of the engine at its full width."""

import random
from typing import Any

import cocotb
import numpy as np

from golden.redmule import Job, run
from tb.env.common.dut import Dut
from tb.env.redmule.driver import DTYPE, TIMED_OUT, Script, memory, permit_only, reset
from tb.env.redmule.engine import ITEM, ROWS, SEED, check, fill
from tb.env.redmule.jobs import Allocator, NoGuide

LARGEST = 65535
SIZES = [(LARGEST, 1, 1), (1, LARGEST, 1), (1, 1, LARGEST), (LARGEST, 2, 3), (3, LARGEST, 2), (2, 3, LARGEST)]
HALF = 32769  # the upper bit of a size is set
HALVES = [(HALF, 1, 1), (1, HALF, 1), (1, 1, HALF), (ROWS + 1, HALF, 1), (ROWS + 1, 1, HALF)]
LAYOUTS: list[dict[str, Any]] = [
    {"w_transposed": True, "y": 0},
    {},
    {"x_transposed": True, "y": 0},
    {"x_transposed": True, "w_transposed": True},
]


def job_of(space: Allocator, m: int, n: int, k: int, layout: dict[str, Any]) -> Job:
    """A MATMUL, or GEMM in place if ``layout`` has a y, with guard bytes between the matrices."""
    x, x_pitch = space.take(*((n, m) if layout.get("x_transposed") else (m, n)))
    w, w_pitch = space.take(*((k, n) if layout.get("w_transposed") else (n, k)), "W")
    z, z_pitch = space.take(m, k, "Z")
    y_pitch = z_pitch if "y" in layout else 0
    return Job(**{"y": None, **layout}, x=x, w=w, z=z, m=m, n=n, k=k, x_pitch=x_pitch, w_pitch=w_pitch,
               y_pitch=y_pitch, z_pitch=z_pitch)  # fmt: skip


@cocotb.test()
async def the_largest_sizes_match_the_model(dut: Dut) -> None:
    await reset(dut)
    for sizes in SIZES:
        for layout in LAYOUTS:
            await one(dut, sizes, layout)


@cocotb.test()
async def sizes_beyond_half_of_their_range_match_the_model(dut: Dut) -> None:
    """Each size alone, and N and K with a second tile of M, for which the engine begins them again."""
    await reset(dut)
    for sizes in HALVES:
        await one(dut, sizes, {})


async def one(dut: Dut, sizes: tuple[int, int, int], layout: dict[str, Any]) -> None:
    """Run a job and compare all memory."""
    space = Allocator(random.Random(f"{SEED} {sizes} {layout}"), NoGuide())
    job = job_of(space, *sizes, layout)
    assert space.size <= memory().size, f"{job} does not fit"
    fill(np.random.default_rng(SEED), space.size, special=True)
    expected = memory()[: space.size].copy()
    script = Script()
    script.memory()
    script.submit(job)
    done = script.wait_events(1)
    permit_only(job)
    await script.run(dut)
    assert script.result(done) != TIMED_OUT, f"hang in {job}"
    run(expected, job, DTYPE)
    check(expected, [job], f"{sizes}, {layout}, element of {ITEM} bytes")
