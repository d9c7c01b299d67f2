# SPDX-License-Identifier: Apache-2.0
"""Generated mistakes: what is changed and what is left alone; planted, asked about, mended."""

from pathlib import Path

import pytest

from tools.mutate import areas, trial
from tools.mutate.__main__ import draw, main
from tools.mutate.sites import Mutant, mutants, parses
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
        drawn = draw(ROOT, name, 1, 5)
        assert len(set(drawn)) == 5
        assert drawn == draw(ROOT, name, 1, 5)
        for file in area.sources(ROOT):
            asked = [word for stage in areas.stages(name, file) for word in stage if word.startswith("tests/")]
            assert asked
            assert [word for word in asked if not (ROOT / word).exists()] == []


@pytest.mark.parametrize(("test", "noticed"), [("f(1) == 2", "tests/test_f.py::test_f"), ("f(2) == 4", "")])
def test_a_mistake_is_noticed_or_survives_and_the_copy_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, test: str, noticed: str
) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "f.py").write_text("def f(x: int) -> int:\n    return 2 * x\n")
    (tmp_path / "tests" / "test_f.py").write_text(f"from f import f\ndef test_f(): assert {test}\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    monkeypatch.setattr(trial, "stages", lambda area, file: (("tests/test_f.py",),))
    (times,) = [m for m in mutants(tmp_path, "f.py") if m.old == "*"]
    assert times == Mutant("f.py", 2, times.start, times.start + 1, "*", "+")
    assert trial.tried(times, "any", tmp_path).by == (noticed)
    assert (tmp_path / "f.py").read_text() == "def f(x: int) -> int:\n    return 2 * x\n"


def test_a_mutant_that_does_not_exist_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["mutate", "--areas", "codegen", "--count", "1", "--name", "golden/fp32.py:1 none"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "golden/fp32.py:1 none" in capsys.readouterr().err
