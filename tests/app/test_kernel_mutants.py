# SPDX-License-Identifier: Apache-2.0
"""The mutants on a kernel's page are those of its own lines, wherever these have moved to."""

from pathlib import Path

import pytest

from tb.mutate.judged import Place
from tests.report.kernel.made import PROVENANCE, made
from traindeploy.app.kernel_mutants import mutants_of, recorded
from traindeploy.records.case import CaseRecord, Kind, append
from traindeploy.records.verdict import CoveragePoint, Verdict

SOURCE = "firmware/kernels/norm.c"


def mutant(text: str, change: str, verdict: Verdict, **more) -> CaseRecord:
    return CaseRecord(
        kind=Kind.MUTANT, test=f"{SOURCE}:7 {change}", verdict=verdict, command="", provenance=PROVENANCE,
        configuration={"area": "firmware", "file": SOURCE, "text": text, "change": change}, **more,
    )  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / SOURCE).parent.mkdir(parents=True)
    (tmp_path / SOURCE).write_text("\n  a += b;\n  c = d;\nother();\n")
    return tmp_path


def test_only_mutants_of_the_kernels_lines_are_its_own(root: Path) -> None:
    point = CoveragePoint(name=SOURCE, metric="line", stated=2, hit=2, hits={"2": 1, "3": 1, "99": 1})
    campaign = [
        mutant("a += b;", "'+' -> '-'", Verdict.PASSED, note="tests/x.py::test_it"),
        mutant("c = d;", "'d' -> '0'", Verdict.FAILED, failure="no test notices it"),
        mutant("c = d;", "'c' -> 'a'", Verdict.FAILED, detail="a test of two rows is missing"),
        mutant("c = d;", "'=' -> ''", Verdict.ERROR, failure="does not build"),
        mutant("other();", "'other()' -> ''", Verdict.FAILED),
    ]
    found = mutants_of(made(3, coverage=(point,)), campaign, {Place(SOURCE, "c = d;", "'d' -> '0'"): "d is 0"}, root)
    assert [(m.change, m.killed, m.by) for m in found] == [
        ("'+' -> '-'", True, "tests/x.py::test_it"),
        ("'d' -> '0'", False, "d is 0"),
        ("'c' -> 'a'", False, "a test of two rows is missing"),
    ]
    assert {m.place for m in found} == {f"{SOURCE}:7"}


def test_without_coverage_or_a_campaign_there_are_none(root: Path, tmp_path: Path) -> None:
    campaign = [mutant("a += b;", "'+' -> '-'", Verdict.PASSED)]
    assert mutants_of(made(3, coverage=()), campaign, {}, root) == ()
    assert recorded(tmp_path / "none.jsonl") == []
    append(campaign[0], tmp_path / "m.jsonl")
    append(made_case(), tmp_path / "m.jsonl")
    assert recorded(tmp_path / "m.jsonl") == campaign


def made_case() -> CaseRecord:
    return CaseRecord(kind=Kind.BLOCK, test="b", verdict=Verdict.PASSED, command="", provenance=PROVENANCE)
