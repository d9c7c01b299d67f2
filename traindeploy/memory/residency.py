# SPDX-License-Identifier: Apache-2.0
"""When weights and inputs move from L3 to L2, in operator order.

Each tensor with a home in L3 gets one stay in L2 from its first to its last use, or several if L2 would overflow; and
each stay the earliest operator before which it may be fetched, so that prefetching never takes room that activations
need.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from traindeploy.errors import UserError

SLACK = 2  # operators by which execution runs ahead of or behind the order


@dataclass
class Stay:
    """A tensor's copy in L2: used by operators ``first`` to ``last``, fetched while operator ``earliest`` or a later
    one runs.
    """

    tensor: str
    nbytes: int
    first: int
    last: int
    earliest: int = 0


def plan(
    operators: int,
    home_uses: Mapping[str, tuple[int, list[int]]],
    activations: Mapping[str, tuple[int, int, int]],
    budget: int,
) -> list[Stay]:
    """Stays in the order in which they must be fetched.

    ``home_uses``: bytes and using operators of the tensors at home in L3; ``activations``: bytes, first and last
    operator of those that are not. UserError if even single-use stays do not fit ``budget`` bytes.
    """
    load = [0] * operators
    for nbytes, first, last in activations.values():
        _add(load, first - SLACK, last + SLACK, nbytes)
    stays = [Stay(name, nbytes, min(uses), max(uses)) for name, (nbytes, uses) in home_uses.items()]
    for stay in stays:
        _add(load, stay.first - 1, stay.last + SLACK, stay.nbytes)
    while max(load, default=0) > budget:
        worst = max(range(operators), key=lambda i: load[i])
        candidates = []
        for stay in stays:
            uses = sorted(u for u in home_uses[stay.tensor][1] if stay.first <= u <= stay.last)
            for before, after in pairwise(uses):
                if before + SLACK < worst < after - 1:
                    candidates.append((stay.nbytes * (after - before), stay.tensor, before, after, stay))
        if not candidates:
            live = [(n, name) for name, (n, a, b) in activations.items() if a - SLACK <= worst <= b + SLACK]
            live += [(s.nbytes, s.tensor) for s in stays if s.first - 1 <= worst <= s.last + SLACK]
            nbytes, name = max(live)
            needed = f"{load[worst]} bytes are needed at operator {worst}, {budget} are available"
            raise UserError(
                f"L2: {needed}; the largest buffer is {name!r} ({nbytes} bytes). "
                "Use a smaller model or a strategy that keeps fewer activations"
            )
        _, _, before, after, stay = max(candidates, key=lambda c: c[:4])
        _add(load, stay.first - 1, stay.last + SLACK, -stay.nbytes)
        second = Stay(stay.tensor, stay.nbytes, after, stay.last)
        stay.last = before
        stays.append(second)
        for one in (stay, second):
            _add(load, one.first - 1, one.last + SLACK, one.nbytes)
    stays.sort(key=lambda s: (s.first, s.last, s.tensor))
    previous: dict[str, int] = {}
    for stay in stays:
        earliest = max(stay.first - 1, 0)
        floor = previous.get(stay.tensor, -1) + 1 + SLACK if stay.tensor in previous else 0
        while earliest > floor and load[earliest - 1] + stay.nbytes <= budget:
            earliest -= 1
            load[earliest] += stay.nbytes
        stay.earliest = earliest
        previous[stay.tensor] = stay.last
    return stays


def _add(load: list[int], first: int, last: int, nbytes: int) -> None:
    for i in range(max(first, 0), min(last + 1, len(load))):
        load[i] += nbytes
