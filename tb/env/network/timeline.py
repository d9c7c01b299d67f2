# SPDX-License-Identifier: Apache-2.0
"""The run's timeline from the events that td_timeline has seen, read once, at the end."""

import ctypes
from collections.abc import Sequence

import numpy as np

from traindeploy.records.timeline import CAUSES, Barrier, EngineWork, Timeline

COME, OPEN, DMA, HYPERBUS, REDMULE, COUNTERS = 0, 1, 2, 4, 6, 8  # kinds in tb/tops/td_timeline.sv; +1: done
WORDS = {14: DMA, 15: HYPERBUS, 16: REDMULE}  # kinds of words of a commit -> its kind
LATE = {DMA: 1, HYPERBUS: 0, REDMULE: 0}  # cycles by which the event of the end comes after it
WRAP = 1 << 32  # of the hardware's counters

Event = Sequence[int]  # kind, cycle, data


def of_simulator() -> list[list[int]]:
    """The events of the simulator that this process runs in; none from one without td_timeline."""
    library = ctypes.CDLL(None)
    library.td_timeline_data.restype = ctypes.POINTER(ctypes.c_uint32)
    library.td_timeline_size.restype = ctypes.c_uint32
    size = library.td_timeline_size()
    if not size:
        return []
    events: list[list[int]] = np.ctypeslib.as_array(library.td_timeline_data(), (size // 3, 3)).tolist()
    return events


def timeline(events: Sequence[Event], begun: int, cores: int) -> Timeline:
    """What ``events`` say, in cycles since the hardware's counter stood at ``begun``.

    What was committed and not done when the run ended is left out, and so is a barrier that did not open.

    >>> timeline([[2, 15, 0], [2, 16, 0], [3, 40, 0]], begun=10, cores=8).dma
    (EngineWork(committed=5, done=29, words=()),)
    """
    arrivals = [0] * cores
    barriers: list[Barrier] = []
    times: dict[int, list[int]] = {kind: [] for kind in range(DMA, COUNTERS)}
    counters: list[int] = []
    words: dict[int, list[tuple[int, ...]]] = {kind: [] for kind in LATE}
    for kind, at, data in events:
        cycle = (at - begun) % WRAP
        if kind == COME:
            arrivals = [cycle if data >> core & 1 else before for core, before in enumerate(arrivals)]
        elif kind == OPEN:
            barriers.append(Barrier(arrivals=tuple(arrivals), opened=cycle, counters=()))
            counters = []
        elif kind < COUNTERS:
            times[kind].append(cycle)
            if kind in words:
                words[kind].append(())
        elif kind in WORDS:
            words[WORDS[kind]][-1] += (data,)
        else:
            counters.append(data)
            if len(counters) == len(CAUSES):
                last = barriers.pop()
                barriers.append(Barrier(arrivals=last.arrivals, opened=last.opened, counters=tuple(counters)))
    dma, hyperbus, redmule = (_work(times[kind], times[kind + 1], late, words[kind]) for kind, late in LATE.items())
    return Timeline(barriers=tuple(barriers), dma=dma, hyperbus=hyperbus, redmule=redmule)


def _work(
    commits: Sequence[int], ends: Sequence[int], late: int, words: Sequence[tuple[int, ...]]
) -> tuple[EngineWork, ...]:
    """An engine does one after the other in the order of the commits."""
    ended = zip(commits, ends, words, strict=False)
    return tuple(EngineWork(committed=begin, done=end - late, words=committed) for begin, end, committed in ended)
