# SPDX-License-Identifier: Apache-2.0
"""Counts of many tests merged: by file, by line with the tests that ran it, as LCOV."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tb.code_coverage import points
from tb.code_coverage.verilator import Point, by_line
from traindeploy.platform.paths import ROOT
from traindeploy.records.verdict import CoveragePoint

Place = tuple[Path, int]


@dataclass
class Merged:
    """``total``: counts of all tests by point. ``tests_of``: the tests that ran each line, in the order of merging."""

    total: dict[Point, int] = field(default_factory=dict)
    tests_of: dict[Place, list[str]] = field(default_factory=dict)
    tests: list[str] = field(default_factory=list)

    def add(self, test: str, counts: Mapping[Point, int]) -> None:
        """Merge the counts of ``test``, which was not merged before."""
        self.tests.append(test)
        for point, times in counts.items():
            self.total[point] = self.total.get(point, 0) + times
        for place, times in by_line(counts).items():
            if times:
                self.tests_of.setdefault(place, []).append(test)

    def lines(self) -> dict[Place, int]:
        """How often each line that is counted has run."""
        return by_line(self.total)

    def files(self) -> list[Path]:
        """The files with anything that is counted."""
        return sorted({point.file for point in self.total})

    def of_file(self, file: Path) -> list[CoveragePoint]:
        """Lines, branches and, where counted, toggles of ``file``."""
        return points.of_file(file, self.total)

    def lcov(self) -> str:
        """LCOV: a record a file, with lines and branches."""
        lines, parts = self.lines(), []
        for file in self.files():
            own = sorted((number, times) for (f, number), times in lines.items() if f == file)
            branches = sorted(
                (p.line, p.column, p.name, n) for p, n in self.total.items() if p.kind == "branch" and p.file == file
            )
            parts += ["TN:", f"SF:{file.relative_to(ROOT)}"]
            parts += [f"BRDA:{line},{column},{name.replace(',', ';')},{n}" for line, column, name, n in branches]
            parts += [f"BRF:{len(branches)}", f"BRH:{sum(n > 0 for *_, n in branches)}"]
            parts += [f"DA:{number},{times}" for number, times in own]
            parts += [f"LF:{len(own)}", f"LH:{sum(times > 0 for _, times in own)}", "end_of_record"]
        return "\n".join(parts) + "\n"


def merge(counts: Iterable[tuple[str, Mapping[Point, int]]]) -> Merged:
    """The counts of all tests together."""
    merged = Merged()
    for test, own in counts:
        merged.add(test, own)
    return merged
