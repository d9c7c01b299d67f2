# SPDX-License-Identifier: Apache-2.0
"""``watched.json``: when core 0 entered each slot of the schedule, in a window that a triage follows."""

from dataclasses import dataclass
from typing import Annotated, ClassVar


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Core 0 entered ``function`` at ``cycle`` (since the first fetch)."""

    function: str
    cycle: int


@dataclass(frozen=True, kw_only=True)
class Watched:
    """The slots that were entered, in order."""

    VERSION: ClassVar[int] = 1

    first: Annotated[int, "cycle at which the window begins"]
    start_ps: Annotated[int, "simulated time of cycle 0"]
    period_ps: Annotated[int, "of the clock"]
    entries: tuple[Entry, ...]
