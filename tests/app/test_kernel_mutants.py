# SPDX-License-Identifier: Apache-2.0
"""The mutants on a kernel's page are those of its own lines, wherever these have moved to, and of its engine."""

from dataclasses import replace
from pathlib import Path

import pytest

from tb.mutate import tried
from tb.mutate.judged import Place
from tb.mutate.tried import State, Tried
from tests.report.kernel.made import PROVENANCE, made
from traindeploy.app.kernel_mutants import mutants_of, recorded
from traindeploy.records.case import CaseRecord, Kind, append
from traindeploy.records.verdict import CoveragePoint, Verdict

SOURCE = "firmware/kernels/norm.c"
AGU = "rtl/redmule/td_redmule_agu.sv"


def mutant(text: str, change: str, state: State, by: str = "", file: str = SOURCE) -> Tried:
    return Tried(
        state, "firmware", "2026-11-27", "abcdef0123", f"{file}:7 {change} (99)", Place(file, text, change), by
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for file in (SOURCE, AGU):
        (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / SOURCE).write_text("\n  a += b;\n  c = d;\nother();\n")
    (tmp_path / AGU).write_text("  assign a = b;\n")
    return tmp_path


def test_only_mutants_of_the_kernels_lines_are_its_own(root: Path) -> None:
    point = CoveragePoint(name=SOURCE, metric="line", stated=2, hit=2, hits={"2": 1, "3": 1, "99": 1})
    campaign = [
        mutant("a += b;", "'+' -> '-'", "noticed", "tests/x.py::test_it"),
        mutant("c = d;", "'d' -> '0'", "judged", "d is 0"),
        mutant("c = d;", "'c' -> 'a'", "survive", "a test of two rows is missing"),
        mutant("c = d;", "'=' -> ''", "stillborn", "does not build"),
        mutant("other();", "'other()' -> ''", "survive"),
        mutant("c = e;", "'e' -> '0'", "survive", "of a line that has changed since"),
    ]
    found = mutants_of(made(3, coverage=(point,)), campaign, root)
    assert [(m.change, m.killed, m.by) for m in found] == [
        ("'+' -> '-'", True, "tests/x.py::test_it"),
        ("'d' -> '0'", False, "d is 0"),
        ("'c' -> 'a'", False, "a test of two rows is missing"),
    ]
    assert {(m.place, m.date, m.commit) for m in found} == {(f"{SOURCE}:7", "2026-11-27", "abcdef0123")}


def test_mutants_of_redmule_are_those_of_a_kernel_that_ran_there(root: Path) -> None:
    campaign = [mutant("assign a = b;", "'b' -> '0'", "survive", file=AGU)]
    on_cores = made(3, coverage=())
    on_redmule = replace(on_cores, cases=(*on_cores.cases, replace(on_cores.cases[0], engine="redmule")))
    assert mutants_of(on_cores, campaign, root) == ()
    assert [m.change for m in mutants_of(on_redmule, campaign, root)] == ["'b' -> '0'"]


def test_what_a_clone_has_found_out_since_counts_instead_of_what_is_committed(root: Path) -> None:
    listed, records = root / "mutants.txt", root / "m.jsonl"
    assert recorded(records, listed, root=root) == []
    committed = [mutant("a += b;", "'+' -> '-'", "survive"), mutant("c = d;", "'d' -> '0'", "noticed", "x")]
    tried.write(committed, listed)
    assert recorded(records, listed, {}, root) == committed
    now = CaseRecord(
        kind=Kind.MUTANT, test=committed[0].name, verdict=Verdict.PASSED, note="tests/y.py", command="",
        provenance=replace(PROVENANCE, dirty=True),
        configuration={"area": "firmware", "file": SOURCE, "text": "a += b;", "change": "'+' -> '-'"},
    )  # fmt: skip
    append(now, records)
    append(replace(now, kind=Kind.BLOCK, test="b", configuration={}), records)
    found = recorded(records, listed, {}, root)
    assert [(m.state, m.by) for m in found] == [("noticed", "tests/y.py"), ("noticed", "x")]
    assert found[0].commit == "0" * 10 + "+"


def test_the_list_that_is_committed_can_be_read_and_has_the_place_of_each() -> None:
    known = tried.read()
    assert len(known) > 300
    assert {"firmware", "rtl"} < {m.area for m in known}
    assert all(m.place.file and m.place.text and m.date and m.commit for m in known)
    assert all(m.by for m in known if m.state in ("noticed", "judged"))


@pytest.mark.parametrize("line", ["noticed\tarea", "perhaps\ta\tb\tc\td\te\tf\tg"])
def test_a_line_that_is_none_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "mutants.txt"
    tried.write([], path)
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(ValueError, match=r"mutants.txt:2: expected state, area"):
        tried.read(path)
