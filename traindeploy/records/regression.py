# SPDX-License-Identifier: Apache-2.0
"""The record of a regression: every job of a plan at one commit, and how each stands."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, ClassVar

from traindeploy.records.case import Kind
from traindeploy.records.provenance import Provenance
from traindeploy.records.serial import VOLATILE
from traindeploy.records.verdict import Verdict


class Standing(Enum):
    """How a job stands in its regression."""

    PASSED = "passed"
    FAILED = "failed"  # a check failed
    ERROR = "error"  # no verdict: it crashed, was stopped at its limit, or left no record
    EXPECTED = "expected failure"  # tests/plan/expected_failures.toml says why
    FIXED = "expected failure passed"  # its entry can go
    NOT_RUN = "not run"  # the budget had no room, or a build that it needs failed
    LOST = "lost"  # by the infrastructure, or quarantined by it: says nothing about the case


GREEN = {Standing.PASSED, Standing.EXPECTED, Standing.FIXED}


@dataclass(frozen=True, kw_only=True)
class JobSummary:
    """A job and how it stands; ``failure`` is one line."""

    name: str
    test: Annotated[str, "the entry of the test plan, or empty"] = ""
    kind: Annotated[Kind | None, "null: the build of a simulator"] = None
    standing: Standing
    failure: str = ""
    note: Annotated[str, "what else is worth saying: why a failure is expected"] = ""
    repeat: Annotated[str, "the command line that repeats it"] = ""
    folder: Annotated[str, "its files, relative to the regression's folder"] = ""
    seconds: Annotated[float, "wall time", VOLATILE] = 0.0
    losses: Annotated[int, "attempts that the infrastructure lost", VOLATILE] = 0


@dataclass(frozen=True, kw_only=True)
class RegressionRecord:
    """All jobs of ``plan`` at one commit; ``jobs`` is ordered by name, whatever the order in which they ended."""

    VERSION: ClassVar[int] = 1
    DERIVED: ClassVar[tuple[str, ...]] = ("verdict", "counts")

    id: Annotated[str, "its folder below build/regress", VOLATILE]
    plan: str
    tree: Annotated[str, "digest of what differs from the commit; empty if nothing does"] = ""
    provenance: Provenance
    jobs: tuple[JobSummary, ...]
    seconds: Annotated[float, "wall time of all its sessions", VOLATILE] = 0.0
    executor: Annotated[str, "who ran the jobs", VOLATILE] = ""

    @property
    def counts(self) -> Mapping[str, int]:
        """Jobs by standing."""
        counted = Counter(job.standing for job in self.jobs)
        return {standing.value: counted[standing] for standing in Standing if counted[standing]}

    @property
    def verdict(self) -> Verdict:
        """Failed if a check failed; error if any other job is not green, or nothing ran; passed otherwise."""
        standings = {job.standing for job in self.jobs}
        if Standing.FAILED in standings:
            return Verdict.FAILED
        return Verdict.PASSED if standings and standings <= GREEN else Verdict.ERROR
