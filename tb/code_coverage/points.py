# SPDX-License-Identifier: Apache-2.0
"""Counts of one source file as coverage points of a record: lines, branches, toggles, and what is missing by line."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tb.code_coverage.verilator import Point, by_line
from traindeploy.platform.paths import ROOT
from traindeploy.records.verdict import CoveragePoint

BIT = re.compile(r"(\[[^\]]*\])*(:[01]->[01])?$")  # behind the name of a signal whose bits toggle
Explained = Mapping[tuple[str, str], str]  # why a line cannot run, by file name and text


def of_file(file: Path, counts: Mapping[Point, int], explained: Explained | None = None) -> list[CoveragePoint]:
    """Lines and branches of ``file``, and toggles where they are counted.

    Holes begin with the number of their line. Lines that are ``explained`` and have not run are excluded with the
    reason, and so are branches on them; of toggles, whose number goes into the thousands, holes
    are signals, each of which is hit as often as the rarest of its toggles.
    """
    text = file.read_text(encoding="utf-8").splitlines()
    own = {point: times for point, times in counts.items() if point.file == file}
    lines = {number: times for (_, number), times in sorted(by_line(own).items())}
    reasons = {
        number: reason
        for number, times in lines.items()
        if not times and (reason := (explained or {}).get((file.name, _text(text, number))))
    }
    found = [_lines(file, text, lines, reasons)]
    ordered = sorted(own.items(), key=lambda item: _order(item[0]))
    if branches := {point: times for point, times in ordered if point.kind == "branch"}:
        found.append(_branches(file, text, branches, reasons))
    if toggles := {point: times for point, times in ordered if point.kind == "toggle"}:
        found.append(_toggles(file, toggles))
    return found


def _lines(file: Path, text: Sequence[str], lines: Mapping[int, int], reasons: Mapping[int, str]) -> CoveragePoint:
    counted = {number: times for number, times in lines.items() if number not in reasons}
    return CoveragePoint(
        name=_name(file),
        metric="line",
        stated=len(counted),
        hit=sum(times > 0 for times in counted.values()),
        holes=tuple(f"{number}: {_text(text, number)}" for number, times in counted.items() if not times),
        excluded=tuple(f"{number}: {_text(text, number)}: {reason}" for number, reason in reasons.items()),
        hits={str(number): times for number, times in counted.items()},
    )


def _branches(file: Path, text: Sequence[str], parts: Mapping[Point, int], reasons: Mapping[int, str]) -> CoveragePoint:
    counted = {p: n for p, n in parts.items() if not any(line in reasons for line in (p.line, *p.lines()))}
    return CoveragePoint(
        name=_name(file),
        metric="branch",
        stated=len(counted),
        hit=sum(times > 0 for times in counted.values()),
        holes=tuple(f"{p.line}: {p.name} of {_text(text, p.line)}" for p, times in counted.items() if not times),
        hits={f"{p.line} {p.name}:{p.column}": times for p, times in counted.items()},
    )


def _toggles(file: Path, parts: Mapping[Point, int]) -> CoveragePoint:
    signals: dict[tuple[int, str], list[int]] = defaultdict(list)
    for point, times in parts.items():
        signals[point.line, BIT.sub("", point.name)].append(times)
    return CoveragePoint(
        name=_name(file),
        metric="toggle",
        stated=len(parts),
        hit=sum(times > 0 for times in parts.values()),
        holes=tuple(_missing(*signal) for signal in signals.items() if not all(signal[1])),
        hits={f"{line} {name}": min(times) for (line, name), times in signals.items()},
    )


def _missing(signal: tuple[int, str], times: Sequence[int]) -> str:
    line, name = signal
    return f"{line}: {name}: {sum(not n for n in times)} of {len(times)}"


def _text(text: Sequence[str], number: int) -> str:
    return text[number - 1].strip() if 0 < number <= len(text) else ""


def _name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def _order(point: Point) -> tuple[int, int, str]:
    return point.line, int(point.column) if point.column.isdigit() else 0, point.name


def under(
    folders: Sequence[str], counts: Mapping[Point, int], explained: Explained | None = None
) -> Iterator[CoveragePoint]:
    """The points of every file that is counted and lies in one of ``folders``, or is one of them (``rtl/fpu``)."""
    for file in sorted({point.file for point in counts}):
        if any(file.relative_to(ROOT).is_relative_to(folder) for folder in folders):
            yield from of_file(file, counts, explained)
