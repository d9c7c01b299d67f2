# SPDX-License-Identifier: Apache-2.0
"""The engine under test, as tb/blocks/redmule/block.py describes it in the environment, and checks on its memory."""

import os

import numpy as np

from golden.redmule import Job, operands, run
from tb.env.redmule.driver import DTYPE, memory, violations

SEED = int(os.environ.get("COCOTB_RANDOM_SEED", "1"))
HEIGHT, ROWS, PIPE = (int(v) for v in os.environ.get("REDMULE_SHAPE", "4,12,3").split(","))
COLUMNS = HEIGHT * (PIPE + 1)
ITEM = DTYPE.itemsize
UNSIGNED = np.dtype(f"u{ITEM}")


def special_values(rng: np.random.Generator, count: int) -> np.ndarray:
    """Any bit pattern, and zeros, infinities, subnormals and numbers that cancel, more often than chance has them."""
    with np.errstate(over="ignore"):
        ordinary = rng.normal(size=count).astype(DTYPE)
    kind = rng.integers(0, 8, count)
    tiny = rng.integers(0, 1 << 8, count).astype(UNSIGNED).view(DTYPE)
    zero = np.where(rng.integers(0, 2, count), -0.0, 0.0).astype(DTYPE)
    one = np.where(rng.integers(0, 2, count), -1.0, 1.0).astype(DTYPE)
    patterns = rng.integers(0, 1 << 8 * ITEM, count, dtype=np.uint64).astype(UNSIGNED).view(DTYPE)
    rare = rng.random(count)
    extreme = np.select([rare < 0.02, rare < 0.04, rare < 0.06], [np.inf, -np.inf, np.nan], ordinary).astype(DTYPE)
    return np.select([kind == k for k in range(5)], [tiny, zero, one, patterns, extreme], ordinary)


def fill(rng: np.random.Generator, size: int, special: bool) -> None:
    """Random elements in the first ``size`` bytes of the bench's memory."""
    data = special_values(rng, size // ITEM) if special else rng.normal(size=size // ITEM).astype(DTYPE)
    memory()[:size] = data.view(np.uint8)


def empty(job: Job) -> bool:
    """Whether the job has nothing to compute."""
    return 0 in (job.m, job.n, job.k)


def stray_access() -> str:
    """The first access outside what the jobs may touch, or ''."""
    count, where, was_write = (int(v) for v in violations()[:3])
    kind = "write" if was_write else "read"
    return f"{count} accesses outside the operands, first {kind} at {where:#x}" if count else ""


def difference(expected: np.ndarray, actual: np.ndarray, jobs: list[Job]) -> str:
    """The first element of two memory images that differs, and whose it is; or ''."""
    if np.array_equal(expected, actual):
        return ""
    have, want = actual.view(UNSIGNED), expected.view(UNSIGNED)
    wrong = np.flatnonzero(have != want)
    first = int(wrong[0])
    whose = ""
    for number, job in enumerate(jobs):
        if empty(job):
            continue
        inside = np.argwhere(operands(job, ITEM)["z"] == first * ITEM)
        if len(inside):
            whose += f", job {number} {job} at {tuple(inside[0])}"
    return f"{wrong.size} elements wrong, at {first * ITEM:#x} {have[first]:#x} instead of {want[first]:#x}{whose}"


def check(expected: np.ndarray, jobs: list[Job], what: str) -> None:
    """Compare the bench's memory with ``expected`` bit for bit; raises AssertionError."""
    problem = stray_access() or difference(expected, memory()[: expected.size], jobs)
    assert not problem, f"{what}: {problem}"


def overlay(image: np.ndarray, state: np.ndarray, job: Job) -> str:
    """Take Z of a job that may have been cut short from ``state``; '' if each element is old or right."""
    if empty(job):
        return ""
    full = image.copy()
    run(full, job, DTYPE)
    words = [array.view(UNSIGNED) for array in (image, full, state)]
    changed = np.flatnonzero(words[0] != words[1])
    old = words[2][changed] == words[0][changed]
    if not np.all(old | (words[2][changed] == words[1][changed])):
        return f"{job}, cut short, wrote something else"
    words[0][changed] = words[2][changed]
    return ""
