# SPDX-License-Identifier: Apache-2.0
"""What pytest makes of the plan: which entry a test belongs to, its marks, its name, its record."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tb.blocks.run import Outcome
from tb.build.simulator import SimulationError
from tb.plan import Case, PytestEntry, Seeds
from tests.plan import PLAN, records
from tests.plan.collect import MARKS, entry_of, parameters, seeds
from traindeploy.platform.paths import ROOT
from traindeploy.records import case
from traindeploy.records.bench import BenchRecord
from traindeploy.records.case import Kind
from traindeploy.records.verdict import CoveragePoint, Verdict

DMA = PLAN["dma.random_transfers_move_exactly_their_bytes"]
HAZARDS = PLAN["fpu.hazards"]
assert isinstance(HAZARDS, PytestEntry)
HAZARDS_TEST = HAZARDS.test


def test_the_entry_of_a_test_is_the_one_that_names_it_most_closely() -> None:
    name = "tests/system/test_interrupt.py::test_during_the_build"
    assert entry_of(f"{name}[compilation]") is PLAN["bench.interrupt_compilation"]
    assert entry_of(f"{name}[verilation]") is PLAN["bench.interrupt_build"]
    assert entry_of("tests/rtl/test_isa.py::test_unknown_words_are_no_instructions") is PLAN["isa.suite"]
    random = "tests/rtl/test_isa.py::test_other_random_programs_leave_what_the_model_says"
    assert entry_of(f"{random}[2]@tests/rtl/test_isa.py") is PLAN["isa.random_programs"]
    assert entry_of("tests/tb/test_compare.py::test_anything") is None


def test_the_name_of_a_case_has_its_configuration_and_its_seed_unless_that_is_1() -> None:
    assert [case.id for case in DMA.cases()][:2] == [DMA.name, f"{DMA.name}-seed2"]
    many = PLAN["redmule.thousands_of_QueuedJobs"]
    assert next(many.cases()).id == "redmule.thousands_of_QueuedJobs-paper-seed1000"


def test_what_only_a_night_or_a_week_runs_is_marked() -> None:
    marks = {p.id: {mark.name for mark in p.marks} for p in parameters(Kind.BLOCK)}
    assert marks[DMA.name] == set()
    assert marks[f"{DMA.name}-seed2"] == {"nightly"}
    assert marks[f"{DMA.name}-seed22"] == {"weekly"}
    hazards = {p.values[0]: {mark.name for mark in p.marks} for p in seeds("fpu.hazards")}
    assert hazards[3] == set()
    assert hazards[4] == {"weekly"}
    assert list(MARKS) == [plan for plan, _ in Seeds(push=(1,), night=(2,), week=(3,)).by_plan()]


def item(nodeid: str, **parameters: object) -> Any:
    """What ``records`` asks of a pytest item."""
    callspec = SimpleNamespace(params=parameters)
    return SimpleNamespace(nodeid=nodeid, name=nodeid.rpartition(":")[2], callspec=callspec, stash=pytest.Stash())


def report(passed: bool) -> Any:
    """What ``records`` asks of a pytest report."""
    return SimpleNamespace(passed=passed, failed=not passed, skipped=False, duration=1.234)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the records of this test go."""
    monkeypatch.setattr(records, "REPORTS", tmp_path)
    records._file.cache_clear()
    yield records._file()
    records._file.cache_clear()


def test_a_block_that_passed_leaves_cycles_coverage_and_the_command_that_repeats_it(written: Path) -> None:
    node = f"tests/rtl/test_blocks.py::test_block[{DMA.name}-seed2]"
    test = item(node)
    facts = records.facts_of(test)
    facts.of_case(Case(DMA, "", 2, "night"), written.parent)
    points = (CoveragePoint(name="path", stated=4, hit=4),)
    facts.outcome = Outcome(1000, points, {})
    records.write(test, report(True), None)
    (record,) = case.read_all(written)
    assert (record.test, record.seed, record.kind, record.verdict) == (DMA.name, 2, case.Kind.BLOCK, Verdict.PASSED)
    assert (record.cycles, record.coverage, record.seconds) == (1000, points, 1.23)
    assert record.command == f"""make test PYTEST="-m '' '{node}'\""""


def test_a_simulated_program_leaves_cycles_and_distance(written: Path) -> None:
    test = item(f"{HAZARDS_TEST}[3]", seed=3)
    records.facts_of(test).outcome = BenchRecord(verdict=Verdict.FAILED, failure="x", cycles=77, max_ulp=2)
    records.write(test, report(False), AssertionError("a tensor differs"))
    (record,) = case.read_all(written)
    assert (record.cycles, record.max_ulp, record.failure) == (77, 2, "a tensor differs")


def test_a_failure_says_what_went_wrong_in_one_line_and_keeps_the_log(written: Path, tmp_path: Path) -> None:
    test = item(f"{HAZARDS_TEST}[3]", seed=3)
    (tmp_path / "sim.log").write_text("%Error: td_fpu.sv:12\n")
    records.facts_of(test).folder = tmp_path
    records.write(test, report(False), SimulationError("no results: the simulation ended\nlog line"))
    (record,) = case.read_all(written)
    assert (record.test, record.seed, record.configuration) == ("fpu.hazards", 3, {})
    assert (record.verdict, record.failure, record.detail) == (
        *(Verdict.FAILED, "no results: the simulation ended", "log line"),
    )
    (log,) = record.logs
    assert (written.parent / log.path).read_text() == "%Error: td_fpu.sv:12\n"


def test_what_is_no_verdict_is_an_error_and_what_the_plan_does_not_name_leaves_no_record(written: Path) -> None:
    records.write(item("tests/rtl/test_lines.py::test_x"), report(False), FileNotFoundError("no such simulator"))
    records.write(item("tests/tb/test_compare.py::test_x"), report(True), None)
    (record,) = case.read_all(written)
    assert (record.test, record.verdict) == ("lines.counting", Verdict.ERROR)


def test_a_planned_test_ends_within_the_seconds_of_its_entry(request: pytest.FixtureRequest) -> None:
    planned = SimpleNamespace(
        nodeid=HAZARDS_TEST, path=ROOT / "tests" / "rtl" / "test_fpu_hazards.py", marks=[], callspec=None
    )
    planned.callspec = SimpleNamespace(params={"seed": 3})
    planned.add_marker = planned.marks.append
    conftest = request.config.pluginmanager.get_plugin(str(ROOT / "tests" / "conftest.py"))
    conftest.pytest_collection_modifyitems([planned])
    limits = [mark.args for mark in planned.marks if mark.name == "timeout"]
    assert limits == [(PLAN["fpu.hazards"].seconds,)]
