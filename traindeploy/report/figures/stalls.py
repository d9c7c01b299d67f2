# SPDX-License-Identifier: Apache-2.0
"""What the cores do in their cycles, and how much of RedMule is used, from the performance counters."""

from collections import defaultdict
from dataclasses import dataclass

from traindeploy.records.bench import CoreCounters, RedmuleCounters
from traindeploy.records.timeline import CAUSES
from traindeploy.report.figures.measured import Measured

# Two causes may hold in one cycle (a fetch waits while a load does); then less than the truth remains as working.
STALLS = CAUSES[2:]


@dataclass(frozen=True)
class CoreShare:
    """Cycles of a core, or of all: what remains of the active ones when its stalls are taken off is ``working``."""

    working: int
    load_stall: int
    tcdm_conflict: int
    fetch_stall: int
    fpu_contention: int
    asleep: int

    @property
    def total(self) -> int:
        return (
            self.working + self.load_stall + self.tcdm_conflict + self.fetch_stall + self.fpu_contention + self.asleep
        )


def of_core(counters: CoreCounters) -> CoreShare:
    """A core's cycles by cause; they sum to its cycles, awake and asleep."""
    stalls = {name: getattr(counters, name) for name in STALLS}
    return CoreShare(working=max(counters.active - sum(stalls.values()), 0), asleep=counters.asleep, **stalls)


def by_operator(measured: Measured) -> dict[int, CoreShare]:
    """Cycles of all cores together in the slots in which they compute for an operator, by operator.

    A slot of several operators is shared out as its calls are.
    """
    sums: dict[int, dict[str, float]] = defaultdict(lambda: dict.fromkeys(CAUSES, 0.0))
    for slot in measured.slots:
        span = sum(call.cycles for call in slot.calls)
        if not span or len(slot.counters) != len(CAUSES):
            continue
        for call in slot.calls:
            for name, value in zip(CAUSES, slot.counters, strict=True):
                sums[call.operator][name] += value * call.cycles / span
    return {
        operator: of_core(CoreCounters(**{name: round(value) for name, value in causes.items()}))
        for operator, causes in sums.items()
    }


@dataclass(frozen=True)
class Utilisation:
    """Of RedMule: ``busy`` of all cycles, ``used`` of the multiply-adds that it could have done while busy."""

    busy: float
    used: float
    stalled: float
    conflicts: float


def redmule(counters: RedmuleCounters, cycles: int, flop: int, units: int) -> Utilisation:
    """``flop`` counts 2 a multiply-add of RedMule's jobs, ``units`` are its multiply-adders; shares from 0 to 1."""
    busy = max(counters.busy, 1)
    return Utilisation(
        busy=counters.busy / max(cycles, 1),
        used=flop / 2 / (busy * units),
        stalled=counters.stalled / busy,
        conflicts=counters.tcdm_conflict / busy,
    )
