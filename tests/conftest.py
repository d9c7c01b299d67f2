# SPDX-License-Identifier: Apache-2.0
"""What the test plan means for pytest: marks, limits, records, groups for the workers, and the order of the tests."""

from collections.abc import Generator

import pytest

from tb.plan import PytestEntry
from tests.plan.collect import MARKS, entry_of, plan_of
from tests.plan.records import Facts, facts_of, write

Reporting = Generator[None, pytest.TestReport, pytest.TestReport]
FIRST = "test_sim.py"  # whole training steps: no other file takes as long, and a file runs on one worker


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what only a night or a week runs; let the other workers do the rest while the longest file runs."""
    for item in items:
        entry = entry_of(item.nodeid)
        if entry is not None and entry.name and "seed" not in parameters(item):
            for mark in MARKS[plan_of(entry)]:
                item.add_marker(mark)
        if isinstance(entry, PytestEntry):
            item.add_marker(pytest.mark.timeout(entry.seconds))
        item.add_marker(pytest.mark.xdist_group(group(item)))
    items.sort(key=lambda item: item.path.name != FIRST)


def parameters(item: pytest.Item) -> dict[str, object]:
    """What a parametrized test is run with."""
    return dict(item.callspec.params) if hasattr(item, "callspec") else {}


def group(item: pytest.Item) -> str:
    """What runs on one worker, as --dist loadgroup has it: a file, or the tests of a block, which share simulators."""
    case = parameters(item).get("case")
    block = getattr(getattr(case, "entry", None), "block", "")
    return f"{item.path.stem}-{block}" if block else item.nodeid.split("::")[0]


@pytest.fixture
def facts(request: pytest.FixtureRequest) -> Facts:
    """Where a test says what its case record shall hold beyond the verdict."""
    return facts_of(request.node)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Reporting:
    """Record what an entry of the plan came to: when its body has run, or its set-up has failed."""
    report = yield
    if call.when == "call" or (call.when == "setup" and report.failed):
        write(item, report, call.excinfo.value if call.excinfo else None)
    return report
