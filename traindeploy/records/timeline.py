# SPDX-License-Identifier: Apache-2.0
"""``timeline.json``: when slots, transfers and jobs of a run began and ended, as an observer beside the RTL saw it.

Cycles count from the first fetch, as everywhere.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

# What the cores' counters count, in the order of td_probe_counter (tb/tops/td_probe.sv).
CAUSES = ("active", "asleep", "load_stall", "tcdm_conflict", "fetch_stall", "fpu_contention")


@dataclass(frozen=True, kw_only=True)
class Barrier:
    """A barrier of all cores: the end of start-up, of a slot, or of the program."""

    arrivals: Annotated[tuple[int, ...], "cycle at which each core came, by core"]
    opened: Annotated[int, "cycle at which it let them go"]
    counters: Annotated[tuple[int, ...], "of the cores until then, summed over the cores: active, asleep, ..."] = ()


@dataclass(frozen=True, kw_only=True)
class EngineWork:
    """A transfer or a job: committed to an engine's queue, and done."""

    committed: int
    done: int
    words: Annotated[tuple[int, ...], "what was committed: source, destination, bytes; RedMule: X, W, Z, M, N, K"] = ()


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Barriers in time order; transfers and jobs in the order of their commits, in which each engine does them."""

    VERSION: ClassVar[int] = 1

    barriers: tuple[Barrier, ...] = ()
    dma: tuple[EngineWork, ...] = ()
    hyperbus: tuple[EngineWork, ...] = ()
    redmule: tuple[EngineWork, ...] = ()
