# SPDX-License-Identifier: Apache-2.0
"""``index.html``: all kernels, one a row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from traindeploy.records.kernel import KernelRecord, Stage, StageResult
from traindeploy.records.verdict import CoveragePoint, Verdict
from traindeploy.report.kernel.coverage import is_firmware
from traindeploy.report.kernel.kernel_page import WORDS
from traindeploy.report.kernel.rtl import is_rtl
from traindeploy.report.kernel.share import of_bound, percent
from traindeploy.report.page import Cell, Column, Section, Statement, Tile, parts, render, table
from traindeploy.report.page.origin import origin
from traindeploy.report.page.tables import Value
from traindeploy.report.text import number

STAGES: tuple[Stage, ...] = get_args(Stage)


@dataclass(frozen=True)
class Entry:
    """A kernel's record and the address of its page, relative to the index."""

    record: KernelRecord
    address: str


def render_index(entries: Sequence[Entry]) -> str:
    """The page's HTML; kernels that did not pass stand first."""
    ordered = sorted(entries, key=lambda entry: (entry.record.passed, entry.record.kernel))
    records = [entry.record for entry in ordered]
    cases = sum(len(record.cases) for record in records)
    passed = sum(record.passed for record in records)
    if not records:
        statement = Statement("unknown", "NO VERDICT", "No kernel was verified.")
    elif passed == len(records):
        who = "The one kernel that was run passed" if passed == 1 else f"All {passed} kernels that were run passed"
        statement = Statement("good", "PASSED", f"{who} on {number(cases)} cases.")
    else:
        statement = Statement("bad", "FAILED", f"{len(records) - passed} of {len(records)} kernels did not pass.")
    numbers = (
        *("cases", "failed", "ULP", "error / bound", "cycles / model"),
        *("functional %", "C lines %", "RTL lines %", "C mutants killed %"),
    )
    columns = [
        *(Column("kernel", "link"), Column("verdict", "verdict")),
        Column("stages", "verdict"),
        *(Column(name, "number") for name in numbers),
        *(Column("commit", "code"), Column("date")),
    ]
    rows = [_row(entry) for entry in ordered]
    body = (
        table("Kernels", columns, rows, key="kernel-table", tones=_tones(rows))
        if rows
        else parts.absent("Any kernel", "run `make verify`.")
    )
    commits = {_commit(record) for record in records}
    note = "a dash stands for what was not measured"
    if len(commits) > 1:
        note += f"; the rows are of {len(commits)} commits: run all again to have them of one"
    compared = sum(case.elements for record in records for case in record.cases)
    return render(
        "Kernels",
        [
            Section(
                "Kernels",
                body or parts.absent("Any kernel", "run `make verify`."),
                note=note,
            )
        ],
        statement=statement,
        subtitle="Every kernel of the firmware, alone on the RTL",
        tiles=[
            Tile(f"{passed} of {len(records)}", "kernels passed"),
            Tile(number(cases), "cases"),
            Tile(number(compared), "elements compared"),
        ],
        provenance=origin(records[0])[1:] if records else (),
    )


def _row(entry: Entry) -> list[Value]:
    record = entry.record
    shares = [case.share for case in record.cases if case.share is not None]
    ratios = sorted(record.model_ratio, key=lambda ratio: -ratio.cases)
    mutants = [mutant for mutant in record.mutants if not mutant.place.startswith("rtl/")]
    return [
        Cell(record.kernel, record.kernel, entry.address), WORDS[record.verdict],
        _stages(record),
        len(record.cases), sum(not case.passed for case in record.cases),
        "NaN" if record.max_ulp is not None and record.max_ulp < 0 else record.max_ulp,
        of_bound(max(shares)) if shares else None, ratios[0].median if ratios else None,
        _percent([p for p in record.coverage if p.metric == "functional"]),
        _percent([p for p in record.coverage if is_firmware(p) and p.metric == "line"]),
        _percent([p for p in record.coverage if is_rtl(p) and p.metric == "line"]),
        percent(sum(mutant.killed for mutant in mutants), len(mutants)), _commit(record), record.provenance.date[:10],
    ]  # fmt: skip


def _commit(record: KernelRecord) -> str:
    """What was verified; a plus stands for changes that are not committed."""
    return (record.provenance.commit[:8] or "none") + "+" * record.provenance.dirty


def _stages(record: KernelRecord) -> str:
    """``V1 V2 V3`` if all passed, else those that did not."""
    stages = {stage.stage: stage for stage in record.stages}
    words = {name: _stage(stages.get(name)) for name in STAGES}
    return ", ".join(f"{name} {word}" for name, word in words.items() if word) or " ".join(STAGES)


def _stage(stage: StageResult | None) -> str:
    words = {Verdict.PASSED: "", Verdict.FAILED: "FAILED", Verdict.ERROR: "no verdict"}
    return words[stage.verdict] if stage and stage.verdict else "not run"


def _tones(rows: Sequence[Sequence[Value]]) -> dict[str, str]:
    """Of the stages: good if all passed, bad if one failed."""
    texts = {str(row[2]) for row in rows}
    return {" ".join(STAGES): "good"} | {text: "bad" for text in texts if "FAILED" in text}


def _percent(points: Sequence[CoveragePoint]) -> float | None:
    return percent(sum(point.hit for point in points), sum(point.stated for point in points))
