# SPDX-License-Identifier: Apache-2.0
"""The schedule with the cycles that were measured: slots, kernel calls, jobs and transfers of all training steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from traindeploy.records.schedule import (
    ScheduleDescription,
    SlotDescription,
    TransferDescription,
    WorkDescription,
    in_steps,
)
from traindeploy.records.timeline import Barrier, EngineWork, Timeline

Lane = Literal["redmule", "cores", "dma", "hyperbus"]
LANES: tuple[Lane, ...] = ("redmule", "cores", "dma", "hyperbus")
NONE = -1  # no operator
Planned = WorkDescription | TransferDescription


@dataclass(frozen=True)
class Item:
    """Something that a lane did from cycle ``begin`` to ``end``; items of a lane follow one another.

    ``committed``: when core 0 gave it to the engine's queue; it begins then, or when the one before it is done.
    """

    lane: Lane
    begin: int
    end: int
    operator: int
    label: str
    slot: int
    step: int
    committed: int
    bytes: int = 0

    @property
    def cycles(self) -> int:
        return self.end - self.begin


@dataclass(frozen=True)
class MeasuredSlot:
    """A slot of a training step. ``computed``: when the last of the cores that only compute, all but core 0, was done.

    ``awaited``: the last transfers and jobs that core 0 waits for in it.
    """

    step: int
    number: int
    begin: int
    computed: int
    end: int
    calls: tuple[Item, ...]
    awaited: tuple[Item, ...]
    counters: Sequence[int]


@dataclass(frozen=True)
class Measured:
    """What was measured of a run of ``cycles``; of a run that did not end, what was complete until then."""

    cycles: int
    slots: tuple[MeasuredSlot, ...]
    items: dict[Lane, tuple[Item, ...]]

    @property
    def all_items(self) -> list[Item]:
        return [item for lane in LANES for item in self.items[lane]]


def measure(schedule: ScheduleDescription, timeline: Timeline, cycles: int, steps: int = 1) -> Measured:
    """Join both: the n-th transfer of the schedule is the n-th that the engine did, barrier n + 1 ends slot n.

    Barrier 0 ends the start-up, the last one the program of ``steps`` training steps. Whatever ``timeline`` does not
    hold, because the run was stopped, is left out.
    """
    planned: dict[Lane, list[tuple[int, Planned]]] = {
        "redmule": [(number, job) for number, slot in enumerate(schedule.slots) for job in slot.jobs],
        "dma": [(number, dma) for number, slot in enumerate(schedule.slots) for dma in slot.dma],
        "hyperbus": [(number, hyper) for number, slot in enumerate(schedule.slots) for hyper in slot.hyper],
    }
    done = {"redmule": timeline.redmule, "dma": timeline.dma, "hyperbus": timeline.hyperbus}
    places = {lane: list(in_steps([each for _, each in planned[lane]], steps)) for lane in planned}
    items: dict[Lane, tuple[Item, ...]] = {
        lane: _engine(lane, planned[lane], places[lane], done[lane], cycles) for lane in planned
    }
    started = {lane: {place: number for number, place in enumerate(places[lane])} for lane in planned}
    slots = []
    each = [(step, number) for step in range(steps) for number in range(len(schedule.slots))]
    for (step, number), before, barrier in zip(each, timeline.barriers, timeline.barriers[1:], strict=False):
        slot = schedule.slots[number]
        waits: dict[Lane, int] = {"redmule": slot.wait_jobs, "dma": slot.wait_dma, "hyperbus": slot.wait_hyper}
        numbers = {lane: started[lane].get((step, waited - 1)) for lane, waited in waits.items() if waited}
        awaited = tuple(items[lane][n] for lane, n in numbers.items() if n is not None and n < len(items[lane]))
        slots.append(_slot(slot, step, number, before, barrier, awaited))
    items["cores"] = tuple(call for slot in slots for call in slot.calls)
    return Measured(cycles, tuple(slots), items)


def _slot(
    slot: SlotDescription, step: int, number: int, before: Barrier, barrier: Barrier, awaited: tuple[Item, ...]
) -> MeasuredSlot:
    begin, end = before.opened, barrier.opened
    computed = min(max([begin, *barrier.arrivals[1:]]), end)
    counters = [now - then for now, then in zip(barrier.counters, before.counters, strict=False)]
    return MeasuredSlot(
        step, number, begin, computed, end, _calls(slot.calls, step, number, begin, computed), awaited, counters
    )


def _calls(calls: Sequence[WorkDescription], step: int, slot: int, begin: int, end: int) -> tuple[Item, ...]:
    """The kernel calls between ``begin`` and ``end``, one after the other, in the cost model's proportions."""
    items, done, total = [], 0, sum(max(call.cycles, 1) for call in calls)
    for call in calls:
        first = begin + (end - begin) * done // total
        done += max(call.cycles, 1)
        last = begin + (end - begin) * done // total
        items.append(Item("cores", first, last, call.operator, call.label, slot, step, first))
    return tuple(items)


def _engine(
    lane: Lane,
    planned: Sequence[tuple[int, Planned]],
    places: Sequence[tuple[int, int]],
    works: Sequence[EngineWork],
    cycles: int,
) -> tuple[Item, ...]:
    items, free = [], 0
    for (step, place), work in zip(places, works, strict=False):
        slot, entry = planned[place]
        begin = max(work.committed, free)
        free = max(begin, work.done)
        size = entry.bytes if isinstance(entry, TransferDescription) else 0
        items.append(
            Item(lane, begin, min(free, cycles), entry.operator, entry.label, slot, step, work.committed, size)
        )
    return tuple(items)
