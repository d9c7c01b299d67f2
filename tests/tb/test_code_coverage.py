# SPDX-License-Identifier: Apache-2.0
"""Code coverage: what is read, who ran a line, what a change lacks, and that nothing is counted twice."""

import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tb.code_coverage import collect, points
from tb.code_coverage.__main__ import main
from tb.code_coverage.change import changed_lines, difference
from tb.code_coverage.merged import merge
from tb.code_coverage.text import file_table, who_ran
from tb.code_coverage.verilator import read
from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT, RTL
from traindeploy.report.formats.coverview import info

AGU = RTL / "redmule" / "td_redmule_agu.sv"


def point(line: int, kind: str, name: str, lines: str, times: int, instance: str = "x", file: Path = AGU) -> str:
    """A line of coverage.dat."""
    fields = {"f": str(file), "l": str(line), "n": "1", "t": kind, "o": name, "h": instance}
    fields |= {"S": lines} if lines else {}
    return "C '" + "".join(f"\x01{k}\x02{v}" for k, v in fields.items()) + f"' {times}\n"


def simulated(folder: Path, *points: str) -> Path:
    """A folder that a simulation has left."""
    folder.mkdir()
    (folder / collect.DATA).write_text("".join(points))
    return folder


@pytest.fixture
def counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the counts of two tests: both run lines 1 and 2, only the second 3, none 4."""
    folder = tmp_path / "counts"
    monkeypatch.setenv(collect.VARIABLE, f"lines:{folder}")
    for name, branch in (("tests/a.py::one", 0), ("tests/b.py::two", 3)):
        monkeypatch.setenv("PYTEST_CURRENT_TEST", f"{name}@group (call)")
        points = [point(1, "line", "block", "1-4", 5), point(3, "branch", "if", "3", branch)]
        points += [point(4, "branch", "else", "4", 0), point(2, "line", "block", "2", 9, file=ROOT / "tb" / "x.sv")]
        collect.keep(simulated(tmp_path / name.replace("/", "_"), *points), "module")
    return folder


def test_counts_of_instances_are_added_and_a_point_without_lines_is_left_out(tmp_path: Path) -> None:
    data = simulated(tmp_path / "s", point(1, "line", "b", "1", 2, "x"), point(1, "line", "b", "1", 3, "y"))
    with open(data / collect.DATA, "a") as file:
        file.write(point(9, "branch", "generate", "", 1) + point(2, "toggle", "a[0]:0->1", "", 4))
        file.write(point(3, "branch", "else", "", 0))  # that is not written
    found = read(data / collect.DATA)
    expected = {(1, "line"): 5, (2, "toggle"): 4, (3, "branch"): 0}
    assert {(p.line, p.kind): times for p, times in found.items()} == expected


def test_a_line_knows_the_tests_that_ran_it_and_only_the_design_is_counted(counts: Path) -> None:
    merged = merge(collect.load_all(counts))
    assert merged.files() == [AGU]
    assert merged.lines() == {(AGU, 1): 10, (AGU, 2): 10, (AGU, 3): 3, (AGU, 4): 0}
    place = str(AGU.relative_to(ROOT))
    assert who_ran(merged, f"{place}:1") == ["tests/a.py::one", "tests/b.py::two"]
    assert who_ran(merged, f"{place}:3") == ["tests/b.py::two"]
    assert who_ran(merged, f"{place}:4") == ["no test has run this line"]
    with pytest.raises(UserError, match="nothing is counted there"):
        who_ran(merged, f"{place}:5")


def test_the_simulations_of_one_test_are_added_up(
    counts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_CURRENT_TEST", "tests/b.py::two (call)")
    collect.keep(simulated(tmp_path / "again", point(4, "branch", "else", "4", 2)), "module")
    merged = merge(collect.load_all(counts))
    assert len(merged.tests) == 2
    assert merged.lines()[AGU, 4] == 2


def test_lines_and_branches_are_summed_by_file(counts: Path) -> None:
    merged = merge(collect.load_all(counts))
    lines, branches = merged.of_file(AGU)
    assert (lines.metric, lines.hit, lines.stated, len(lines.holes)) == ("line", 3, 4, 1)
    assert lines.holes[0].startswith("4: // One adder:")
    assert (branches.metric, branches.hit, branches.stated) == ("branch", 1, 2)
    assert "| 3 of 4, 75.0 % | 1 of 2, 50.0 % | - |" in file_table(merged)


def test_lcov_says_the_same(counts: Path) -> None:
    text = merge(collect.load_all(counts)).lcov().splitlines()
    assert [line for line in text if line.startswith("DA:")] == ["DA:1,10", "DA:2,10", "DA:3,3", "DA:4,0"]
    assert {"LF:4", "LH:3", "BRF:2", "BRH:1", "SF:rtl/redmule/td_redmule_agu.sv"} <= set(text)


DIFFERENCE = """diff --git a/rtl/a.sv b/rtl/a.sv
--- a/rtl/a.sv
+++ b/rtl/a.sv
@@ -3,2 +3 @@ module
-x
-y
+z
@@ -9,0 +8,2 @@
+p
+q
@@ -20 +20,0 @@
-gone
diff --git a/rtl/a.rdl b/rtl/a.rdl
--- a/rtl/a.rdl
+++ b/rtl/a.rdl
@@ -1 +1 @@
-x
+y
"""


def test_a_change_touches_the_lines_that_it_adds_to_systemverilog() -> None:
    assert list(changed_lines(DIFFERENCE)) == [(ROOT / "rtl/a.sv", number) for number in (3, 8, 9)]


def test_git_tells_what_the_working_copy_changes(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / "rtl").mkdir()
    file = tmp_path / "rtl" / "a.sv"
    file.write_text("1\n2\n3\n")
    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    file.write_text("1\ntwo\n3\nfour\n")
    assert list(changed_lines(difference("HEAD", tmp_path), tmp_path)) == [(file, 2), (file, 4)]
    with pytest.raises(UserError, match="no commit that the change can be compared with"):
        difference("nonsense", tmp_path)


@pytest.mark.parametrize("value", ["lines", "most:x", "all:"])
def test_a_wish_that_cannot_be_understood_is_told(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(collect.VARIABLE, value)
    with pytest.raises(UserError, match="expected lines, all or engines, a colon and a folder"):
        collect.wish()


def test_without_the_wish_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(collect.VARIABLE, raising=False)
    folder = simulated(tmp_path / "s", point(1, "line", "b", "1", 2))
    collect.keep(folder, "module")
    assert (folder / collect.DATA).exists()


@pytest.mark.parametrize("text", [b"", b"nonsense"])
def test_a_report_of_nothing_or_of_damaged_counts_ends_with_a_line(
    tmp_path: Path, text: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    if text:
        (tmp_path / "a.json.gz").write_bytes(text)
    assert main(["report", "--folder", str(tmp_path)]) == 2
    assert "measure" in capsys.readouterr().err


def test_holes_of_a_file_are_named_by_line_and_explained_lines_are_excluded(tmp_path: Path) -> None:
    assignment, shift = (
        next(n for n, line in enumerate(AGU.read_text().splitlines(), 1) if text in line)
        for text in ("assign block_m", "return (left <")
    )
    made = [point(assignment, "line", "block", f"{assignment}", 0), point(shift, "line", "block", f"{shift}", 0)]
    made += [point(shift, "branch", "cond_then", f"{shift}", 0), point(shift, "branch", "cond_else", f"{shift}", 7)]
    made += [point(9, "toggle", f"left[{bit}]:{way}", "", bit) for bit in range(2) for way in ("0->1", "1->0")]
    counts = read(simulated(tmp_path / "s", *made) / collect.DATA)
    lines, branches, toggles = points.of_file(AGU, counts)
    text = AGU.read_text().splitlines()[shift - 1].strip()
    assert set(lines.holes) == {
        f"{shift}: {text}",
        f"{assignment}: {AGU.read_text().splitlines()[assignment - 1].strip()}",
    }
    assert branches.holes == (f"{shift}: cond_then of {text}",)
    assert (toggles.stated, toggles.hit, toggles.holes) == (4, 2, ("9: left: 2 of 4",))
    assert toggles.hits == {"9 left": 0}
    assert branches.hits == {f"{shift} cond_else:1": 7, f"{shift} cond_then:1": 0}
    assert f"BRDA:{shift},cond_else,cond_else:1,7" in info({"f": branches.hits}, "branch")
    lines, branches, _ = points.of_file(AGU, counts, {(AGU.name, text): "no job is so large"})
    assert lines.excluded == (f"{shift}: {text}: no job is so large",)
    assert (lines.stated, branches.stated) == (1, 0)
    assert [p.name for p in points.under(["rtl/redmule"], counts)] == [str(AGU.relative_to(ROOT))] * 3
    assert list(points.under(["rtl/fpu", "rtl/redmul"], counts)) == []


def test_what_counts_is_wanted_within_and_forgotten_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(collect.VARIABLE, raising=False)
    outer, inner = collect.Wish("lines", tmp_path / "a"), collect.Wish("all", tmp_path / "b")
    with collect.counting(outer):
        with suppress(KeyError), collect.counting(inner):
            assert collect.wish() == inner
            raise KeyError
        assert collect.wish() == outer
    assert collect.wish() is None
