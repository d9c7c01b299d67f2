# SPDX-License-Identifier: Apache-2.0
"""What tb/run.py asks of the test inside the simulator: one record in the environment variable TD_RUN."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import ClassVar

VARIABLE = "TD_RUN"


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
