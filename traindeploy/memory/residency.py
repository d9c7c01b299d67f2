# SPDX-License-Identifier: Apache-2.0
"""When weights and inputs move from L3 to L2, in operator order.

Each tensor with a home in L3 gets one stay in L2 from its first to its last use, or several if L2 would overflow; and
each stay the earliest operator before which it may be fetched, so that prefetching never takes room that activations
need. Or it is a *resident*, which stays from one training step to the next.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from traindeploy.errors import UserError

SLACK = 2  # operators by which execution runs ahead of or behind the order


@dataclass(frozen=True)
class Uses:
    """Bytes of a tensor at home in L3, and the operators that use it, by position."""

    nbytes: int
    operators: Sequence[int]


@dataclass(frozen=True)
class LiveRange:
    """Bytes of a tensor that operators compute, and the first and last operator that touch it."""

    nbytes: int
    first: int
    last: int


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


@dataclass(frozen=True)
class Gap:
    """Between two uses of a stay, by operators ``before`` and ``after``, its bytes could leave L2."""

    stay: Stay
    before: int
    after: int

    @property
    def relief(self) -> tuple[int, str, int, int]:
        """Bytes times operators that leaving would free; with what makes equal ones differ."""
        return self.stay.nbytes * (self.after - self.before), self.stay.tensor, self.before, self.after


class Load:
    """Bytes of L2 that are alive while each operator runs.

    >>> load = Load(10)
    >>> load.add_activation(LiveRange(50, 4, 5))  # two operators more on either side
    >>> load.add_stay(Stay("w", 100, first=3, last=3))  # fetched while operator 2 runs
    >>> load.nbytes
    [0, 0, 150, 150, 150, 150, 50, 50, 0, 0]
    >>> load.worst
    2
    """

    def __init__(self, operators: int) -> None:
        self.nbytes = [0] * operators

    @classmethod
    def like(cls, other: "Load") -> "Load":
        """A copy."""
        load = cls(0)
        load.nbytes = list(other.nbytes)
        return load

    @property
    def peak(self) -> int:
        return max(self.nbytes, default=0)

    @property
    def worst(self) -> int:
        """The first operator with the peak."""
        return self.nbytes.index(self.peak)

    def add_activation(self, live: LiveRange) -> None:
        self._add(live.first - SLACK, live.last + SLACK, live.nbytes)

    def add_stay(self, stay: Stay) -> None:
        self._add(stay.first - 1, stay.last + SLACK, stay.nbytes)

    def remove_stay(self, stay: Stay) -> None:
        self._add(stay.first - 1, stay.last + SLACK, -stay.nbytes)

    def _add(self, first: int, last: int, nbytes: int) -> None:
        for i in range(max(first, 0), min(last + 1, len(self.nbytes))):
            self.nbytes[i] += nbytes


def plan(
    operators: int, home_uses: Mapping[str, Uses], activations: Mapping[str, LiveRange], budget: int, ahead: int = -1,
    residents: Collection[str] = (),
) -> list[Stay]:  # fmt: skip
    """Stays in the order in which they must be fetched, for tensors at home in L3 and those that are not.

    What is fetched more than an operator ahead of its use fills L2 up to ``ahead`` bytes at most (-1: the budget).
    UserError if even single-use stays do not fit ``budget`` bytes.

    A weight of 100 bytes is used by the first and the last operator. Activations need its room in between:

    >>> plan(30, {"w": Uses(100, [0, 29])}, {"x": LiveRange(950, 10, 20)}, budget=1000)
    ... # doctest: +NORMALIZE_WHITESPACE
    [Stay(tensor='w', nbytes=100, first=0, last=0, earliest=0),
     Stay(tensor='w', nbytes=100, first=29, last=29, earliest=23)]
    """
    load = Load(operators)
    for live in activations.values():
        load.add_activation(live)
    always = [Stay(name, home_uses[name].nbytes, 0, operators - 1) for name in residents]
    fetched = [name for name in home_uses if name not in residents]
    stays = [_stay(name, home_uses[name]) for name in fetched]
    for stay in always + stays:
        load.add_stay(stay)
    while load.peak > budget:
        gap = _best_gap(stays, home_uses, load.worst)
        if gap is None:
            raise _overflow(always + stays, activations, load, budget)
        stays.append(_split(gap, load))
    stays.sort(key=lambda s: (s.first, s.last, s.tensor))
    _prefetch(stays, load, budget if ahead < 0 else ahead)
    return always + stays


def _stay(name: str, uses: Uses) -> Stay:
    return Stay(name, uses.nbytes, min(uses.operators), max(uses.operators))


def staying(
    operators: int, home_uses: Mapping[str, Uses], activations: Mapping[str, LiveRange], budget: int,
    updated: Collection[str] = (),
) -> list[str]:  # fmt: skip
    """The tensors at home in L3 that can stay in L2 from step to step, so that a step moves as few bytes as may be.

    Another one is there for its uses only: it is fetched for each of them, and written back if it is ``updated``.

    >>> uses = {"w": Uses(400, [0]), "v": Uses(300, [0]), "u": Uses(300, [15])}
    >>> staying(30, uses, {"x": LiveRange(500, 14, 16)}, budget=1200)
    ['w', 'u']
    """
    stays = {name: _shortest(name, uses) for name, uses in home_uses.items()}
    costs = {name: home_uses[name].nbytes * (len(stays[name]) + (name in updated)) for name in home_uses}
    load = Load(operators)
    for live in activations.values():
        load.add_activation(live)
    for stay in (stay for each in stays.values() for stay in each):
        load.add_stay(stay)
    orders: list[Callable[[str], float]] = [
        lambda name: -home_uses[name].nbytes,  # large ones first
        lambda name: home_uses[name].nbytes,
        lambda name: -costs[name] / home_uses[name].nbytes,
    ]
    found = [_fitting(sorted(home_uses, key=order), stays, operators, Load.like(load), budget) for order in orders]
    best = max(found, key=lambda names: sum(costs[name] for name in names))
    return [name for name in home_uses if name in best]


def _fitting(
    order: Sequence[str], stays: Mapping[str, Sequence[Stay]], operators: int, load: Load, budget: int
) -> set[str]:
    """The tensors that can stay, each in turn as far as there is room beside those before it."""
    kept: set[str] = set()
    for name in order:
        always = Stay(name, stays[name][0].nbytes, 0, operators - 1)
        for each in stays[name]:
            load.remove_stay(each)
        load.add_stay(always)
        if load.peak <= budget:
            kept.add(name)
            continue
        load.remove_stay(always)
        for each in stays[name]:
            load.add_stay(each)
    return kept


def _shortest(name: str, uses: Uses) -> list[Stay]:
    """The stays of least length.

    >>> [(stay.first, stay.last) for stay in _shortest("w", Uses(4, [9, 0, 2]))]
    [(0, 2), (9, 9)]
    """
    stays: list[Stay] = []
    for use in sorted(uses.operators):
        if stays and stays[-1].last + SLACK >= use - 2:
            stays[-1].last = use
        else:
            stays.append(Stay(name, uses.nbytes, use, use))
    return stays


def _best_gap(stays: list[Stay], home_uses: Mapping[str, Uses], operator: int) -> Gap | None:
    """The gap around ``operator`` that frees most; None if all that lies in L2 then is used too near."""
    gaps = []
    for stay in stays:
        uses = sorted(u for u in home_uses[stay.tensor].operators if stay.first <= u <= stay.last)
        gaps += [Gap(stay, a, b) for a, b in pairwise(uses) if a + SLACK < operator < b - 1]
    return max(gaps, key=lambda gap: gap.relief, default=None)


def _split(gap: Gap, load: Load) -> Stay:
    """End the stay before the gap; the stay that begins behind it."""
    stay = gap.stay
    load.remove_stay(stay)
    second = Stay(stay.tensor, stay.nbytes, gap.after, stay.last)
    stay.last = gap.before
    load.add_stay(stay)
    load.add_stay(second)
    return second


def _prefetch(stays: list[Stay], load: Load, budget: int) -> None:
    """Let each stay in turn begin as early as there is room, behind the end of the tensor's stay before it."""
    ends: dict[str, int] = {}
    for stay in stays:
        earliest = max(stay.first - 1, 0)
        floor = ends[stay.tensor] + SLACK + 1 if stay.tensor in ends else 0
        while earliest > floor and load.nbytes[earliest - 1] + stay.nbytes <= budget:
            earliest -= 1
            load.nbytes[earliest] += stay.nbytes
        stay.earliest = earliest
        ends[stay.tensor] = stay.last


def _overflow(stays: list[Stay], activations: Mapping[str, LiveRange], load: Load, budget: int) -> UserError:
    worst = load.worst
    alive = [(live.nbytes, n) for n, live in activations.items() if live.first - SLACK <= worst <= live.last + SLACK]
    alive += [(s.nbytes, s.tensor) for s in stays if s.first - 1 <= worst <= s.last + SLACK]
    nbytes, name = max(alive)
    needed = f"{load.peak} bytes are needed at operator {worst}, {budget} are available"
    return UserError(
        f"L2: {needed}; the largest buffer is {name!r} ({nbytes} bytes). "
        "Use a smaller model or a strategy that keeps fewer activations"
    )
