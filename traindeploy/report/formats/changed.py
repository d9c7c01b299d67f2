# SPDX-License-Identifier: Apache-2.0
"""Coverage of the lines that a change touches, as a table that can be pasted into a review."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from traindeploy.records.case import CaseRecord
from traindeploy.report.formats.coverview import path_of
from traindeploy.report.table import cell

HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True)
class Touched:
    """Of a file: changed lines, those of them that coverage counts, and the counted ones that no record ran."""

    file: str
    changed: int
    counted: int
    missed: tuple[int, ...]


def changed_lines(diff: str) -> dict[str, set[int]]:
    r"""Numbers of new and changed lines by file, from ``git diff --unified=0``.

    >>> changed_lines("+++ b/a.c\n@@ -9 +11 @@\n-p\n+q")
    {'a.c': {11}}
    """
    found: dict[str, set[int]] = defaultdict(set)
    file = ""
    for line in diff.splitlines():
        if line.startswith("+++ "):
            file = line[6:] if line.startswith("+++ b/") else ""
        elif file and (hunk := HUNK.match(line)):
            first, count = int(hunk[1]), int(hunk[2] or 1)
            found[file] |= set(range(first, first + count))
    return {name: lines for name, lines in found.items() if lines}


def touched(records: Sequence[CaseRecord], changed: Mapping[str, set[int]]) -> list[Touched]:
    """The files of a change that some record has coverage of, by line."""
    runs: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for record in records:
        for point in record.coverage:
            if point.metric == "line":
                for line, times in point.hits.items():
                    runs[path_of(point.name)][int(line)] += times
    found = []
    for file in sorted(set(runs) & set(changed)):
        counted = sorted(changed[file] & set(runs[file]))
        missed = tuple(line for line in counted if not runs[file][line])
        found.append(Touched(file, len(changed[file]), len(counted), missed))
    return found


def table(records: Sequence[CaseRecord], diff: str, since: str) -> str:
    """Markdown: each touched file of which there is coverage; and how many files there is none of."""
    changed = changed_lines(diff)
    rows = touched(records, changed)
    lines = [f"#### Lines changed since {cell(since)}", ""]
    if rows:
        lines += ["| file | changed | counted | run | not run |", "|---|---:|---:|---:|---|"]
    for row in rows:
        missing = ", ".join(map(str, row.missed)) or "none"
        lines.append(
            f"| {cell(row.file)} | {row.changed} | {row.counted} | {row.counted - len(row.missed)} | {missing} |"
        )
    rest = len(set(changed) - {row.file for row in rows})
    lines += [*([""] if rows else []), f"{rest} more changed files have no coverage by line in these records."]
    return "\n".join(lines) + "\n"
