# SPDX-License-Identifier: Apache-2.0
"""What tb/run.py asks of the test inside the simulator: one record in the environment variable TD_RUN."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import ClassVar

VARIABLE = "TD_RUN"


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Follow core 0 from cycle ``first`` to ``last``; keep the memories at ``cycle``, at ``last``, and where core 0
    first enters a function of ``keep``; ``l3``: (address, bytes) of what is kept of L3.
    """

    first: int
    last: int
    cycle: int
    keep: tuple[str, ...]
    l3: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, kw_only=True)
class BenchSettings:
    """Limits in simulated cycles and in seconds; ``waves``: the window, (first, last) cycle, last None for the end."""

    VERSION: ClassVar[int] = 1

    run_dir: PurePosixPath
    max_cycles: int
    max_seconds: float
    waves: tuple[int, int | None] | None
    disturb_row: int | None
    check: bool
    profile: bool
    watch: Watch | None = None
