# SPDX-License-Identifier: Apache-2.0
"""Functional coverage of td_redmule's bench: which kinds of jobs, memories, values and clears have been tried."""

import json
import random
from collections import Counter
from pathlib import Path

import numpy as np

from golden.redmule import Job

OPERATIONS = ("matmul", "gemm in place", "gemm", "gemm with one row of Y")
LAYOUTS = ("plain", "X transposed", "W transposed", "both transposed")
COUNTS = ("1", "2", "many")
NUMBERS = ("NaN", "infinity", "subnormal", "-0", "+0", "normal")
STALLS = (0, 5, 10, 25, 50, 75)
LATENCIES = (1, 2, 3, 5, 8)
RELATIONS = (
    "none",
    "independent",
    "X is its result",
    "W is its result",
    "accumulates on its result",
    "overwrites its X",
)


def operation(job: Job) -> str:
    if job.y is None:
        return OPERATIONS[0]
    return OPERATIONS[3] if job.y_broadcast else OPERATIONS[2] if job.y else OPERATIONS[1]


def layout(job: Job) -> str:
    return LAYOUTS[job.x_transposed + 2 * job.w_transposed]


def count(size: int, block: int) -> str:
    return COUNTS[min(-(-size // block), 3) - 1]


class Coverage:
    """Bins by name; ``missing`` steers the random choices to what has not been tried."""

    def __init__(self, height: int, rows: int, columns: int, item: int) -> None:
        self.height, self.rows, self.columns, self.item = height, rows, columns, item
        self.goals: dict[str, tuple] = {
            "M mod L": tuple(range(rows)),
            "N mod H": tuple(range(height)),
            "N mod D": tuple(range(columns)),
            "K mod D": tuple(range(columns)),
            "tiles of M": COUNTS,
            "tiles of K": COUNTS,
            "chunks of N": COUNTS,
            "a size is 0": ("M", "N", "K"),
            "operation, layout": tuple(f"{o}, {s}" for o in OPERATIONS for s in LAYOUTS),
            "stall %": STALLS,
            "latency": (*LATENCIES, "random"),
            "job before": RELATIONS,
            "operands": NUMBERS,
            "results": NUMBERS,
            **{f"pitch of {matrix}": ("dense", "padded") for matrix in "XWYZ"},
            **{f"address of {matrix} in beats": tuple(range(columns)) for matrix in "XWYZ"},
        }
        self.hits: dict[str, Counter] = {name: Counter() for name in self.goals}

    def sample(self, name: str, value: object) -> None:
        self.hits[name][value] += 1

    def missing(self, name: str) -> list:
        return [value for value in self.goals[name] if not self.hits[name][value]]

    def steer(self, rng: random.Random, name: str, size: int, block: int) -> int:
        """``size``, or near it one whose residue modulo ``block`` has not been tried."""
        wanted = self.missing(name)
        if not wanted or rng.random() < 0.5:
            return size
        return max(size // block * block + rng.choice(wanted), 0) or block

    def job(self, job: Job, relation: str) -> None:
        for name, size in (("M", job.m), ("N", job.n), ("K", job.k)):
            if size == 0:
                self.sample("a size is 0", name)
        if 0 in (job.m, job.n, job.k):
            return
        self.sample("M mod L", job.m % self.rows)
        self.sample("N mod H", job.n % self.height)
        self.sample("N mod D", job.n % self.columns)
        self.sample("K mod D", job.k % self.columns)
        self.sample("tiles of M", count(job.m, self.rows))
        self.sample("tiles of K", count(job.k, self.columns))
        self.sample("chunks of N", count(job.n, self.columns))
        self.sample("operation, layout", f"{operation(job)}, {layout(job)}")
        self.sample("job before", relation)
        pointers = {"X": (job.x, job.x_pitch), "W": (job.w, job.w_pitch), "Z": (job.z, job.z_pitch)}
        if job.y is not None:
            pointers["Y"] = (job.y or job.z, job.y_pitch)
        for matrix, (base, pitch) in pointers.items():
            self.sample(f"address of {matrix} in beats", base // self.item % self.columns)
            self.sample(f"pitch of {matrix}", "padded" if pitch else "dense")

    def values(self, name: str, elements: np.ndarray) -> None:
        tiny = np.finfo(elements.dtype).tiny
        zero, magnitude = elements == 0, np.abs(elements)
        found = {
            "NaN": np.isnan(elements),
            "infinity": np.isinf(elements),
            "subnormal": ~zero & (magnitude < tiny),
            "-0": zero & np.signbit(elements),
            "+0": zero & ~np.signbit(elements),
            "normal": np.isfinite(elements) & (magnitude >= tiny),
        }
        for value, where in found.items():
            self.hits[name][value] += int(where.sum())

    def holes(self) -> list[str]:
        return [f"{name}: {value}" for name in self.goals for value in self.missing(name)]

    def write(self, path: Path) -> None:
        bins = {name: {str(v): self.hits[name][v] for v in values} for name, values in self.goals.items()}
        total = sum(map(len, self.goals.values()))
        path.write_text(json.dumps({"bins": total, "holes": self.holes(), "hits": bins}, indent=1))
