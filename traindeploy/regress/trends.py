# SPDX-License-Identifier: Apache-2.0
"""What the history says night by night: the figures of a night, of a case, and what has changed between two nights."""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from traindeploy.records.case import Kind
from traindeploy.records.regression import GREEN, JobSummary, Standing
from traindeploy.regress.history import History, Past

LIMITS = Path(__file__).with_name("limits.toml")
SIMULATED = {kind.value for kind in (Kind.RUN, Kind.PROGRAM, Kind.KERNEL, Kind.BLOCK)}


@dataclass(frozen=True)
class Case:
    """What a case measured in a night; None where it measures nothing of the kind."""

    name: str
    job: str
    kind: str
    verdict: str
    cycles: int | None
    ulp: int | None
    stated: int
    hit: int
    seconds: float

    def measure(self, name: str) -> float | None:
        """The value of a limit's measure."""
        values = {
            "cycles": self.cycles,
            "coverage": self.hit if self.stated else None,
            "ULP": None if self.ulp is None else (math.inf if self.ulp < 0 else self.ulp),
            "seconds": self.seconds,
        }
        return values[name]


@dataclass(frozen=True)
class Night:
    """A regression with its jobs and cases, each by name."""

    past: Past
    jobs: Mapping[str, JobSummary]
    cases: Mapping[str, Case]

    @property
    def counts(self) -> dict[Standing, int]:
        """Jobs by standing."""
        standings = [job.standing for job in self.jobs.values()]
        return {standing: standings.count(standing) for standing in Standing}

    @property
    def coverage(self) -> float | None:
        """Percent of the bins of functional coverage that were hit; None without any."""
        stated = sum(case.stated for case in self.cases.values())
        return 100 * sum(case.hit for case in self.cases.values()) / stated if stated else None

    @property
    def ulp(self) -> float | None:
        """The largest distance from the machine model; None if nothing was compared."""
        return max((u for case in self.cases.values() if (u := case.measure("ULP")) is not None), default=None)

    @property
    def mutants(self) -> float | None:
        """Percent of the mutants that some check noticed; None if none was tried."""
        tried = [case.verdict == "passed" for case in self.cases.values() if case.kind == Kind.MUTANT.value]
        return 100 * sum(tried) / len(tried) if tried else None

    def speed(self, like: "Night") -> float | None:
        """Thousands of simulated cycles a second, over the cases that the night ``like`` has, too."""
        common = [
            case
            for name, case in self.cases.items()
            if name in like.cases and case.cycles and case.kind in SIMULATED and like.cases[name].cycles
        ]
        seconds = sum(case.seconds for case in common)
        return sum(case.cycles or 0 for case in common) / seconds / 1e3 if seconds else None

    def cycles(self, like: "Night") -> float | None:
        """Cycles in percent of the night ``like``'s: the geometric mean over the cases that both have."""
        ratios = [
            math.log(case.cycles / other.cycles)
            for name, case in self.cases.items()
            if (other := like.cases.get(name)) is not None and case.cycles and other.cycles
        ]
        return 100 * math.exp(sum(ratios) / len(ratios)) if ratios else None


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A row of limits.toml."""

    measure: str
    of: str
    worse: str
    percent: float
    least: float
    reason: str

    def broken(self, before: float, after: float) -> bool:
        """Whether ``after`` is worse than ``before`` by more than the limit."""
        loss = after - before if self.worse == "more" else before - after
        return loss > 0 and loss > abs(before) * self.percent / 100 + self.least


@dataclass(frozen=True)
class Worse:
    """A measure that is beyond its limit; ``name``: of the case, or empty for the whole night."""

    limit: Limit
    name: str
    before: float
    after: float
    job: str = ""


@dataclass(frozen=True)
class Changes:
    """What is different in a night from an earlier one: jobs by name."""

    failing: tuple[str, ...] = ()  # passed, and fail
    mended: tuple[str, ...] = ()  # failed, and pass
    appeared: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    worse: tuple[Worse, ...] = field(default=())


def limits(path: Path = LIMITS) -> list[Limit]:
    """The table of limits."""
    return [Limit(**table) for table in tomllib.loads(path.read_text(encoding="utf-8"))["limit"]]


def night(history: History, past: Past) -> Night:
    """What the history has of a regression."""
    cases: dict[str, Case] = {}
    for row in history.rows(past.id):
        name, number = row["name"], 2
        while name in cases:  # parametrized by what no record has
            name, number = f"{row['name']} #{number}", number + 1
        cases[name] = Case(
            name, row["job"], row["kind"], row["verdict"], row["cycles"] or None, row["max_ulp"], row["stated"],
            row["hit"], row["seconds"],
        )  # fmt: skip
    return Night(past, history.jobs(past.id), cases)


def changes(before: Night, after: Night, table: Sequence[Limit]) -> Changes:
    """What is different in ``after``."""

    def green(job: JobSummary) -> bool:
        return job.standing in GREEN

    both = [name for name in after.jobs if name in before.jobs]
    judged = [name for name in both if after.jobs[name].standing is not Standing.NOT_RUN]
    return Changes(
        failing=tuple(n for n in judged if green(before.jobs[n]) and not green(after.jobs[n])),
        mended=tuple(n for n in judged if green(after.jobs[n]) and not green(before.jobs[n])),
        appeared=tuple(name for name in after.jobs if name not in before.jobs),
        gone=tuple(name for name in before.jobs if name not in after.jobs),
        worse=tuple(worse(before, after, table)),
    )


def worse(before: Night, after: Night, table: Sequence[Limit]) -> list[Worse]:
    """Every measure that is beyond its limit."""
    found = []
    for limit in table:
        if limit.of == "night":
            pairs = {
                "speed": (before.speed(after), after.speed(before)),
                "mutants": (before.mutants, after.mutants),
            }
            was, now = pairs[limit.measure]
            if was is not None and now is not None and limit.broken(was, now):
                found.append(Worse(limit, "", was, now))
            continue
        for name, case in after.cases.items():
            if name in before.cases:
                was, now = before.cases[name].measure(limit.measure), case.measure(limit.measure)
                if was is not None and now is not None and limit.broken(was, now):
                    found.append(Worse(limit, name, was, now, case.job))
    return found
