# SPDX-License-Identifier: Apache-2.0
"""cocotb tests of td_redmule: whole memory compared with golden/redmule.py after sequences of random jobs."""

import os
import random
from dataclasses import dataclass
from pathlib import Path

import cocotb
import numpy as np

from golden.redmule import Job, operands, run
from tb.tests.redmule_coverage import LATENCIES, RELATIONS, STALLS, Coverage
from tb.tests.redmule_driver import (
    DTYPE,
    TIMED_OUT,
    Script,
    memory,
    permit_only,
    reset,
    violations,
)

JOBS = int(os.environ.get("REDMULE_JOBS", "100"))
SEED = int(os.environ.get("REDMULE_SEED", "1"))
HEIGHT, ROWS, PIPE = (int(v) for v in os.environ.get("REDMULE_SHAPE", "4,12,3").split(","))
COLUMNS = HEIGHT * (PIPE + 1)
ITEM = DTYPE.itemsize
UNSIGNED = np.dtype(f"u{ITEM}")
COVERAGE = Coverage(HEIGHT, ROWS, COLUMNS, ITEM)


def special_values(rng: np.random.Generator, count: int) -> np.ndarray:
    """Any bit pattern, and zeros, infinities, subnormals and numbers that cancel, more often than chance has them."""
    with np.errstate(over="ignore"):
        ordinary = rng.normal(size=count).astype(DTYPE)
    kind = rng.integers(0, 8, count)
    tiny = rng.integers(0, 1 << 8, count).astype(UNSIGNED).view(DTYPE)
    zero = np.where(rng.integers(0, 2, count), -0.0, 0.0).astype(DTYPE)
    one = np.where(rng.integers(0, 2, count), -1.0, 1.0).astype(DTYPE)
    patterns = rng.integers(0, 1 << 8 * ITEM, count, dtype=np.uint64).astype(UNSIGNED).view(DTYPE)
    infinite = np.where(rng.random(count) < 0.02, np.inf, ordinary).astype(DTYPE)
    return np.select([kind == k for k in range(5)], [tiny, zero, one, patterns, infinite], ordinary)


def fill(rng: np.random.Generator, size: int, special: bool) -> None:
    data = special_values(rng, size // ITEM) if special else rng.normal(size=size // ITEM).astype(DTYPE)
    memory()[:size] = data.view(np.uint8)


def dimension(rng: random.Random, block: int, limit: int) -> int:
    choice = rng.random()
    if choice < 0.3:
        return rng.randint(1, min(limit, block + 1))
    if choice < 0.6:
        return min(limit, max(1, block * rng.randint(1, 4) + rng.choice([-1, 0, 0, 1])))
    return rng.randint(1, limit)


@dataclass
class Allocator:
    """Hands out memory from 0 up, with guard gaps."""

    rng: random.Random
    top: int = 64

    def take(self, rows: int, columns: int, matrix: str = "X") -> tuple[int, int]:
        """(address, pitch or 0) of a matrix of rows x columns elements."""
        dense = columns * ITEM
        pitch = dense + ITEM * self.rng.randint(0, 9) if self.rng.random() < 0.5 else dense
        self.top += ITEM * self.rng.randint(1, 24)
        self.top = ITEM * COVERAGE.steer(self.rng, f"address of {matrix} in beats", self.top // ITEM + COLUMNS, COLUMNS)
        base = self.top
        self.top += pitch * rows
        return base, 0 if pitch == dense and self.rng.random() < 0.7 else pitch


def random_job(rng: random.Random, space: Allocator, limit: int = 70, work: int = 60_000) -> Job:
    m, n, k = dimension(rng, ROWS, limit), dimension(rng, COLUMNS, limit), dimension(rng, COLUMNS, limit)
    m = COVERAGE.steer(rng, "M mod L", m, ROWS)
    n = COVERAGE.steer(rng, "N mod D", n, COLUMNS)
    k = COVERAGE.steer(rng, "K mod D", k, COLUMNS)
    while m * n * k > work:
        m, n, k = max(1, m * 2 // 3), max(1, n * 3 // 4), max(1, k * 3 // 4)
    if rng.random() < 0.03:
        zero = rng.choice(COVERAGE.missing("a size is 0") or ["M", "N", "K"])
        m, n, k = m * (zero != "M"), n * (zero != "N"), k * (zero != "K")
    xt, wt = rng.random() < 0.4, rng.random() < 0.4
    x, x_pitch = space.take(*((n, m) if xt else (m, n)))
    w, w_pitch = space.take(*((k, n) if wt else (n, k)), "W")
    z, z_pitch = space.take(m, k, "Z")
    y: int | None = None
    y_pitch, broadcast = 0, False
    mode = rng.random()
    if mode < 0.3:
        y, y_pitch = 0, z_pitch
    elif mode < 0.55:
        y, y_pitch = space.take(m, k, "Y")
    elif mode < 0.75:
        y, y_pitch = space.take(1, k, "Y")
        broadcast = True
    return Job(x, w, z, m, n, k, y, x_pitch, w_pitch, y_pitch, z_pitch, xt, wt, broadcast)


def dependent_job(rng: random.Random, space: Allocator, before: Job, other: Job, kind: int) -> Job:
    """A job that reads or overwrites what ``before`` wrote or read, so that the order of the two shows."""
    if kind == 0:  # X is the result
        w, w_pitch = space.take(before.k, other.k)
        z, z_pitch = space.take(before.m, other.k)
        return Job(before.z, w, z, before.m, before.k, other.k, None, before.z_pitch, w_pitch, 0, z_pitch)
    if kind == 1:  # W is the result
        x, x_pitch = space.take(other.k, before.m)
        z, z_pitch = space.take(other.k, before.k)
        return Job(x, before.z, z, other.k, before.m, before.k, None, x_pitch, before.z_pitch, 0, z_pitch)
    if kind == 2:  # accumulates on the result
        x, x_pitch = space.take(before.m, other.k)
        w, w_pitch = space.take(other.k, before.k)
        return Job(x, w, before.z, before.m, other.k, before.k, 0, x_pitch, w_pitch, before.z_pitch, before.z_pitch)
    # overwrites X
    rows, columns = (before.n, before.m) if before.x_transposed else (before.m, before.n)
    x, x_pitch = space.take(rows, other.k)
    w, w_pitch = space.take(other.k, columns)
    return Job(x, w, before.x, rows, other.k, columns, None, x_pitch, w_pitch, 0, before.x_pitch)


def check(expected: np.ndarray, jobs: list[Job], what: str) -> None:
    """Compare memory with ``expected`` bit for bit and report the first wrong element."""
    count, where, was_write = (int(v) for v in violations())
    first = f"{'write' if was_write else 'read'} at {where:#x}"
    assert count == 0, f"{what}: {count} accesses outside the operands, first {first}"
    actual = memory()[: expected.size]
    wrong = np.flatnonzero(actual.view(UNSIGNED) != expected.view(UNSIGNED))
    if not wrong.size:
        return
    first = int(wrong[0])
    for number, job in enumerate(jobs):
        if 0 in (job.m, job.n, job.k):
            continue
        inside = np.argwhere(operands(job, ITEM)["z"] == first * ITEM)
        if inside.size:
            what += f", job {number} {job} at {tuple(inside[0])}"
    have, want = (int(v.view(UNSIGNED)[first]) for v in (actual, expected))
    raise AssertionError(f"{what}: {wrong.size} elements wrong, at {first * ITEM:#x} {have:#x} instead of {want:#x}")


def random_memory(rng: random.Random, script: Script) -> None:
    stall = rng.choice([0, 0, *STALLS])
    latency, random_latency = rng.choice([1, 1, *LATENCIES]), rng.random() < 0.3
    COVERAGE.sample("stall %", stall)
    COVERAGE.sample("latency", "random" if random_latency else latency)
    script.memory(stall, latency, random_latency)


def random_jobs(rng: random.Random, space: Allocator, count: int, queued: bool, limit: int) -> list[Job]:
    jobs: list[Job] = []
    for _ in range(count):
        job, relation = random_job(rng, space, limit), "independent" if jobs and queued else "none"
        before = jobs[-1] if jobs else None
        if before and rng.random() < 0.35 and 0 not in (before.m, before.n, before.k, job.k):
            kind = rng.randrange(4)
            job, relation = dependent_job(rng, space, before, job, kind), RELATIONS[2 + kind]
        COVERAGE.job(job, relation)
        jobs.append(job)
    return jobs


async def sequence(dut, rng: random.Random, count: int, special: bool, queued: bool, limit: int = 70) -> None:
    """``count`` random jobs back to back, without clear."""
    space = Allocator(rng)
    jobs = random_jobs(rng, space, count, queued, limit)
    size = (space.top + 4096) & ~63
    fill(np.random.default_rng(rng.getrandbits(32)), size, special)
    expected = memory()[:size].copy()
    COVERAGE.values("operands", expected.view(DTYPE))
    script = Script()
    random_memory(rng, script)
    waits = []
    for number, job in enumerate(jobs):
        script.submit(job, core=rng.randrange(8))
        run(expected, job, DTYPE)
        if 0 not in (job.m, job.n, job.k):
            COVERAGE.values("results", expected.view(DTYPE)[operands(job, ITEM)["z"] // ITEM])
        if not queued:
            waits.append(script.wait_events(number + 1, 400_000))
        if rng.random() < 0.3:
            random_memory(rng, script)
        if rng.random() < 0.2:
            script.delay(rng.randrange(200))
    waits.append(script.wait_events(count, 2_000_000))
    quiet = script.wait_quiet(100)
    permit_only(*jobs)
    await script.run(dut)
    for wait in waits:
        assert script.result(wait) != TIMED_OUT, f"the engine hangs in {jobs}"
    assert script.result(quiet) != TIMED_OUT
    check(expected, jobs, f"seed {SEED}")


@cocotb.test()
async def random_jobs_one_at_a_time_match_the_model(dut) -> None:
    rng = random.Random(SEED)
    await reset(dut)
    for number in range(max(1, JOBS // 10)):
        await sequence(dut, rng, 10, special=number % 2 == 1, queued=False)


@cocotb.test()
async def queued_jobs_match_the_model(dut) -> None:
    rng = random.Random(SEED + 1)
    await reset(dut)
    for number in range(max(1, JOBS // 10)):
        await sequence(dut, rng, 10, special=number % 2 == 1, queued=True)


@cocotb.test()
async def random_jobs_cover_every_bin(dut) -> None:
    """Both kinds of sequences until coverage.json has no holes."""
    rng = random.Random(SEED + 2)
    await reset(dut)
    for number in range(max(1, JOBS // 10)):
        await sequence(dut, rng, 10, special=number % 4 > 1, queued=number % 2 == 1)
    COVERAGE.write(Path("coverage.json"))
    holes = COVERAGE.holes()
    assert not holes, f"{len(holes)} bins were not hit: {'; '.join(holes[:20])}"
