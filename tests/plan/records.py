# SPDX-License-Identifier: Apache-2.0
"""A case record for each run of an entry of the plan: build/reports/tests-<date>-<worker>.jsonl, one a line.

A regression gives each of its jobs a folder of its own instead (the variable ``traindeploy.records.case.REPORTS``).

tests/conftest.py calls ``write`` when a test has ended. A body that knows more than its verdict says so in ``Facts``.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from tb.blocks.run import Outcome
from tb.build.simulator import SimulationError
from tb.build.toolchain import versions
from tb.plan import Case, Entry
from tests.plan.collect import entry_of
from traindeploy.errors import UserError
from traindeploy.platform.paths import BUILD
from traindeploy.records import case, provenance
from traindeploy.records.verdict import Verdict, Verified

REPORTS = Path(os.environ.get(case.REPORTS) or BUILD / "reports")
KEPT = 40  # files


@dataclass
class Facts:
    """What a test knows about its case beyond the verdict. ``folder`` holds the simulator's log."""

    entry: Entry | None = None
    configuration: dict[str, case.Scalar] = field(default_factory=dict)
    seed: int = 1
    folder: Path | None = None
    outcome: Outcome | Verified | None = None  # of a block's bench, or of a simulated program
    note: str = ""

    def of_case(self, planned: Case, folder: Path) -> None:
        """The test runs ``planned`` in ``folder``."""
        self.entry, self.seed, self.folder = planned.entry, planned.seed, folder
        if planned.configuration:
            self.configuration["configuration"] = planned.configuration


FACTS = pytest.StashKey[Facts]()


def facts_of(item: pytest.Item) -> Facts:
    """The facts of a test; what its parameters and the plan say until the test says more."""
    if FACTS not in item.stash:
        found = Facts(entry_of(item.nodeid))
        parameters: Mapping[str, object] = item.callspec.params if hasattr(item, "callspec") else {}
        for name, value in parameters.items():
            if name == "seed" and isinstance(value, int):
                found.seed = value
            elif isinstance(value, str | int | float):
                found.configuration[name] = value
        item.stash[FACTS] = found
    return item.stash[FACTS]


def write(item: pytest.Item, report: pytest.TestReport, error: BaseException | None) -> None:
    """Append the record of a test that has ended, if an entry of the plan names it."""
    facts = facts_of(item)
    if facts.entry is None or report.skipped:
        return
    outcome = facts.outcome
    lines = [line for line in str(error or "").splitlines() if line.strip()]
    record = case.CaseRecord(
        verdict=verdict(report, error),
        failure=(lines[0] if lines else type(error).__name__) if report.failed else "",
        detail="\n".join(lines[1:]) if report.failed else "",
        cycles=outcome.cycles if outcome else 0,
        max_ulp=outcome.max_ulp if isinstance(outcome, Verified) else None,
        coverage=outcome.coverage if outcome else (),
        kind=facts.entry.kind,
        test=facts.entry.name,
        seed=facts.seed,
        configuration=facts.configuration,
        note=facts.note,
        seconds=round(report.duration, 2),
        logs=_kept_log(facts, item) if report.failed else (),
        command=command(item.nodeid),
        provenance=replace(_provenance(), date=datetime.now(UTC).isoformat(timespec="seconds")),
    )
    case.append(record, _file())


def verdict(report: pytest.TestReport, error: BaseException | None) -> Verdict:
    """Failed if a check failed, error if something else did."""
    if report.passed:
        return Verdict.PASSED
    return Verdict.FAILED if isinstance(error, AssertionError | SimulationError) else Verdict.ERROR


def command(nodeid: str) -> str:
    """What repeats a test, whatever its marks."""
    return f"""make test PYTEST="-m '' '{nodeid.split("@")[0]}'\""""


@cache
def _provenance() -> provenance.Provenance:
    try:
        return provenance.collect(versions())
    except UserError:
        return provenance.collect()


@cache
def _file() -> Path:
    """The session's file; the oldest ones go."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    for old in sorted(REPORTS.glob("tests-*.jsonl"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return REPORTS / f"tests-{datetime.now(UTC):%Y%m%d-%H%M%S}-{worker}-{os.getpid()}.jsonl"


def _kept_log(facts: Facts, item: pytest.Item) -> tuple[case.Artefact, ...]:
    """The simulator's log, copied beside the records."""
    log = facts.folder / "sim.log" if facts.folder else None
    if log is None or not log.exists():
        return ()
    kept = _file().with_name(f"{_file().stem}-{item.name.replace('/', '_')}.log")
    shutil.copy(log, kept)
    return case.artefacts(REPORTS, [kept.name])
