# SPDX-License-Identifier: Apache-2.0
"""What the platform was seen to do: ways of transfers, jobs behind one another, engines that work at once."""

from collections.abc import Mapping, Sequence

from pyuvm import uvm_subscriber

from tb.env.platform.items import LANES, Lane, Work
from traindeploy.records.verdict import CoveragePoint, functional

WAYS: dict[Lane, tuple[str, ...]] = {
    "dma": ("L2 to L1", "L1 to L2"),
    "hyperbus": ("L3 to L2", "L2 to L3"),
    "redmule": (),
}
PLACES = ("alone", "behind another")


def way(work: Work) -> str:
    """Which memories a transfer connects; "" of a job."""
    if work.lane == "redmule":
        return ""
    source, destination, _ = work.seen.words
    up = source > destination  # L3's addresses are the lowest, L1's lie below L2's
    return WAYS[work.lane][up == (work.lane == "hyperbus")]


def at_once(works: Mapping[Lane, Sequence[Work]]) -> dict[str, int]:
    """How often each set of engines worked at once, of those that worked at all.

    >>> from traindeploy.records.timeline import EngineWork as E
    >>> load, job = Work("dma", 0, E(committed=0, done=9)), Work("redmule", 0, E(committed=4, done=6))
    >>> {key: count for key, count in at_once({"dma": [load], "redmule": [job]}).items() if count}
    {'none': 1, 'dma': 2, 'dma and redmule': 1}
    """
    lanes = [lane for lane in LANES if works.get(lane)]
    names = [" and ".join(lane for i, lane in enumerate(lanes) if mask >> i & 1) for mask in range(1 << len(lanes))]
    changes = []
    for number, lane in enumerate(lanes):
        free = 0
        for work in works[lane]:
            begin = max(free, work.seen.committed)
            free = work.seen.done
            changes += [(begin, 1, 1 << number), (free, 0, 1 << number)]
    hits, mask, last = [0] * len(names), 0, None
    for cycle, begins, bit in sorted(changes):
        if last is not None and cycle != last:
            hits[mask] += 1
        mask = mask | bit if begins else mask & ~bit
        last = cycle
    hits[mask] += last is not None
    return {name or "none": count for name, count in zip(names, hits, strict=True)}


class ActivityCoverage(uvm_subscriber):
    """Counts the bins of every ``Work``."""

    def build_phase(self) -> None:
        super().build_phase()
        self.ways, self.queue = dict[str, int](), dict[str, int]()
        self.works: dict[Lane, list[Work]] = {lane: [] for lane in LANES}

    def write(self, item: Work) -> None:
        before = self.works[item.lane]
        if not before:
            self.ways.update({f"{item.lane} {name}": 0 for name in WAYS[item.lane]})
            self.queue.update({f"{item.lane}, {place}": 0 for place in PLACES})
        waits = before and before[-1].seen.done > item.seen.committed
        self.queue[f"{item.lane}, {PLACES[bool(waits)]}"] += 1
        before.append(item)
        if found := way(item):
            self.ways[f"{item.lane} {found}"] += 1

    def report(self) -> tuple[CoveragePoint, ...]:
        """The points: ways of transfers, queues, engines at once. None of a run that had no engine work."""
        if not self.queue:
            return ()
        return (
            functional("way of a transfer", self.ways),
            functional("place in an engine's queue", self.queue),
            functional("engines that work at once", at_once(self.works)),
        )
