# SPDX-License-Identifier: Apache-2.0
"""Coverage as text: Markdown tables that can be pasted into a review, and the tests of a line."""

from collections.abc import Mapping, Sequence
from typing import Literal

from tb.code_coverage.change import Touched
from tb.code_coverage.merged import Merged
from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT

Metric = Literal["functional", "line", "toggle", "branch"]
COLUMNS: tuple[Metric, ...] = ("line", "branch", "toggle")
SHOWN = 3  # tests of a line


def file_table(merged: Merged) -> str:
    """Lines, branches and toggles that were hit, of those that are counted, by file."""
    rows = [
        f"Code coverage of rtl/ over {len(merged.tests)} tests, merged:",
        "",
        "| file | lines | branches | toggles |",
        "|---|---|---|---|",
    ]
    sums: dict[Metric, list[int]] = {}
    for file in merged.files():
        cells: dict[Metric, str] = {}
        for point in merged.of_file(file):
            cells[point.metric] = _share(point.hit, point.stated)
            both = sums.setdefault(point.metric, [0, 0])
            both[0] += point.hit
            both[1] += point.stated
        rows.append(_row(f"`{file.relative_to(ROOT)}`", cells))
    rows.append(_row("all", {metric: _share(*both) for metric, both in sums.items()}))
    return "\n".join(rows)


def change_table(lines: Sequence[Touched]) -> str:
    """Each touched line with the tests that ran it, those that none ran first."""
    counted = [line for line in lines if line.times is not None]
    run = sum(line.times != 0 for line in counted)
    rows = [
        f"The change touches {len(lines)} lines of rtl/; {len(counted)} of them are counted, {run} were run.",
        "",
        "| line | times | tests |",
        "|---|---|---|",
    ]
    for line in sorted(counted, key=lambda each: (each.times != 0, each.file, each.number)):
        more = f" and {len(line.tests) - SHOWN} more" if len(line.tests) > SHOWN else ""
        tests = ", ".join(f"`{test}`" for test in line.tests[:SHOWN]) + more or "none"
        rows.append(f"| `{line.file.relative_to(ROOT)}:{line.number}` | {line.times} | {tests} |")
    return "\n".join(rows) if counted else rows[0]


def who_ran(merged: Merged, place: str) -> list[str]:
    """The tests that ran ``FILE:LINE``; UserError if nothing is counted there."""
    name, _, number = place.rpartition(":")
    file = (ROOT / name).resolve()
    if not number.isdigit() or (file, int(number)) not in merged.lines():
        raise UserError(f"{place}: nothing is counted there; expected FILE:LINE of a statement in rtl/")
    return merged.tests_of.get((file, int(number)), ["no test has run this line"])


def _share(hit: int, stated: int) -> str:
    return f"{hit} of {stated}, {100 * hit / stated:.1f} %"


def _row(name: str, cells: Mapping[Metric, str]) -> str:
    return f"| {name} | {' | '.join(cells.get(metric, '-') for metric in ('line', 'branch', 'toggle'))} |"
