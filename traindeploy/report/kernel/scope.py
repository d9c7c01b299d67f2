# SPDX-License-Identifier: Apache-2.0
"""What was run: the stages of the plan, the classes of every dimension, what the kernel is."""

from collections import defaultdict

from markupsafe import Markup

from traindeploy.records.kernel import KernelRecord, Tally
from traindeploy.report.page import Column, Section, parts, table
from traindeploy.report.page.tables import Value

STAGE_WORDS = {"passed": "PASSED", "failed": "FAILED", "error": "NO VERDICT"}


def stages_section(record: KernelRecord) -> Section:
    """V1 to V3, each with its verdict; a stage without cases says so."""
    rows: list[list[Value]] = [
        [
            stage.stage,
            STAGE_WORDS[stage.verdict.value] if stage.verdict else "not run",
            stage.cases,
            stage.failed,
            stage.what,
        ]
        for stage in record.stages
    ]
    columns = [
        Column("stage"),
        Column("verdict", "verdict"),
        Column("cases", "number"),
        Column("failed", "number"),
        Column("what"),
    ]
    if not rows:
        body = parts.absent("Any stage", "the record names none.")
    else:
        body = table("Verdict by stage", columns, rows, sortable=False)
    return Section("Verdict by stage", body, note="of the test plan", anchor="stages")


def sections(record: KernelRecord) -> list[Section]:
    """What was run by class, and what the kernel computes."""
    return [
        Section("What was run", _ran(record), note="cases by class; worst of each", anchor="scope"),
        Section("The kernel", _kernel(record), anchor="kernel"),
    ]


def _ran(record: KernelRecord) -> Markup:
    shapes = {case.shape for case in record.cases}
    seeds = [case.seed for case in record.cases]
    blocks = [
        parts.paragraph(
            f"{len(shapes):,} shapes, seed {seeds[0]}."
            if len(set(seeds)) == 1
            else f"{len(shapes):,} shapes, {len(set(seeds)):,} seeds from {min(seeds)} to {max(seeds)}."
            if seeds
            else "No case was run."
        )
    ]
    groups: dict[str, list[Tally]] = defaultdict(list)
    for tally in record.tallies:
        groups[tally.dimension].append(tally)
    columns = [
        Column("dimension"),
        Column("class"),
        Column("cases", "number"),
        Column("failed", "number"),
        Column("largest ULP", "number"),
        Column("largest error over bound", "number"),
        Column("worst case", "number"),
    ]
    rows: list[list[Value]] = [
        [
            dimension,
            tally.value,
            tally.cases,
            tally.failed,
            "NaN" if tally.max_ulp < 0 else tally.max_ulp,
            tally.share,
            tally.worst,
        ]
        for dimension, tallies in groups.items()
        for tally in tallies
    ]
    if rows:
        blocks.append(table("Cases by class", columns, rows, key="tally-table"))
    else:
        blocks.append(parts.absent("Cases by class", "the record has no tallies."))
    return parts.join(*blocks)


def _kernel(record: KernelRecord) -> Markup:
    return parts.facts(
        [
            ("Computes", record.formula),
            ("Order of operations", record.order),
            ("Function", parts.code(record.function)),
            ("Source", parts.code(record.source)),
            ("Operators", ", ".join(record.operators) or "none"),
            ("Empty call", f"{record.overhead:,} cycles, subtracted from each case's"),
        ]
    )
