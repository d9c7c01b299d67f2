# SPDX-License-Identifier: Apache-2.0
r"""Verilator's coverage.dat: lines of ``C '<\x01key\x02value...>' count``.

Verilator 5.048 counts blocks of statements and both sides of ``if`` and ``?:`` under ``--coverage-line`` (from 5.054 on
these branches need a switch of their own), and one bit in one direction under ``--coverage-toggle``. The arms of a
``case`` and of a chain of ``else if`` are blocks, not branches.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

SIDES = ("if", "else", "cond_then", "cond_else")  # of a branch: an else that is not written holds no line
LINE = re.compile(r"^C '(.*)' (\d+)$", re.M)
Kind = Literal["line", "branch", "toggle"]


@dataclass(frozen=True)
class Point:
    """Something that is counted. ``ranges``: the lines that it holds, as Verilator writes them, ``3-5,9``."""

    file: Path
    line: int
    column: str
    kind: Kind
    name: str
    ranges: str = ""

    def lines(self) -> Iterator[int]:
        """The lines that run when the point is counted; none of a toggle."""
        for part in filter(None, self.ranges.split(",")):
            first, last = (part.split("-") * 2)[:2]
            yield from range(int(first), int(last) + 1)


def read(data: Path) -> dict[Point, int]:
    """Counts by point, added up over instances.

    What holds no line of a statement, such as the name of a generated block, is left out.
    """
    found: dict[Point, int] = {}
    for match in LINE.finditer(data.read_text()):
        fields = dict(part.split("\x02", 1) for part in match[1].split("\x01") if part)
        kind, ranges = fields.get("t", ""), fields.get("S", "")
        holds = bool(ranges) or kind == "toggle" or (kind == "branch" and fields.get("o") in SIDES)
        if kind not in get_args(Kind) or not holds:
            continue
        point = Point(Path(fields["f"]), int(fields["l"]), fields["n"], cast(Kind, kind), fields["o"], ranges)
        found[point] = found.get(point, 0) + int(match[2])
    return found


def by_line(counts: Mapping[Point, int]) -> dict[tuple[Path, int], int]:
    """How often each line has run, by (file, number): as often as the rarest of the points that hold it."""
    found: dict[tuple[Path, int], int] = {}
    for point, times in counts.items():
        for number in point.lines() if point.kind != "toggle" else ():
            place = (point.file, number)
            found[place] = min(times, found.get(place, times))
    return found
