# SPDX-License-Identifier: Apache-2.0
"""Functional coverage of RedMule: the bins, what hits them, and those that nothing can hit."""

import random
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from pyuvm import uvm_subscriber

from golden.redmule import Job
from tb.env.redmule.driver import hits
from tb.env.redmule.engine import COLUMNS, HEIGHT, ITEM, ROWS, empty
from tb.env.redmule.items import Behaviour, JobItem
from tb.env.redmule.states import ACQUIRES, CLEARS, COMMITS, ENDS, PHASES, TRIGGERS, Bins
from traindeploy.records.verdict import CoveragePoint, functional

OPERATIONS = ("matmul", "gemm in place", "gemm", "gemm with one row of Y")
LAYOUTS = ("plain", "X transposed", "W transposed", "both transposed")
COUNTS = ("1", "2", "many")
CLASSES = ("NaN", "infinity", "subnormal", "-0", "+0", "normal")
STALLS = (0, 5, 10, 25, 50, 75)
LATENCIES = (1, 2, 3, 4, 5, 6, 7, 8)
PATTERNS = (
    *(Behaviour(pattern=pattern) for pattern in ((1, 1), (1, 2), (2, 1), (1, 7), (7, 1), (16, 16), (3, 40))),
    *(Behaviour(each_beat=cycles) for cycles in (1, 2, 3, 7)),
)
RELATIONS = (
    "none",
    "independent",
    "X is its result",
    "W is its result",
    "accumulates on its result",
    "overwrites its X",
)
REFUSALS = ("operation", "format", "pointer", "pitch", "in place")
EVENTS = (
    "+0 by exact cancellation",
    "cancellation of more than 8 bits",
    "-0 through a padded chain",
    "infinity from finite operands",
    "NaN from operands without NaN",
    "subnormal from normal factors",
)
DIMENSIONS = {"M": "m", "N": "n", "K": "k"}
BLOCKS = {"H": HEIGHT, "L": ROWS, "D": COLUMNS}
RESIDUES = [f"{dimension} mod {block}" for dimension in DIMENSIONS for block in BLOCKS]


def operation(job: Job) -> str:
    """Where the job's sum starts: one of ``OPERATIONS``."""
    if job.y is None:
        return OPERATIONS[0]
    return OPERATIONS[3] if job.y_broadcast else OPERATIONS[2] if job.y else OPERATIONS[1]


def layout(job: Job) -> str:
    """Which operands are transposed: one of ``LAYOUTS``."""
    return LAYOUTS[job.x_transposed + 2 * job.w_transposed]


def count(size: int, block: int) -> str:
    """How many blocks ``size`` takes: one of ``COUNTS``."""
    return COUNTS[min(-(-size // block), 3) - 1]


def tiles(job: Job) -> str:
    """The number of tiles of each dimension, in words."""
    return ", ".join(
        f"{dimension} {count(size, block)}"
        for dimension, size, block in (("M", job.m, ROWS), ("N", job.n, COLUMNS), ("K", job.k, COLUMNS))
    )


def classes(elements: np.ndarray) -> np.ndarray:
    """Index into CLASSES of every element."""
    magnitude, zero = np.abs(elements), elements == 0
    which = np.full(elements.shape, 5)
    which[~zero & (magnitude < np.finfo(elements.dtype).tiny)] = 2
    which[zero] = 4
    which[zero & np.signbit(elements)] = 3
    which[np.isinf(elements)] = 1
    which[np.isnan(elements)] = 0
    return which


def arithmetic_events(values: dict[str, np.ndarray], chain: int) -> dict[str, int]:
    """How often each of EVENTS shows in a job's results; ``chain``: multiply-adders of a row."""
    x, w, z = values["x"], values["w"], values["z"]
    y = values.get("y", np.zeros((1, 1), z.dtype))
    with np.errstate(all="ignore"):
        last = x[:, -1:].astype(np.float64) * w[-1:, :].astype(np.float64)
        exact = np.isfinite(last) & (last != 0) & (last.astype(z.dtype) == last)
        finite = np.isfinite(x).all(1)[:, None] & np.isfinite(w).all(0)[None, :] & np.isfinite(y)
        no_nan = ~(np.isnan(x).any(1)[:, None] | np.isnan(w).any(0)[None, :] | np.isnan(y))
        tiny = np.finfo(z.dtype).tiny
        normal = (np.abs(x[:, -1:]) >= tiny) & (np.abs(w[-1:, :]) >= tiny) & finite
        found = (
            exact & (z == 0) & ~np.signbit(z),
            exact & (z != 0) & (np.abs(z) * 256 < np.abs(last)),
            (z == 0) & np.signbit(z) & (x.shape[1] % chain != 0),
            finite & np.isinf(z),
            no_nan & np.isnan(z),
            normal & (z != 0) & (np.abs(z) < tiny),
        )
    return {name: int(where.sum()) for name, where in zip(EVENTS, found, strict=True)}


class CoverageCollector(uvm_subscriber):
    """Counts hits of bins; ``missing`` lets the sequences steer to what has not been tried."""

    def build_phase(self) -> None:
        self.goals: dict[str, tuple[Any, ...]] = {
            **{name: tuple(range(BLOCKS[name[-1]])) for name in RESIDUES},
            "tiles": tuple(f"M {m}, N {n}, K {k}" for m in COUNTS for n in COUNTS for k in COUNTS),
            "a size is 0": ("M", "N", "K"),
            "operation, layout": tuple(f"{o}, {s}" for o in OPERATIONS for s in LAYOUTS),
            **{f"address of {matrix} in beats": tuple(range(COLUMNS)) for matrix in "XWYZ"},
            **{f"pitch of {matrix}": ("dense", "padded") for matrix in "XWYZ"},
            "stalls": (*(f"{s} %" for s in STALLS), *(p.name for p in PATTERNS)),
            "latency": (*LATENCIES, "random"),
            "job before": RELATIONS,
            "refused": REFUSALS,
            "operands": CLASSES,
            "results": CLASSES,
            "factors of a product": tuple(f"{a}, {b}" for a in CLASSES for b in CLASSES),
            "arithmetic": EVENTS,
        }
        self.counts: dict[str, Counter[Any]] = {name: Counter() for name in self.goals}
        self.observed: list[Bins] = [CLEARS, COMMITS, ACQUIRES, PHASES, TRIGGERS, ENDS]

    def sample(self, name: str, value: object, times: int = 1) -> None:
        assert value in self.goals[name], f"{name} has no bin {value!r}"
        self.counts[name][value] += times

    def missing(self, name: str) -> list[Any]:
        return [value for value in self.goals[name] if not self.counts[name][value]]

    def steer(self, rng: random.Random, name: str, size: int, block: int) -> int:
        """``size``, or near it one whose residue modulo ``block`` has not been tried."""
        wanted = self.missing(name)
        if not wanted or rng.random() < 0.5:
            return size
        return max(size // block * block + rng.choice(wanted), 0) or block

    def steer_dimension(self, rng: random.Random, dimension: str, size: int) -> int:
        """The same for M, N or K and one of H, L, D."""
        block = rng.choice([b for b in BLOCKS if self.missing(f"{dimension} mod {b}")] or ["D"])
        return self.steer(rng, f"{dimension} mod {block}", size, BLOCKS[block])

    def write(self, checked: Any) -> None:
        if checked.stimulus.items[0].batch.directed:
            return
        for item in checked.stimulus.items:
            if item.behaviour is not None:
                self.sample("stalls", item.behaviour.name)
                self.sample("latency", "random" if item.behaviour.random_latency else item.behaviour.latency)
            if isinstance(item, JobItem) and item.refused:
                self.sample("refused", item.refused)
            elif isinstance(item, JobItem) and empty(item.job):
                for dimension, attribute in DIMENSIONS.items():
                    if getattr(item.job, attribute) == 0:
                        self.sample("a size is 0", dimension)
        for item, values in checked.values:
            self.job(item)
            self.values(values)

    def job(self, item: JobItem) -> None:
        job = item.job
        for dimension, attribute in DIMENSIONS.items():
            for block, size in BLOCKS.items():
                self.sample(f"{dimension} mod {block}", getattr(job, attribute) % size)
        self.sample("tiles", tiles(job))
        self.sample("operation, layout", f"{operation(job)}, {layout(job)}")
        self.sample("job before", item.relation)
        pointers = {"X": (job.x, job.x_pitch), "W": (job.w, job.w_pitch), "Z": (job.z, job.z_pitch)}
        if job.y is not None:
            pointers["Y"] = (job.y or job.z, job.y_pitch)
        for matrix, (base, pitch) in pointers.items():
            self.sample(f"address of {matrix} in beats", base // ITEM % COLUMNS)
            self.sample(f"pitch of {matrix}", "padded" if pitch else "dense")

    def values(self, values: dict[str, np.ndarray]) -> None:
        for name, elements in values.items():
            tally = np.bincount(classes(elements).ravel(), minlength=len(CLASSES))
            for which, times in zip(CLASSES, tally, strict=True):
                self.counts["results" if name == "z" else "operands"][which] += int(times)
        x, w = (np.unique(classes(v)) for v in (values["x"][:, -1], values["w"][-1, :]))
        for a in x:
            for b in w:
                self.sample("factors of a product", f"{CLASSES[a]}, {CLASSES[b]}")
        for name, times in arithmetic_events(values, HEIGHT).items():
            self.counts["arithmetic"][name] += times

    def tables(self) -> dict[str, dict[str, int]]:
        """Hits of every bin that can be hit, by point."""
        jobs = {name: {str(v): self.counts[name][v] for v in values} for name, values in self.goals.items()}
        told = hits()
        return jobs | {p.name: {label: int(told[p.point, b]) for b, label in p.reachable} for p in self.observed}

    def impossible(self) -> list[str]:
        """Events in bins that were said to be unreachable, or that nobody has stated."""
        told, found = hits(), []
        for bins in self.observed:
            stated = {b for b, _ in bins.reachable}
            found += [f"{bins.name}: {bins.label(int(b))}" for b in np.flatnonzero(told[bins.point]) if b not in stated]
        return found

    def holes(self) -> list[str]:
        return [f"{name}: {value}" for name, bins in self.tables().items() for value, n in bins.items() if not n]

    def points(self) -> list[CoveragePoint]:
        """All points, with what cannot be hit and why."""
        excluded = {bins.name: bins.unreachable for bins in self.observed}
        return [functional(name, hits, excluded.get(name, ())) for name, hits in self.tables().items()]

    def report(self, jobs: int, path: Path) -> None:
        """Write a table, ``path``.md; the figures are in the case record of the test (``points``)."""
        tables, holes = self.tables(), self.holes()
        total = sum(map(len, tables.values()))
        unreachable = {bins.name: bins.unreachable for bins in self.observed if bins.unreachable}
        shape = f"H{HEIGHT} L{ROWS} D{COLUMNS}, {8 * ITEM} bit"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"# Functional coverage, {shape}", "", f"{total - len(holes)} of {total} bins hit by {jobs} jobs.", ""]
        lines += table(("point", "bins", "hit", "fewest hits", "open"), map(_row, tables.items()))
        lines += ["", "Unreachable, each checked never to be hit:", ""]
        lines += [f"- {name}: {reason}" for name, reasons in unreachable.items() for reason in reasons]
        path.with_suffix(".md").write_text("\n".join([*lines, ""]))


def _row(entry: tuple[str, dict[str, int]]) -> tuple[object, ...]:
    name, bins = entry
    rarest = min(bins, key=bins.__getitem__)
    still_open = "; ".join(value for value, times in bins.items() if not times)
    return name, len(bins), sum(times > 0 for times in bins.values()), f"{bins[rarest]} ({rarest})", still_open


def table(head: tuple[object, ...], rows: Iterable[tuple[object, ...]]) -> list[str]:
    """The lines of a Markdown table."""
    return [f"| {' | '.join(map(str, row))} |" for row in (head, ("---",) * len(head), *rows)]
