# SPDX-License-Identifier: Apache-2.0
"""Static placement: rectangles of slots by bytes, packed into an arena without overlap.

First fit in several orders solves most instances; where it does not, CP-SAT tries with a bounded, deterministic effort
and the same result on every machine.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

SOLVER_TIME = 0.3  # CP-SAT's deterministic time for one window: work, not seconds
REPAIRABLE = 8  # rectangles beyond the capacity: with more the solver is not tried
MARGINS = (4,)  # slots by which a window exceeds the misfits
ROUNDS = 12  # of first fit, by order


@dataclass(frozen=True)
class Rectangle:
    """``nbytes`` from slot ``first`` to slot ``last``, both included."""

    name: str
    nbytes: int
    first: int
    last: int

    @property
    def slots(self) -> int:
        """Length of the live range."""
        return self.last - self.first + 1

    def meets(self, other: "Rectangle") -> bool:
        """Whether both live in a common slot."""
        return self.first <= other.last and other.first <= self.last


ORDERS: tuple[Callable[[Rectangle], tuple[int, int]], ...] = (  # in which first fit is tried
    lambda r: (-r.nbytes, r.first),  # large ones first
    lambda r: (-r.slots, -r.nbytes),  # long-lived ones first
    lambda r: (-r.slots * r.nbytes, r.first),  # large areas first
    lambda r: (r.first, -r.nbytes),  # as their live ranges begin
)


def peak(rectangles: Sequence[Rectangle]) -> int:
    """The largest sum of bytes alive in one slot: a lower bound on any packing.

    >>> peak([Rectangle("a", 100, first=0, last=5), Rectangle("b", 50, first=5, last=9)])
    150
    """
    change: dict[int, int] = {}
    for r in rectangles:
        change[r.first] = change.get(r.first, 0) + r.nbytes
        change[r.last + 1] = change.get(r.last + 1, 0) - r.nbytes
    level = best = 0
    for slot in sorted(change):
        level += change[slot]
        best = max(best, level)
    return best


def used(rectangles: Sequence[Rectangle], addresses: Sequence[int]) -> int:
    """One past the highest byte that a placement uses."""
    return max((a + r.nbytes for r, a in zip(rectangles, addresses, strict=True)), default=0)


@dataclass(frozen=True)
class Packing:
    """``addresses`` of the rectangles, and the numbers of those that end ``beyond`` the capacity: none if all fit."""

    addresses: list[int]
    beyond: set[int]

    @property
    def fits(self) -> bool:
        return not self.beyond


def pack(rectangles: Sequence[Rectangle], capacity: int, alignment: int, *, solve: bool = True) -> Packing:
    """Addresses from 0 for ``rectangles``; sizes are rounded up to ``alignment``."""
    sized = [Rectangle(r.name, -(-r.nbytes // alignment) * alignment, r.first, r.last) for r in rectangles]
    best: list[int] = []
    for key in ORDERS:
        order = sorted((key(rectangle), i) for i, rectangle in enumerate(sized))
        addresses = _improve(sized, [i for _, i in order], capacity)
        if not best or used(sized, addresses) < used(sized, best):
            best = addresses
        if used(sized, best) <= capacity:
            break
    else:
        if solve and len(_beyond(sized, best, capacity)) <= REPAIRABLE:
            best = _solve(sized, capacity, alignment, best)
    return Packing(best, _beyond(sized, best, capacity))


def _improve(rectangles: Sequence[Rectangle], order: list[int], capacity: int) -> list[int]:
    """First fit in ``order``; what ends beyond ``capacity`` goes first in the next round, a few rounds."""
    best: list[int] = []
    for _ in range(ROUNDS):
        addresses = _first_fit(rectangles, order)
        if not best or used(rectangles, addresses) < used(rectangles, best):
            best = addresses
        beyond = _beyond(rectangles, addresses, capacity)
        if not beyond:
            break
        order = [i for i in order if i in beyond] + [i for i in order if i not in beyond]
    return best


def _beyond(rectangles: Sequence[Rectangle], addresses: Sequence[int], capacity: int) -> set[int]:
    """The rectangles that end beyond ``capacity``."""
    return {i for i, r in enumerate(rectangles) if addresses[i] + r.nbytes > capacity}


def _first_fit(rectangles: Sequence[Rectangle], order: Sequence[int]) -> list[int]:
    """Each rectangle in turn at the lowest address where it meets none that is placed.

    >>> buffers = [Rectangle("a", 64, 0, 1), Rectangle("b", 128, 1, 2), Rectangle("c", 64, 2, 3)]
    >>> _first_fit(buffers, [0, 1, 2])  # c fits where a, now dead, was
    [0, 64, 0]
    """
    first = np.array([r.first for r in rectangles])
    last = np.array([r.last for r in rectangles])
    sizes = np.array([r.nbytes for r in rectangles])
    addresses = np.full(len(rectangles), -1)
    for i in order:
        needed = rectangles[i].nbytes
        meets = np.flatnonzero((addresses >= 0) & (first <= last[i]) & (last >= first[i]))
        meets = meets[np.argsort(addresses[meets], kind="stable")]
        address = 0
        for begin, size in zip(addresses[meets].tolist(), sizes[meets].tolist(), strict=True):
            if begin - address >= needed:
                break
            address = max(address, begin + size)
        addresses[i] = address
    return [int(address) for address in addresses]


def _solve(rectangles: Sequence[Rectangle], capacity: int, alignment: int, hint: Sequence[int]) -> list[int]:
    """Repair ``hint``: CP-SAT moves the rectangles that live near those that end beyond ``capacity``, in ever wider
    windows; what it cannot repair stays.
    """
    addresses = list(hint)
    for margin in MARGINS:
        beyond = [rectangles[i] for i in _beyond(rectangles, addresses, capacity)]
        for first, last in _windows([(r.first, r.last) for r in beyond], margin):
            movable = [i for i, r in enumerate(rectangles) if r.first <= last and r.last >= first]
            solved = _solve_window(rectangles, capacity, alignment, addresses, movable)
            for i, address in zip(movable, solved or [], strict=False):
                addresses[i] = address
    return addresses


def _windows(ranges: Sequence[tuple[int, int]], margin: int) -> list[tuple[int, int]]:
    """Live ranges, ``margin`` slots wider on either side, those that then meet as one.

    >>> _windows([(10, 12), (40, 41), (18, 20)], margin=4)
    [(6, 24), (36, 45)]
    """
    windows: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if windows and first - margin <= windows[-1][1]:
            windows[-1] = (windows[-1][0], max(windows[-1][1], last + margin))
        else:
            windows.append((first - margin, last + margin))
    return windows


def _solve_window(
    rectangles: Sequence[Rectangle], capacity: int, alignment: int, hint: Sequence[int], movable: Sequence[int]
) -> list[int] | None:
    """New addresses of ``movable``, the others staying where ``hint`` puts them."""
    model = cp_model.CpModel()
    limit = capacity // alignment
    starts, times, spaces = [], [], []
    moved = set(movable)
    fixed = [i for i, r in enumerate(rectangles) if i not in moved and any(r.meets(rectangles[j]) for j in movable)]
    for i in [*movable, *fixed]:
        r = rectangles[i]
        units = r.nbytes // alignment
        if i in moved:
            start = model.new_int_var(0, limit - units, f"a{i}")
            model.add_hint(start, min(hint[i] // alignment, limit - units))
            starts.append(start)
        else:
            start = model.new_constant(hint[i] // alignment)
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
