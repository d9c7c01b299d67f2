# SPDX-License-Identifier: Apache-2.0
"""Line and toggle coverage of the blocks whose description asks for it.

``python -m tb.blocks.lines`` writes docs/results/<block>_coverage.md. Points are merged over tests, instances and
configurations by file, place and name. A line is covered if every block of statements and every branch of ``?:`` that
holds it has run.
"""

import tempfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tb.blocks.catalogue import CATALOGUE
from tb.blocks.description import Block, LineCoverage
from tb.blocks.run import build, simulate
from tb.code_coverage import verilator
from traindeploy.platform.paths import ROOT, RTL
from traindeploy.records.verdict import CoveragePoint

Place = tuple[str, int, str, str]  # file, line, column, name


@dataclass
class Coverage:
    """Counts by (file, line) of the rarest part that holds the line, and by toggle; of files in rtl/``folders``."""

    folders: tuple[str, ...]
    blocks: dict[Place, int] = field(default_factory=lambda: defaultdict(int))
    toggles: dict[Place, int] = field(default_factory=lambda: defaultdict(int))
    points_at: dict[Place, verilator.Point] = field(default_factory=dict)

    def read(self, data: Path) -> None:
        """Add the counts of a coverage.dat."""
        wanted = {RTL / folder for folder in self.folders}
        for point, times in verilator.read(data).items():
            if point.file.parent in wanted:
                key = (point.file.name, point.line, point.column, point.name)
                (self.toggles if point.kind == "toggle" else self.blocks)[key] += times
                self.points_at[key] = point

    def lines(self) -> dict[tuple[str, int], int]:
        """How often each line has run, by (file, number)."""
        counted = {self.points_at[key]: times for key, times in self.blocks.items()}
        return {(file.name, number): times for (file, number), times in verilator.by_line(counted).items()}

    def uncovered(self) -> list[tuple[str, int, str]]:
        """(file, number, text) of lines that have not run."""
        files = [path for folder in self.folders for path in (RTL / folder).iterdir()]
        texts = {path.name: path.read_text().splitlines() for path in files}
        return [
            (file, number, texts[file][number - 1].strip())
            for (file, number), times in sorted(self.lines().items())
            if not times
        ]

    def points(self, explained: Mapping[tuple[str, str], str]) -> tuple[CoveragePoint, ...]:
        """Lines and toggles by file, for the case record; ``explained``: why a line cannot run, by (file, text)."""
        lines, uncovered, found = self.lines(), self.uncovered(), []
        for file in sorted({file for file, _ in lines} | {key[0] for key in self.toggles}):
            missing = {f"{number}: {text}": explained.get((f, text)) for f, number, text in uncovered if f == file}
            excluded = tuple(f"{place}: {reason}" for place, reason in missing.items() if reason)
            holes = tuple(place for place, reason in missing.items() if not reason)
            runs = {str(number): times for (f, number), times in sorted(lines.items()) if f == file}
            hit = sum(times > 0 for times in runs.values())
            flips: dict[str, int] = defaultdict(int)  # columns are left out: two signals of a name on a line are one
            for (f, number, _, name), times in sorted(self.toggles.items()):
                if f == file:
                    flips[f"{number} {name}"] += times
            seen = [times > 0 for key, times in self.toggles.items() if key[0] == file]
            found.append(
                CoveragePoint(
                    name=file,
                    metric="line",
                    stated=hit + len(holes),
                    hit=hit,
                    holes=holes,
                    excluded=excluded,
                    hits=runs,
                )
            )
            found.append(CoveragePoint(name=file, metric="toggle", stated=len(seen), hit=sum(seen), hits=dict(flips)))
        return tuple(found)


def wish_of(block: Block) -> LineCoverage:
    """What the block's description asks for; it must ask."""
    assert block.lines is not None, f"{block.name} does not ask for line coverage"
    return block.lines


def explanations(block: Block) -> dict[tuple[str, str], str]:
    """Why a line cannot run, by (file, text)."""
    listed = wish_of(block).explained.read_text().splitlines()
    entries = [line.split(" | ") for line in listed if line and not line.startswith("#")]
    return {(file, text): reason for file, text, reason in entries}


def measure(block: Block, folder: Path) -> Coverage:
    """Run the tests that count on all configurations that count."""
    wish, coverage = wish_of(block), Coverage(block.rtl)
    bench = block.benches["main"]
    for configuration in wish.configurations:
        simulator = build(
            block.name,
            configuration=configuration,
            name=f"{block.name}-lines-{configuration}",
            sources=(*bench.sources, wish.control),
            arguments=wish.arguments,
        )
        for name in wish.tests:
            run = folder / configuration / name
            simulate(simulator, block.test(name), configuration, 1, run, wish.environment)
            coverage.read(run / "coverage.dat")
    return coverage


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "-"


def page(block: Block, coverage: Coverage) -> str:
    """The page docs/results/<block>_coverage.md."""
    lines, toggles, wish = coverage.lines(), coverage.toggles, wish_of(block)
    rows, explained = [], explanations(block)
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
    configurations = ", ".join(f"`{name}`" for name in wish.configurations)
    return "\n".join(
        [
            f"# Line and toggle coverage of {block.name}",
            "",
            f"`python -m tb.blocks.lines` writes this page: all functional tests on {configurations}, merged.",
            "A line has run if every block and every branch of `?:` that holds it has.",
            "A toggle is one bit in one direction.",
            f"The nightly run fails below {wish.accepted:.0f} % of the lines, or if one has not run without a reason.",
            "",
            "| file | lines | run, % | toggles | seen, % |",
            "|---|---|---|---|---|",
            *rows,
            "",
            *wish.remark,
            "",
            "## Lines that have not run",
            "",
            *(["| file | line | why |", "|---|---|---|", *uncovered] if uncovered else ["None."]),
            "",
        ]
    )


def problems(block: Block, coverage: Coverage) -> list[str]:
    """What keeps the coverage from being accepted."""
    lines, explained, accepted = coverage.lines(), explanations(block), wish_of(block).accepted
    uncovered = {(file, text) for file, _, text in coverage.uncovered()}
    found = [f"not explained: {file}: {text}" for file, text in sorted(uncovered - set(explained))]
    stale = sorted(set(explained) - uncovered)
    found += [f"explained, but it has run or is gone: {file}: {text}" for file, text in stale]
    share = 100 * sum(times > 0 for times in lines.values()) / len(lines)
    return [*found, *([f"only {share:.1f} % of the lines have run"] if share < accepted else [])]


def measured_blocks() -> Mapping[str, Block]:
    """The blocks whose description asks for line coverage."""
    return {name: block for name, block in CATALOGUE.items() if block.lines is not None}


if __name__ == "__main__":
    for name, block in measured_blocks().items():
        with tempfile.TemporaryDirectory() as scratch:
            measured = measure(block, Path(scratch))
        (ROOT / "docs" / "results" / f"{name}_coverage.md").write_text(page(block, measured))
        print(f"{name}: " + ("\n".join(problems(block, measured)) or "accepted"))
