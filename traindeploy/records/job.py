# SPDX-License-Identifier: Apache-2.0
"""A job of a regression and what became of it: what a farm hands out and what comes back (tb/farm)."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import PurePosixPath
from typing import Annotated, ClassVar

from traindeploy.records.case import Kind
from traindeploy.records.serial import VOLATILE

PYTHON = "python"  # as the first word of a command: the interpreter of whoever runs it
HERE = PurePosixPath()
LONGEST = 100  # characters of a folder's name


@dataclass(frozen=True, kw_only=True)
class Job:
    """One process group of a regression: a case of the test plan, or the build of a simulator that cases need."""

    name: Annotated[str, "of its own within the regression"]
    command: Annotated[tuple[str, ...], "run in the root of the checkout; the first word python stands for this one"]
    seconds: Annotated[int, "of wall time, after which it is stopped"] = 1800
    test: Annotated[str, "the entry of the test plan, or empty"] = ""
    kind: Annotated[Kind | None, "what is verified; null: a build, which verifies nothing"] = None
    needs: Annotated[tuple[str, ...], "jobs that must have ended well before"] = ()
    resources: Annotated[Mapping[str, int], "licences and the like that it occupies"] = field(default_factory=dict)
    leaves_records: Annotated[bool, "whether it writes case records; if not, its exit status is its verdict"] = True
    scored: Annotated[
        bool, "whether its records are a measurement: one that failed lowers a score and fails nothing"
    ] = False
    repeat: Annotated[str, "the command line that repeats it for a person"] = ""

    @property
    def folder(self) -> str:
        """Its name as a folder's: with a digest where it had to be changed."""
        safe = re.sub(r"[^A-Za-z0-9._=-]+", "_", self.name).lstrip("._")[:LONGEST]
        if safe == self.name:
            return safe
        return f"{safe}~{hashlib.sha256(self.name.encode()).hexdigest()[:8]}"


class Outcome(Enum):
    """How a job ended, as the farm sees it; whether its checks passed is in its records."""

    ENDED = "ended"  # by itself, whatever its exit status
    STOPPED = "stopped"  # at its limit
    CUT = "cut"  # by the end of the budget
    NOT_RUN = "not run"  # the budget had no room, or a build that it needs failed
    LOST = "lost"  # infrastructure: it never came back, wherever it was tried
    QUARANTINED = "quarantined"  # two workers died while they ran it


@dataclass(frozen=True, kw_only=True)
class JobResult:
    """What became of a job: where its files are, and their digest."""

    VERSION: ClassVar[int] = 1

    name: str
    outcome: Outcome
    status: Annotated[int, "exit status; -n: ended by signal n"] = 0
    reason: Annotated[str, "why there is no exit status, in one line"] = ""
    folder: Annotated[PurePosixPath, "its files, relative to the regression's folder"] = HERE
    sha256: Annotated[str, "of its case records", VOLATILE] = ""
    seconds: Annotated[float, "wall time", VOLATILE] = 0.0
    cpu_seconds: Annotated[float, "user and system time of it and all it started", VOLATILE] = 0.0
    worker: Annotated[str, "who ran it", VOLATILE] = ""
    losses: Annotated[int, "attempts that the infrastructure lost before", VOLATILE] = 0
