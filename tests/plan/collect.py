# SPDX-License-Identifier: Apache-2.0
"""What pytest makes of the plan: parameters, marks, and the entry that a test belongs to."""

from functools import cache

import pytest

from tb.plan import Case, Entry, MutantEntry, PytestEntry
from tests.plan import PLAN, cases
from traindeploy.records.case import Kind

MARKS = {"push": (), "night": (pytest.mark.nightly,), "week": (pytest.mark.weekly,)}


def parameters(*kinds: Kind) -> "list[pytest.ParameterSet]":
    """A parameter for each case of these kinds, named and marked as the plan has it."""
    return [pytest.param(case, id=case.id, marks=MARKS[case.plan]) for case in cases(*kinds) if runs_here(case)]


def runs_here(case: Case) -> bool:
    """Whether a body that iterates over the plan runs the case; the others have a test function of their own."""
    return not isinstance(case.entry, PytestEntry)


def seeds(name: str) -> "list[pytest.ParameterSet]":
    """The seeds of entry ``name`` as parameters of a test function, marked as the plan has it."""
    return [pytest.param(seed, marks=MARKS[plan]) for plan, seed in PLAN[name].seeds.by_plan()]


@cache
def by_test() -> dict[str, Entry]:
    """The entries that have a test function of their own, by what they name."""
    return {entry.test: entry for entry in PLAN.values() if isinstance(entry, PytestEntry)}


def entry_of(nodeid: str) -> Entry | None:
    """The entry that names pytest's ``nodeid``: the case itself, its function, or its file."""
    nodeid = nodeid.split("@")[0]  # pytest-xdist's group
    function = nodeid.split("[")[0]
    named = by_test()
    return named.get(nodeid) or named.get(function) or named.get(function.split("::")[0])


def plan_of(entry: Entry) -> str:
    """What runs an entry without seeds of its own: the first of push, night and week that has one."""
    return next(entry.seeds.by_plan())[0]


def node_of(case: Case) -> str:
    """What pytest calls a case: the unit that a farm hands out. A function's own parameters are run together."""
    entry = case.entry
    if isinstance(entry, PytestEntry):
        seeded = sum(1 for _ in entry.seeds.by_plan()) > 1
        return f"{entry.test}[{case.seed}]" if seeded else entry.test
    mutant = isinstance(entry, MutantEntry)
    body = "test_mutants.py::test_a_defect_is_noticed" if mutant else "test_blocks.py::test_block"
    return f"tests/rtl/{body}[{case.id}]"
