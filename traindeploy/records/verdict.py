# SPDX-License-Identifier: Apache-2.0
"""How a check ends: verdict, failure, cycles, distance, coverage. Bench records and case records begin with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, ClassVar, Literal

from traindeploy.records.bucket import bucket


class Verdict(Enum):
    """How it came out."""

    PASSED = "passed"
    FAILED = "failed"  # a check failed
    ERROR = "error"  # no verdict: a tool or the simulator itself gave up


@dataclass(frozen=True, kw_only=True)
class CoveragePoint:
    """Bins (or lines, toggles, branches) that were stated, and how many were hit."""

    name: Annotated[str, "coverage point, or source file"]
    metric: Literal["functional", "line", "toggle", "branch"] = "functional"
    stated: Annotated[int, "that can be hit"]
    hit: int
    holes: Annotated[tuple[str, ...], "not hit"] = ()
    excluded: Annotated[tuple[str, ...], "cannot be hit, with the reason"] = ()
    hits: Annotated[Mapping[str, int], "by bin, where they are counted; by line, or by line and name, of sources"] = (
        field(default_factory=dict)
    )


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What every check ends with; ``failure`` is one line, empty if ``verdict`` is passed."""

    DERIVED: ClassVar[tuple[str, ...]] = ("passed", "bucket")

    verdict: Verdict
    failure: Annotated[str, "what went wrong, in one line"] = ""
    detail: Annotated[str, "further lines about the failure"] = ""
    cycles: Annotated[int, "simulated clock cycles; of a program from its first fetch to its end"] = 0
    max_ulp: Annotated[
        int | None, "largest distance from the machine model; -1: a NaN is involved, null: nothing was compared"
    ] = None
    coverage: Annotated[tuple[CoveragePoint, ...], "by point"] = ()

    @property
    def passed(self) -> bool:
        return self.verdict is Verdict.PASSED

    @property
    def failure_text(self) -> str:
        """The failure and its further lines; empty if there is none."""
        return "\n".join(filter(None, (self.failure, self.detail if self.failure else "")))

    @property
    def bucket(self) -> str:
        """What failures of one cause have in common: the message without its numbers and names."""
        return bucket(self.failure)


def functional(name: str, hits: Mapping[str, int], excluded: Iterable[str] = ()) -> CoveragePoint:
    """A point whose bins are all counted."""
    holes = tuple(bin_ for bin_, times in hits.items() if not times)
    return CoveragePoint(
        name=name, stated=len(hits), hit=len(hits) - len(holes), holes=holes, excluded=tuple(excluded), hits=dict(hits)
    )
