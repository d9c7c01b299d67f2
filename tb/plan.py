# SPDX-License-Identifier: Apache-2.0
"""What an entry of the test plan is; the entries themselves are in tests/plan and, of a block, in its block.py.

An entry says in one sentence what must hold, when it is run, and within which limits. ``Case`` is one run of it: a
configuration and a seed. pytest collects cases, a night runs them, a farm would hand them out, and each leaves a case
record (traindeploy/records/case.py) under its name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from traindeploy.records.case import Kind


class Stage(Enum):
    """How far verification is when everything up to this stage holds."""

    V1 = "V1"  # the documented function, at least once
    V2 = "V2"  # every feature and every mistake, random, functional coverage closed
    V3 = "V3"  # long random runs, speed against its model, code coverage, deliberate defects noticed


@dataclass(frozen=True, kw_only=True)
class Seeds:
    """Seeds that every push runs, those that a night runs besides, and those that a week runs besides."""

    push: tuple[int, ...] = (1,)
    night: tuple[int, ...] = ()
    week: tuple[int, ...] = ()

    def by_plan(self) -> Iterator[tuple[str, int]]:
        """(``push``, ``night`` or ``week``, seed)."""
        for plan in PLANS:
            for seed in getattr(self, plan):
                yield plan, seed


PLANS = ("push", "night", "week")
PUSH = Seeds()
NIGHT = Seeds(push=(), night=(1,))
WEEK = Seeds(push=(), week=(1,))


@dataclass(frozen=True, kw_only=True, eq=False)
class Entry:
    """One line of the plan.

    ``seconds`` of wall time end a case: pytest's or, inside the simulator, cocotb's clock. ``cocotb``: (module, test)
    that it runs inside the simulator, if it is one.
    """

    name: str
    holds: str
    stage: Stage
    kind: Kind
    seeds: Seeds = PUSH
    seconds: int = 120
    configurations: tuple[str, ...] = ("",)
    cocotb: tuple[tuple[str, str], ...] = ()

    def cases(self) -> "Iterator[Case]":
        for plan, seed in self.seeds.by_plan():
            for configuration in self.configurations:
                yield Case(self, configuration, seed, plan)


@dataclass(frozen=True, kw_only=True, eq=False)
class PytestEntry(Entry):
    """Run by test function ``test`` (``tests/rtl/test_x.py::test_y``), which has its own parameters."""

    test: str


@dataclass(frozen=True, kw_only=True, eq=False)
class BlockEntry(Entry):
    """A cocotb test on the bench of a block.

    ``configurations`` are those of the bench; ``environment`` is what the cocotb side reads; ``table`` names the table
    of docs/ that states what the test measures (tb/env/common/figures.py).
    """

    block: str
    bench: str
    module: str
    test: str
    environment: Mapping[str, str] = field(default_factory=dict)
    plusargs: tuple[str, ...] = ()
    table: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class MutantEntry(Entry):
    """A deliberate defect of a block: passes if one of the block's tests fails."""

    block: str
    mutant: str


@dataclass(frozen=True)
class Case:
    """One run of an entry; ``plan`` says what runs it: push, night or week."""

    entry: Entry
    configuration: str
    seed: int
    plan: str

    @property
    def id(self) -> str:
        """Its readable name, as pytest shows it: entry, configuration if it has one, seed unless that is 1."""
        parts = (self.entry.name, self.configuration, f"seed{self.seed}" if self.seed != 1 else "")
        return "-".join(part for part in parts if part)
