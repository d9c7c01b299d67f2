# SPDX-License-Identifier: Apache-2.0
"""Sequence items: jobs and other accesses to the registers. A batch of them runs without Python in between."""

from dataclasses import dataclass
from typing import Any

from pyuvm import uvm_sequence_item

from golden.redmule import Job
from tb.env.redmule.driver import Script

Aim = tuple[int, int]  # td_redmule_observer's code, and the bits of it that matter


@dataclass(frozen=True)
class Behaviour:
    """How memory answers: ``stall`` % without grant at random, or a pattern; ``latency`` cycles, 1 to 8."""

    stall: int = 0
    latency: int = 1
    random_latency: bool = False
    pattern: tuple[int, int] | None = None  # cycles with and without grants in turn
    each_beat: int | None = None  # every beat waits so long

    @property
    def name(self) -> str:
        if self.pattern is not None:
            return f"{self.pattern[0]} with, {self.pattern[1]} without"
        return f"each beat waits {self.each_beat}" if self.each_beat is not None else f"{self.stall} %"

    def apply(self, script: Script) -> None:
        if self.pattern is not None:
            script.pattern(*self.pattern, self.latency)
        elif self.each_beat is not None:
            script.delay_each_beat(self.each_beat, self.latency)
        else:
            script.memory(self.stall, self.latency, self.random_latency)


@dataclass(frozen=True)
class Batch:
    """What the items of a batch share: the first ``size`` bytes of memory are filled from ``seed``.

    ``directed``: aims at a state of the control; its jobs count for nothing else.
    """

    size: int
    seed: int
    special: bool = False
    directed: bool = False


class Item(uvm_sequence_item):
    """``behaviour``: of memory from now on; ``last``: run the batch now."""

    def __init__(self, name: str, behaviour: Behaviour | None = None, pause: int = 0) -> None:
        super().__init__(name)
        self.behaviour, self.pause = behaviour, pause
        self.batch: Batch | None = None
        self.last = False


class JobItem(Item):
    """A job.

    ``held``: committed without a start; ``probe``: read ACQUIRE while it is open; ``alone``: wait for its end;
    ``refused``: kind of defect, and ``how`` to write it; ``cut_short``: a clear may hit it; ``at``, ``probe_at``,
    ``acquire_at``: commit, probe or ask for a context in the first cycle with that state (code, mask).
    """

    def __init__(
        self,
        job: Job,
        *,
        relation: str = "none",
        core: int = 0,
        held: bool = False,
        probe: bool = False,
        alone: bool = False,
        at: Aim | None = None,
        probe_at: Aim | None = None,
        acquire_at: Aim | None = None,
        refused: str = "",
        how: dict[str, int] | None = None,
        cut_short: bool = False,
        **common: Any,
    ) -> None:
        super().__init__("job", **common)
        self.job, self.relation, self.core, self.held, self.probe, self.alone = job, relation, core, held, probe, alone
        self.probe_at, self.acquire_at = probe_at, acquire_at
        self.at, self.refused, self.how, self.cut_short = at, refused, how or {}, cut_short


class TriggerItem(Item):
    """A write to TRIGGER while no job is open."""

    def __init__(self, data: int, **common: Any) -> None:
        super().__init__("trigger", **common)
        self.data = data


class ProbeItem(Item):
    """A read of ACQUIRE while both contexts are held."""


class ClearItem(Item):
    """SOFT_CLEAR, with ``at`` in the first cycle with that state, with ``twice`` in the next one too.

    ``or_never``: not at all if the engine becomes idle without having been in that state.
    """

    def __init__(
        self, data: int, at: Aim | None = None, twice: bool = False, or_never: bool = False, **common: Any
    ) -> None:
        super().__init__("clear", **common)
        self.data, self.at, self.twice, self.or_never = data, at, twice, or_never
