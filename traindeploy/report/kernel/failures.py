# SPDX-License-Identifier: Apache-2.0
"""What went wrong, grouped by message: a section only where something did."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import takewhile

from traindeploy.records.bucket import bucket
from traindeploy.records.kernel import KernelCase, KernelRecord
from traindeploy.report.page import Column, Section, parts, table
from traindeploy.report.page.tables import Value


def buckets(cases: Sequence[KernelCase]) -> dict[str, list[KernelCase]]:
    """The cases that did not pass by what their messages have in common, largest group first."""
    groups: dict[str, list[KernelCase]] = defaultdict(list)
    for case in cases:
        if not case.passed:
            groups[bucket(case.failure) or f"{case.verdict.value}, without a message"].append(case)
    return dict(sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])))


def shared_prefix(commands: Sequence[str]) -> str:
    """What all commands begin with, up to a space or ``=``: it is stored once."""
    first, last = min(commands), max(commands)  # what these two share, all between them share
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    common = first[: sum(1 for _ in same)]
    return common[: max(common.rfind(" "), common.rfind("=")) + 1]


def sections(record: KernelRecord) -> list[Section]:
    """The groups with their first cases, and the first failing case in full."""
    groups = buckets(record.cases)
    found = []
    if groups:
        prefix = shared_prefix([members[0].command for members in groups.values()])
        columns = [
            Column("message"),
            Column("cases", "number"),
            Column("first of them"),
            Column("its message"),
            Column("cases by index"),
            Column("repeat", "command", prefix=prefix),
        ]
        rows: list[list[Value]] = [
            [
                message,
                len(members),
                members[0].name,
                members[0].failure,
                _indices(members),
                members[0].command[len(prefix) :],
            ]
            for message, members in groups.items()
        ]
        body = table("Failures by message", columns, rows, key="failure-table")
        found.append(Section("Failures", body, note="by message, numbers and names left out", anchor="failures"))
    elif record.failure:
        body = parts.join(parts.block(record.failure_text), parts.command(record.command))
        found.append(Section("What happened", body, anchor="failures"))
    return found


def _indices(cases: Sequence[KernelCase], most: int = 12) -> str:
    listed = ", ".join(str(case.index) for case in cases[:most])
    return listed if len(cases) <= most else f"{listed} and {len(cases) - most:,} more"
