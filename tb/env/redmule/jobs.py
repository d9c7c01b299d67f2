# SPDX-License-Identifier: Apache-2.0
"""Random jobs: shapes, layouts and addresses, and jobs that depend on the one before."""

import random
from dataclasses import dataclass, replace
from typing import Any, Protocol

from golden.redmule import FORMATS, Job
from tb.env.redmule.driver import DTYPE
from tb.env.redmule.engine import COLUMNS, ITEM, ROWS


class Guide(Protocol):
    """Steers random choices to what has not been tried; CoverageCollector is one."""

    def steer(self, rng: random.Random, name: str, size: int, block: int) -> int: ...
    def steer_dimension(self, rng: random.Random, dimension: str, size: int) -> int: ...
    def missing(self, name: str) -> list[Any]: ...


class NoGuide:
    """Steers nothing: choices stay as random as they are."""

    def steer(self, _rng: random.Random, _name: str, size: int, _block: int) -> int:
        return size

    def steer_dimension(self, _rng: random.Random, _dimension: str, size: int) -> int:
        return size

    def missing(self, _name: str) -> list[Any]:
        return []


@dataclass
class Allocator:
    """Hands out memory from 0 up, with guard gaps."""

    rng: random.Random
    guide: Guide
    top: int = 64

    def take(self, rows: int, columns: int, matrix: str = "X") -> tuple[int, int]:
        """(address, pitch or 0) of a matrix of rows x columns elements."""
        dense = columns * ITEM
        pitch = dense + ITEM * self.rng.randint(0, 9) if self.rng.random() < 0.5 else dense
        element = self.top // ITEM + self.rng.randint(1, 24) + COLUMNS
        self.top = ITEM * self.guide.steer(self.rng, f"address of {matrix} in beats", element, COLUMNS)
        base = self.top
        self.top += pitch * rows
        return base, 0 if pitch == dense and self.rng.random() < 0.7 else pitch

    @property
    def size(self) -> int:
        """Bytes handed out, and some more."""
        return (self.top + 4096) & ~63


def dimension(rng: random.Random, block: int, limit: int) -> int:
    """A size up to ``limit``: small, around a multiple of ``block``, or any."""
    choice = rng.random()
    if choice < 0.3:
        return rng.randint(1, min(limit, block + 1))
    if choice < 0.6:
        return min(limit, max(1, block * rng.randint(1, 4) + rng.choice([-1, 0, 0, 1])))
    return rng.randint(1, limit)


def tiled(rng: random.Random, tiles: str, block: int) -> int:
    """A size of 1, 2 or many tiles."""
    return rng.randint(1, block) + {"1": 0, "2": block, "many": 2 * block}[tiles]


def place(rng: random.Random, space: Allocator, m: int, n: int, k: int) -> Job:
    """A job of that shape; layout, operation, addresses and pitches at random."""
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


def random_job(rng: random.Random, space: Allocator, limit: int = 70, work: int = 90_000) -> Job:
    """A job with operands in ``space``, each size at most ``limit``, M.N.K at most ``work``."""
    guide = space.guide
    sizes = {"M": dimension(rng, ROWS, limit), "N": dimension(rng, COLUMNS, limit), "K": dimension(rng, COLUMNS, limit)}
    sizes = {name: guide.steer_dimension(rng, name, size) for name, size in sizes.items()}
    m, n, k = sizes.values()
    untried = guide.missing("tiles")
    if untried and rng.random() < 0.4:
        counts = [part.split()[1] for part in rng.choice(untried).split(", ")]
        m, n, k = (tiled(rng, c, block) for c, block in zip(counts, (ROWS, COLUMNS, COLUMNS), strict=True))
    while m * n * k > work:
        m, n, k = max(1, m * 2 // 3), max(1, n * 3 // 4), max(1, k * 3 // 4)
    if rng.random() < 0.03:
        zero = rng.choice(guide.missing("a size is 0") or ["M", "N", "K"])
        m, n, k = m * (zero != "M"), n * (zero != "N"), k * (zero != "K")
    return place(rng, space, m, n, k)


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


def spoil(rng: random.Random, job: Job, kind: str) -> tuple[Job, dict[str, int]]:
    """The job with a defect of that kind, and how to write it."""
    if kind == "operation":
        return job, {"op": rng.randint(2, 7)}
    if kind == "format":
        return job, {"fmt": rng.choice([f for f in range(8) if f != FORMATS[DTYPE]])}
    if kind == "in place":
        columns = max(job.k, 1)
        y_pitch = rng.choice([job.z_pitch, 64 * columns * ITEM])
        broadcast = y_pitch == job.z_pitch
        return replace(job, m=max(job.m, 2), y=0, y_pitch=y_pitch, y_broadcast=broadcast), {}
    odd = rng.randint(1, ITEM - 1)
    if kind == "pointer":
        name = rng.choice(["x", "w", "z"])
        moved: dict[str, Any] = {name: getattr(job, name) + odd}
        return replace(job, **moved), {}
    name = rng.choice(["x_pitch", "w_pitch", "z_pitch"])
    pitch: dict[str, Any] = {name: 64 * COLUMNS + odd}
    return replace(job, **pitch), {}
