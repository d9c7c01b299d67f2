# SPDX-License-Identifier: Apache-2.0
"""Static placement: rectangles of slots by bytes, packed into an arena without overlap.

First fit in several orders solves most instances. Where it does not, CP-SAT places anew what lives near the misfits:
a window has some ten rectangles, which it solves or refutes in about 10 ms. Its effort is bounded and deterministic,
and the result the same on every machine.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

SOLVER_TIME = 0.01  # CP-SAT's deterministic time for one window: work, not seconds
MARGIN = 4  # slots by which a window exceeds the misfits


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
    company = _company(sized)
    best: list[int] = []
    for key in ORDERS:
        order = sorted((key(rectangle), i) for i, rectangle in enumerate(sized))
        addresses = _first_fit(sized, company, [i for _, i in order])
        if not best or _excess(sized, addresses, capacity) < _excess(sized, best, capacity):
            best = addresses
        if not _beyond(sized, best, capacity):
            break
    if solve:
        _repair(sized, company, capacity, alignment, best)
    return Packing(best, _beyond(sized, best, capacity))


def _company(rectangles: Sequence[Rectangle]) -> list[list[int]]:
    """For each rectangle those that live in a common slot with it.

    >>> _company([Rectangle("a", 64, 0, 1), Rectangle("b", 128, 1, 2), Rectangle("c", 64, 2, 3)])
    [[1], [0, 2], [1]]
    """
    company: list[list[int]] = [[] for _ in rectangles]
    alive: list[int] = []
    for i in sorted(range(len(rectangles)), key=lambda i: (rectangles[i].first, i)):
        alive = [j for j in alive if rectangles[j].last >= rectangles[i].first]
        for j in alive:
            company[i].append(j)
            company[j].append(i)
        alive.append(i)
    return company


def _excess(rectangles: Sequence[Rectangle], addresses: Sequence[int], capacity: int) -> int:
    """By how much rectangles end beyond ``capacity``, in bytes times slots, all together."""
    ends = (address + r.nbytes - capacity for address, r in zip(addresses, rectangles, strict=True))
    return sum(max(0, over) * r.slots for over, r in zip(ends, rectangles, strict=True))


def _beyond(rectangles: Sequence[Rectangle], addresses: Sequence[int], capacity: int) -> set[int]:
    """The rectangles that end beyond ``capacity``."""
    return {i for i, r in enumerate(rectangles) if addresses[i] + r.nbytes > capacity}


def _first_fit(rectangles: Sequence[Rectangle], company: Sequence[Sequence[int]], order: Sequence[int]) -> list[int]:
    """Each rectangle in turn at the lowest address where it meets none that is placed.

    >>> buffers = [Rectangle("a", 64, 0, 1), Rectangle("b", 128, 1, 2), Rectangle("c", 64, 2, 3)]
    >>> _first_fit(buffers, _company(buffers), [0, 1, 2])  # c fits where a, now dead, was
    [0, 64, 0]
    """
    addresses = [-1] * len(rectangles)
    for i in order:
        needed, address = rectangles[i].nbytes, 0
        for begin, j in sorted((addresses[j], j) for j in company[i] if addresses[j] >= 0):
            if begin - address >= needed:
                break
            address = max(address, begin + rectangles[j].nbytes)
        addresses[i] = address
    return addresses


def _repair(
    rectangles: Sequence[Rectangle], company: Sequence[Sequence[int]], capacity: int, alignment: int,
    addresses: list[int],
) -> None:  # fmt: skip
    """Let CP-SAT move what lives within ``MARGIN`` slots of rectangles beyond ``capacity``; what it cannot repair
    stays.
    """
    beyond = [rectangles[i] for i in _beyond(rectangles, addresses, capacity)]
    for first, last in _windows([(r.first, r.last) for r in beyond], MARGIN):
        movable = [i for i, r in enumerate(rectangles) if r.first <= last and r.last >= first]
        fixed = sorted({j for i in movable for j in company[i]}.difference(movable))
        solved = _solve(rectangles, capacity, alignment, addresses, movable, fixed)
        for i, address in zip(movable, solved or [], strict=False):
            addresses[i] = address


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


def _solve(
    rectangles: Sequence[Rectangle], capacity: int, alignment: int, hint: Sequence[int], movable: Sequence[int],
    fixed: Sequence[int],
) -> list[int] | None:  # fmt: skip
    """New addresses of ``movable``, while ``fixed`` stay where ``hint`` puts them; None if none were found."""
    if peak([rectangles[i] for i in movable]) > capacity:
        return None
    model = cp_model.CpModel()
    limit = capacity // alignment
    starts: list[cp_model.IntVar] = []
    times, spaces = [], []
    for i in [*movable, *fixed]:
        r = rectangles[i]
        units = r.nbytes // alignment
        if len(starts) < len(movable):
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
