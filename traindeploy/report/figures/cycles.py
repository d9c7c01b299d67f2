# SPDX-License-Identifier: Apache-2.0
"""Where the cycles of a run go: two ways to attribute each cycle once, so that each sums to the run's cycles.

*Exclusive* cycles: in each cycle the first of these that is at work gets it: RedMule's job, the cores' kernel call, the
DMA's transfer, the HyperBus's transfer, else "control" (start-up, starting engines, reporting, barriers). So a
transfer's exclusive cycles are those that no computation hides.

*Critical-path* cycles: walked backwards from the end of the run, what had to end for it to go on. A slot ends when the
last of the cores has computed, or when core 0 has got what it waited for, whichever was later; a transfer or job began
when core 0 committed it or when the one before it in its queue was done. Shortening what lies on this path shortens
the run; shortening anything else does not.
"""

import itertools
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from traindeploy.report.figures.measured import LANES, NONE, Item, Lane, Measured, MeasuredSlot

Owner = Lane | Literal["control"]
OWNERS: tuple[Owner, ...] = (*LANES, "control")


@dataclass(frozen=True)
class Segment:
    """Cycles ``begin`` to ``end`` belong to ``owner``, which works for ``operator`` (-1: for none)."""

    begin: int
    end: int
    owner: Owner
    operator: int = NONE

    @property
    def cycles(self) -> int:
        return self.end - self.begin


def exclusive(measured: Measured) -> list[Segment]:
    """The run, cut where its owner changes, in time order."""
    edges = {0, measured.cycles}
    for item in measured.all_items:
        edges |= {item.begin, item.end}
    cuts = sorted(edge for edge in edges if 0 <= edge <= measured.cycles)
    places = dict.fromkeys(LANES, 0)
    segments = []
    for begin, end in itertools.pairwise(cuts):
        owner: Owner = "control"
        operator = NONE
        for lane in LANES:
            items, place = measured.items[lane], places[lane]
            while place < len(items) and items[place].end <= begin:
                place += 1
            places[lane] = place
            if place < len(items) and items[place].begin <= begin:
                owner, operator = lane, items[place].operator
                break
        segments.append(Segment(begin, end, owner, operator))
    return joined(segments)


def critical(measured: Measured) -> list[Segment]:
    """The critical path, in time order."""
    walk = _Walk(measured)
    walk.run()
    return joined(reversed(walk.segments))


def joined(segments: Iterable[Segment]) -> list[Segment]:
    """Neighbours of one owner and operator as one; without empty ones."""
    result: list[Segment] = []
    for segment in segments:
        last = result[-1] if result else None
        if segment.cycles <= 0:
            continue
        if last and (last.owner, last.operator, last.end) == (segment.owner, segment.operator, segment.begin):
            result[-1] = Segment(last.begin, segment.end, last.owner, last.operator)
        else:
            result.append(segment)
    return result


def by_owner(segments: Iterable[Segment]) -> dict[Owner, int]:
    """Cycles of each owner."""
    sums = dict.fromkeys(OWNERS, 0)
    for segment in segments:
        sums[segment.owner] += segment.cycles
    return sums


def by_operator(segments: Iterable[Segment]) -> dict[int, dict[Owner, int]]:
    """Cycles by operator (-1: none) and owner."""
    sums: dict[int, dict[Owner, int]] = defaultdict(lambda: dict.fromkeys(OWNERS, 0))
    for segment in segments:
        sums[segment.operator][segment.owner] += segment.cycles
    return dict(sums)


class _Walk:
    """Backwards through the run; ``time`` is where it has come to, ``segments`` end there, latest first."""

    def __init__(self, measured: Measured) -> None:
        self.measured = measured
        self.time = measured.cycles
        self.segments: list[Segment] = []
        self.begins = [slot.begin for slot in measured.slots]
        self.place = {(item.lane, item.begin, item.end): n for lane in LANES for n, item in self._numbered(lane)}

    def _numbered(self, lane: Lane) -> Iterable[tuple[int, Item]]:
        return enumerate(self.measured.items[lane])

    def run(self) -> None:
        slots = self.measured.slots
        self.take(slots[-1].end if slots else 0)  # what follows the last slot
        while self.time > 0:
            index = bisect_right(self.begins, self.time - 1) - 1
            if index < 0:
                self.take(0)  # start-up
            elif self.time == slots[index].end:
                self.whole(slots[index])
            else:
                self.take(slots[index].begin)  # core 0 had come to a commit in it

    def take(self, begin: int, owner: Owner = "control", operator: int = NONE) -> None:
        """The cycles from ``begin`` on are ``owner``'s."""
        begin = max(begin, 0)
        if begin < self.time:
            self.segments.append(Segment(begin, self.time, owner, operator))
            self.time = begin

    def whole(self, slot: MeasuredSlot) -> None:
        """A slot, from its end: for what it waited, else what its cores computed."""
        last = max((item for item in slot.awaited if item.end <= slot.end), key=lambda item: item.end, default=None)
        if last is not None and last.end > slot.computed:
            self.take(last.end)
            self.engine(last)
            return
        self.take(slot.computed)
        for call in reversed(slot.calls):
            self.take(call.begin, "cores", call.operator)
        self.take(slot.begin)

    def engine(self, item: Item) -> None:
        """A transfer or job, and those that it had to wait for in its queue."""
        items: Sequence[Item] = self.measured.items[item.lane]
        number = self.place[item.lane, item.begin, item.end]
        while True:
            self.take(items[number].begin, item.lane, items[number].operator)
            if items[number].committed >= items[number].begin or number == 0:
                return  # it began when it was committed
            number -= 1
