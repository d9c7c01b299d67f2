# SPDX-License-Identifier: Apache-2.0
"""Static placement: rectangles of step time by bytes, packed into an arena without overlap.

A greedy best fit solves most instances; where it does not, CP-SAT tries with a bounded, deterministic effort and the same
result on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

SOLVER_TIME = 20.0  # CP-SAT's deterministic time: work, not seconds


@dataclass(frozen=True)
class Rectangle:
    """``nbytes`` from step ``first`` to step ``last``, both included."""

    name: str
    nbytes: int
    first: int
    last: int

    def meets(self, other: "Rectangle") -> bool:
        """Whether both live in a common step."""
        return self.first <= other.last and other.first <= self.last


def peak(rectangles: Sequence[Rectangle]) -> int:
    """The largest sum of bytes alive in one step: a lower bound on any packing."""
    change: dict[int, int] = {}
    for r in rectangles:
        change[r.first] = change.get(r.first, 0) + r.nbytes
        change[r.last + 1] = change.get(r.last + 1, 0) - r.nbytes
    level = best = 0
    for step in sorted(change):
        level += change[step]
        best = max(best, level)
    return best


def used(rectangles: Sequence[Rectangle], addresses: Sequence[int]) -> int:
    """One past the highest byte that a placement uses."""
    return max((a + r.nbytes for r, a in zip(rectangles, addresses, strict=True)), default=0)


def pack(rectangles: Sequence[Rectangle], capacity: int, alignment: int, *, solve: bool = True) -> list[int] | None:
    """Addresses from 0 for ``rectangles`` (sizes are rounded up to ``alignment``), or None if none was found within ``capacity``."""
    sized = [Rectangle(r.name, -(-r.nbytes // alignment) * alignment, r.first, r.last) for r in rectangles]
    if not sized:
        return []
    best: list[int] | None = None
    orders = (
        lambda r: (-r.nbytes, r.first),
        lambda r: (-(r.last - r.first + 1), -r.nbytes),
        lambda r: (-(r.last - r.first + 1) * r.nbytes, r.first),
        lambda r: (r.first, -r.nbytes),
    )
    for key in orders:
        addresses = _greedy(sized, sorted(range(len(sized)), key=lambda i: (key(sized[i]), i)))  # noqa: B023
        if best is None or used(sized, addresses) < used(sized, best):
            best = addresses
    if used(sized, best) <= capacity:
        return best
    if not solve or peak(sized) > capacity:
        return None
    return _solve(sized, capacity, alignment, best)


def _greedy(rectangles: Sequence[Rectangle], order: Sequence[int]) -> list[int]:
    """Each rectangle in turn at the lowest address where it meets none that is placed."""
    addresses = [0] * len(rectangles)
    placed: list[int] = []
    for i in order:
        r = rectangles[i]
        taken = sorted((addresses[j], addresses[j] + rectangles[j].nbytes) for j in placed if rectangles[j].meets(r))
        address = 0
        for begin, end in taken:
            if begin - address >= r.nbytes:
                break
            address = max(address, end)
        addresses[i] = address
        placed.append(i)
    return addresses


def _solve(rectangles: Sequence[Rectangle], capacity: int, alignment: int, hint: Sequence[int]) -> list[int] | None:
    model = cp_model.CpModel()
    limit = capacity // alignment
    starts, times, spaces = [], [], []
    for i, r in enumerate(rectangles):
        units = r.nbytes // alignment
        start = model.new_int_var(0, limit - units, f"a{i}")
        model.add_hint(start, min(hint[i] // alignment, limit - units))
        starts.append(start)
        times.append(model.new_fixed_size_interval_var(r.first, r.last - r.first + 1, f"t{i}"))
        spaces.append(model.new_fixed_size_interval_var(start, units, f"s{i}"))
    model.add_no_overlap_2d(times, spaces)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = SOLVER_TIME
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return [solver.value(start) * alignment for start in starts]
