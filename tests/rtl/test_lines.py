# SPDX-License-Identifier: Apache-2.0
"""Line coverage of the blocks that ask for it, and how it is counted."""

from pathlib import Path

import pytest

from tb.blocks.catalogue import CATALOGUE
from tb.blocks.lines import Coverage, explanations, measure, measured_blocks, problems
from tb.blocks.run import Outcome
from tests.plan.records import Facts


@pytest.mark.parametrize("name", measured_blocks())
def test_all_lines_run_or_are_explained(name: str, tmp_path: Path, facts: Facts) -> None:
    block = CATALOGUE[name]
    coverage = measure(block, tmp_path)
    facts.outcome = Outcome(0, coverage.points(explanations(block)), {})
    assert problems(block, coverage) == []


def test_a_line_counts_as_run_only_if_all_its_blocks_have(tmp_path: Path) -> None:
    file = Path(__file__).parents[2] / "rtl" / "redmule" / "td_redmule_agu.sv"

    def point(line: int, name: str, lines: str, times: int) -> str:
        fields = {"f": str(file), "l": str(line), "n": "1", "t": "branch", "o": name, "S": lines, "h": "x"}
        return "C '" + "".join(f"\x01{k}\x02{v}" for k, v in fields.items()) + f"' {times}\n"

    data = tmp_path / "coverage.dat"
    data.write_text(point(1, "if", "1-4", 5) + point(3, "if", "3", 0) + point(3, "else", "4", 2))
    block = CATALOGUE["redmule"]
    coverage = Coverage(block.rtl)
    coverage.read(data)
    assert coverage.lines() == {(file.name, 1): 5, (file.name, 2): 5, (file.name, 3): 0, (file.name, 4): 2}
    assert [number for _, number, _ in coverage.uncovered()] == [3]
    coverage.read(data)
    assert coverage.lines()[file.name, 4] == 4, "suites are merged"
    assert any("not explained" in problem for problem in problems(block, coverage))
    third = coverage.uncovered()[0][2]
    for reasons, holes, excluded in (({}, 1, 0), ({(file.name, third): "cannot be"}, 0, 1)):
        (lines,) = (point for point in coverage.points(reasons) if point.metric == "line")
        assert (lines.hit, lines.stated, len(lines.holes), len(lines.excluded)) == (3, 3 + holes, holes, excluded)
