# SPDX-License-Identifier: Apache-2.0
"""Line and toggle coverage of rtl/redmule; ``python -m tb.blocks.redmule.line_coverage`` writes docs/results/.

Verilator's coverage.dat holds lines of ``C '<\\x01key\\x02value...>' count``. Points are merged over suites, instances
and engines by file, place and name. A line is covered if every block and every branch of ``?:`` that holds it has run.
"""

import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tb.build.paths import CHECKERS, ROOT, RTL
from tb.build.simulator import Build, build_block
from tb.build.sources import CORE_INCLUDES
from tests.rtl.test_redmule import CASES, FORMATS, SOURCES, environment

PAGE = ROOT / "docs/results/redmule_coverage.md"
EXPLAINED = Path(__file__).with_name("uncovered.txt")  # file | text of the line | why
ENGINES = [(4, 4, 1, "float32"), (2, 3, 1, "float16")]
SUITES = [(module, case) for module, case in CASES if module != "cycles"]
COVERED = 98.0  # % of the lines, at least


@dataclass
class Coverage:
    """Counts by (file, line) of the rarest block that holds the line, and by toggle."""

    blocks: dict[tuple, int] = field(default_factory=lambda: defaultdict(int))
    ranges: dict[tuple, str] = field(default_factory=dict)
    toggles: dict[tuple, int] = field(default_factory=lambda: defaultdict(int))

    def read(self, data: Path) -> None:
        for match in re.finditer(r"^C '(.*)' (\d+)$", data.read_text(), re.M):
            fields = dict(part.split("\x02", 1) for part in match[1].split("\x01") if part)
            file = Path(fields["f"])
            if file.parent != RTL / "redmule":
                continue
            key = (file.name, fields["l"], fields["n"], fields["o"])
            if fields["t"] == "toggle":
                self.toggles[key] += int(match[2])
            elif "S" in fields:
                self.blocks[key] += int(match[2])
                self.ranges[key] = fields["S"]

    def lines(self) -> dict[tuple[str, int], int]:
        found: dict[tuple[str, int], int] = {}
        for key, times in self.blocks.items():
            for part in self.ranges[key].split(","):
                first, last = (part.split("-") * 2)[:2]
                for number in range(int(first), int(last) + 1):
                    found[key[0], number] = min(times, found.get((key[0], number), times))
        return found

    def uncovered(self) -> list[tuple[str, int, str]]:
        """(file, number, text) of lines that have not run."""
        return [
            (file, number, (RTL / "redmule" / file).read_text().splitlines()[number - 1].strip())
            for (file, number), times in sorted(self.lines().items())
            if not times
        ]


def explanations() -> dict[tuple[str, str], str]:
    entries = [line.split(" | ") for line in EXPLAINED.read_text().splitlines() if line and not line.startswith("#")]
    return {(file, text): reason for file, text, reason in entries}


def build(height: int, rows: int, pipe: int, dtype: str) -> Build:
    return build_block(
        f"redmule-lines-{height}-{rows}-{pipe}-{FORMATS[dtype]}",
        "td_redmule_tb",
        [*SOURCES, CHECKERS / "redmule_coverage.vlt"],
        parameters={"Height": height, "Rows": rows, "PipeRegs": pipe, "Format": FORMATS[dtype]},
        includes=CORE_INCLUDES,
        public={"td_redmule_tb": ["clk_i", "rst_ni", "go_i", "done_o"]},
        args=("--coverage-line", "--coverage-toggle"),
    )


def measure(folder: Path, engines: Iterable[tuple[int, int, int, str]] = ENGINES) -> Coverage:
    """Run all suites on all engines."""
    coverage = Coverage()
    for height, rows, pipe, dtype in engines:
        simulator = build(height, rows, pipe, dtype)
        for module, case in SUITES:
            run = folder / f"{height}-{rows}-{pipe}-{dtype}" / case
            env = environment((height, rows, pipe), REDMULE_JOBS=1600, REDMULE_CLEARS=30, REDMULE_DTYPE=dtype)
            simulator.test(f"tb.blocks.redmule.test_{module}", run, testcase=case, env=env, timeout=1200)
            coverage.read(run / "coverage.dat")
    return coverage


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "-"


def page(coverage: Coverage) -> str:
    lines, toggles = coverage.lines(), coverage.toggles
    rows, explained = [], explanations()
    files = sorted({key[0] for key in [*lines, *toggles]})
    for file in [*files, ""]:
        name = f"`{file}`" if file else "all"
        runs = [times > 0 for (f, _), times in lines.items() if file in ("", f)]
        flips = [times > 0 for key, times in toggles.items() if file in ("", key[0])]
        cells = (name, len(runs), percent(sum(runs), len(runs)), len(flips), percent(sum(flips), len(flips)))
        rows.append(f"| {' | '.join(map(str, cells))} |")
    uncovered = [
        f"| `{file}` | `{text}` | {explained.get((file, text), 'NOT EXPLAINED')} |"
        for file, _, text in coverage.uncovered()
    ]
    engines = ", ".join(f"H{h} L{r} P{p} {dtype}" for h, r, p, dtype in ENGINES)
    return "\n".join(
        [
            "# Line and toggle coverage of rtl/redmule",
            "",
            "`python -m tb.blocks.redmule.line_coverage` writes this page.",
            f"It merges all functional suites on {engines}.",
            "A line has run if every block and every branch of `?:` that holds it has.",
            "A toggle is one bit in one direction.",
            f"The nightly run fails below {COVERED:.0f} % of the lines, or if a line that has not run has no reason.",
            "",
            "| file | lines | run, % | toggles | seen, % |",
            "|---|---|---|---|---|",
            *rows,
            "",
            "Toggles that are missing are upper bits of addresses, pitches and sizes (the bench's memory has 4 MB),",
            "upper bits of 8-bit indices in a small engine, reset, and constant fields.",
            "",
            "## Lines that have not run",
            "",
            *(["| file | line | why |", "|---|---|---|", *uncovered] if uncovered else ["None."]),
            "",
        ]
    )


def problems(coverage: Coverage) -> list[str]:
    """What keeps the coverage from being accepted."""
    lines, explained = coverage.lines(), explanations()
    uncovered = {(file, text) for file, _, text in coverage.uncovered()}
    found = [f"not explained: {file}: {text}" for file, text in sorted(uncovered - set(explained))]
    stale = sorted(set(explained) - uncovered)
    found += [f"explained, but it has run or is gone: {file}: {text}" for file, text in stale]
    share = 100 * sum(times > 0 for times in lines.values()) / len(lines)
    return [*found, *([f"only {share:.1f} % of the lines have run"] if share < COVERED else [])]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        measured = measure(Path(scratch))
    PAGE.write_text(page(measured))
    print("\n".join(problems(measured)) or "accepted")
