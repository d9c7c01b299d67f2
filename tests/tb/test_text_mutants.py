# SPDX-License-Identifier: Apache-2.0
"""Generated mistakes: what is changed and what is left alone; planted, asked about, mended."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tb.mutate.text import areas, trial
from tb.mutate.text.asker import NEVER_ENDS, Asker, UndecidedError, first_failed
from tb.mutate.text.draw import draw, named
from tb.mutate.text.sites import Mutant, mutants, parses
from traindeploy.platform.paths import ROOT

PYTHON = '''"""A docstring with 1 + 1."""
import os  # 3 < 4
def f(x: int | None, y: "tuple[int, 2]" = 3) -> list[int]:
    if not x and y <= 2:
        os.remove("1 + 2")
    return [x // 2]
'''
C = """#define A 1
// 1 < 2
void f(int x) {
    if (x <= 3 && !x) g(x);
    y->z = x + 0x1f;
}
"""
SV = """module m (
  input logic [3:0] a
);
  always_ff @(posedge clk) begin
    q <= a + 4'd2;
    if (a == 0 || ~b) v = 1'b0;
  end
"""


@pytest.mark.parametrize(
    ("name", "text", "changes"),
    [
        ("a.py", PYTHON, {("3", "4"), ("not", ""), ("and", "or"), ("<=", "<"), ("2", "3"), ("//", "*"), ("2", "3"),
                          ('os.remove("1 + 2")', "pass")}),
        ("a.c", C, {("<=", "<"), ("3", "4"), ("&&", "||"), ("!", ""), ("+", "-"), ("0x1f", "0x20"),
                    ("y->z = x + 0x1f;", ";")}),
        ("a.sv", SV, {("+", "-"), ("4'd2", "4'd3"), ("==", "!="), ("0", "1"), ("||", "&&"), ("~", ""), ("1'b0", "1'b1"),
                      ("q <= a + 4'd2;", ";")}),
    ],
)  # fmt: skip
def test_each_token_and_statement_is_changed_and_nothing_that_says_nothing(
    tmp_path: Path, name: str, text: str, changes: set[tuple[str, str]]
) -> None:
    (tmp_path / name).write_text(text)
    found = [mutant for mutant in mutants(tmp_path, name) if parses(mutant, tmp_path)]
    assert {(m.old, m.new) for m in found} == changes
    for mutant in found:
        assert mutant.apply(text).splitlines()[mutant.line - 1] != text.splitlines()[mutant.line - 1]


def test_every_area_has_mistakes_and_tests_that_exist() -> None:
    for name, area in areas.AREAS.items():
        drawn = draw(ROOT, name, "1", 5)
        assert len(set(drawn)) == 5
        assert drawn == draw(ROOT, name, "1", 5)
        for file in area.sources(ROOT):
            asked = [word for stage in areas.stages(ROOT, name, file) for word in stage if word.startswith("tests/")]
            assert asked
            assert [word for word in asked if not (ROOT / word.split("::")[0]).exists()] == []


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Asker]:
    """pytest in a checkout of one function, of which a test may say that ``f(1) == 2``."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "f.py").write_text("def f(x: int) -> int:\n    return 2 * x\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    asker = Asker(tmp_path, ["pytest"])
    yield asker
    asker.close()


def says(folder: Path, *tests: str) -> None:
    lines = [f"def test_{number}(): {test}" for number, test in enumerate(tests)]
    (folder / "tests" / "test_f.py").write_text("\n".join(["from f import f", *lines, ""]))


def times(folder: Path) -> Mutant:
    """The mutant of ``ask`` that adds instead of multiplying."""
    (mutant,) = [m for m in mutants(folder, "f.py") if m.old == "*"]
    assert mutant == Mutant("f.py", 2, mutant.start, mutant.start + 1, "*", "+")
    return mutant


def test_a_mistake_is_noticed_or_survives_and_the_copy_is_mended(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "stages", lambda root, area, file: (("tests/test_f.py",),))
    before = (ask.copy / "f.py").read_text()
    for tests, noticed in (
        (["assert f(2) == 4"], ""),
        (["assert f(2) == 4", "assert f(1) == 2"], "tests/test_f.py::test_1"),
        (["assert f(1) == 5", "assert f(2) == 4"], ""),  # it fails on the original too, so it has noticed nothing
    ):
        says(ask.copy, *tests)
        ask.known.clear()
        assert trial.tried(times(ask.copy), "any", ask).by == noticed
        assert (ask.copy / "f.py").read_text() == before


def test_a_test_that_never_ends_notices_by_the_processors_time_not_by_the_clock(ask: Asker) -> None:
    says(ask.copy, "[None for _ in iter(int, 1)]")
    assert ask(["tests/test_f.py"], cpu=1).failed == NEVER_ENDS
    says(ask.copy, "__import__('time').sleep(60)")
    with pytest.raises(UndecidedError, match="no answer within 2 s by the clock"):
        ask(["tests/test_f.py"], wall=2)


def test_what_a_test_has_logged_is_not_taken_for_the_one_that_failed() -> None:
    logged = "ERROR    PublicByListRunner:runner.py:674 ERROR: Failed 1 of 1 tests.\n"
    assert first_failed(f"{logged}FAILED tests/a.py::test_b[c d] - E: x\n") == "tests/a.py::test_b[c d]"
    assert first_failed(logged) == ""


def test_a_question_that_pytest_does_not_understand_is_no_verdict(ask: Asker) -> None:
    says(ask.copy, "pass")
    with pytest.raises(RuntimeError, match="pytest does not understand"):
        ask(["tests/test_f.py::test_9"])


def test_the_tests_that_name_a_module_are_asked_first() -> None:
    (nearest, rest, *_) = areas.stages(ROOT, "codegen", "traindeploy/codegen/image.py")
    assert "tests/codegen/test_compile.py" in nearest + rest
    assert len(nearest) == 3
    (examples, nearest, *_) = areas.stages(ROOT, "schedule", "traindeploy/schedule/conv_tile.py")
    assert examples == ("tests/test_docstrings.py::test_examples_hold[traindeploy.schedule.conv_tile]",)
    assert nearest[0] == "tests/schedule/test_tiles.py"
    (host, *_) = areas.stages(ROOT, "firmware", "firmware/kernels/pool.c")
    assert host == ("tests/ops/test_operators.py", "-k", "kernel and (MaxPool- or MaxPoolGrad-)")
    (_, nearest, *_) = areas.stages(ROOT, "autodiff", "traindeploy/training/commute.py")
    assert nearest[0] == "tests/training/test_commute.py"


def test_a_mutant_is_found_by_its_name() -> None:
    (mutant,) = draw(ROOT, "codegen", "1", 1)
    assert named(ROOT, mutant.name) == [("codegen", mutant)]
    assert named(ROOT, "golden/fp32.py:1 none") == []
