# SPDX-License-Identifier: Apache-2.0
"""HTML of records: the page of a kernel or a run if it is one, else a list of all cases."""

from collections import defaultdict
from collections.abc import Sequence

from markupsafe import Markup

from traindeploy.records.case import CaseRecord
from traindeploy.records.kernel import KernelRecord
from traindeploy.records.run import RunResult
from traindeploy.records.verdict import Verdict
from traindeploy.report import network
from traindeploy.report.kernel import render_kernel
from traindeploy.report.kernel.kernel_page import WORDS
from traindeploy.report.page import Column, Section, Statement, Tile, parts, table
from traindeploy.report.page import render as render_page
from traindeploy.report.page.origin import origin
from traindeploy.report.page.tables import Value
from traindeploy.report.run_files import RunFiles
from traindeploy.report.text import duration, number


def render(records: Sequence[CaseRecord]) -> bytes:
    """The page."""
    return _page(records).encode("utf-8", "backslashreplace")


def _page(records: Sequence[CaseRecord]) -> str:
    if len(records) == 1:
        one = records[0]
        if isinstance(one, KernelRecord):
            return render_kernel(one)
        if isinstance(one, RunResult):
            return network.render(RunFiles(one))["report.html"]
    return _list(records)


def _list(records: Sequence[CaseRecord]) -> str:
    """All records, one a row, those that did not pass first and grouped by message."""
    ordered = sorted(records, key=lambda record: record.passed)
    wrong = [record for record in ordered if not record.passed]
    failed = sum(record.verdict is Verdict.FAILED for record in wrong)
    if not wrong:
        statement = Statement("good", "PASSED", f"All {number(len(records))} cases passed.")
    elif failed:
        statement = Statement("bad", "FAILED", f"{number(len(wrong))} of {number(len(records))} cases did not pass.")
    else:
        statement = Statement(
            "unknown", "NO VERDICT", f"{number(len(wrong))} of {number(len(records))} have no verdict."
        )
    columns = [
        *(
            Column("kind"),
            Column("test"),
            Column("verdict", "verdict"),
            Column("seed", "number"),
            Column("configuration"),
        ),
        *(Column("cycles", "number"), Column("max ULP", "number"), Column("seconds", "number"), Column("failure")),
        Column("repeat", "command"),
    ]
    sections = [Section("Cases", table("Cases", columns, [_row(record) for record in ordered], key="case-table"))]
    if wrong:
        sections.insert(0, Section("Failures", parts.join(_failures(wrong)), note="by message"))
    return render_page(
        "Cases",
        sections,
        statement=statement,
        tiles=[
            Tile(f"{number(len(records) - len(wrong))} of {number(len(records))}", "cases passed"),
            Tile(duration(sum(record.seconds for record in records)), "wall time of all"),
        ],
        provenance=origin(records[0])[1:],
    )


def _row(record: CaseRecord) -> list[Value]:
    told = ", ".join(f"{name}={value}" for name, value in record.configuration.items() if value != "")
    ulp = "NaN" if record.max_ulp is not None and record.max_ulp < 0 else record.max_ulp
    return [
        record.kind.value, record.test, WORDS[record.verdict], record.seed, told, record.cycles or None, ulp,
        float(f"{record.seconds:.1f}"), record.failure[:200] or None, record.command,
    ]  # fmt: skip


def _failures(wrong: Sequence[CaseRecord]) -> Markup:
    groups: dict[str, list[CaseRecord]] = defaultdict(list)
    for record in wrong:
        groups[record.bucket or "without a message"].append(record)
    rows: list[list[Value]] = [
        [message[:200], len(members), members[0].test, members[0].failure[:200], members[0].command]
        for message, members in sorted(groups.items(), key=lambda item: -len(item[1]))
    ]
    columns = [
        Column("message"),
        Column("cases", "number"),
        Column("first"),
        Column("its message"),
        Column("repeat", "command"),
    ]
    return table("Failures by message", columns, rows, key="failure-table")
