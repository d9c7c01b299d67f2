# SPDX-License-Identifier: Apache-2.0
"""The table of all cases."""

from traindeploy.records.kernel import KernelCase, KernelRecord
from traindeploy.records.verdict import Verdict
from traindeploy.report.kernel.failures import shared_prefix
from traindeploy.report.kernel.share import of_bound
from traindeploy.report.page import Column, Section, parts, table
from traindeploy.report.page.tables import Value

WORDS = {Verdict.PASSED: "PASSED", Verdict.FAILED: "FAILED", Verdict.ERROR: "NO VERDICT"}


def cases_section(record: KernelRecord) -> Section:
    """Failing cases first, then in order."""
    if not record.cases:
        return Section("Cases", parts.absent("Any case", record.failure or "none was run."), anchor="cases")
    prefix = shared_prefix([case.command for case in record.cases])
    numbers = ("cores", "align", "pad", "elements", "ULP", "error/bound", "cycles", "model", "ratio")
    columns = [
        *(Column("case", "number"), Column("verdict", "verdict"), Column("stage"), Column("shape"), Column("values")),
        *(Column("engine"), Column("config")),
        *(Column(name, "number") for name in numbers),
        Column("repeat", "command", prefix=prefix),
    ]
    ordered = sorted(record.cases, key=lambda case: (case.passed, case.index))
    rows = [_row(case, len(prefix)) for case in ordered]
    note = "failing ones first; every row has the command that repeats it"
    return Section("Cases", table("Cases", columns, rows, key="case-table"), note=note, anchor="cases")


def _row(case: KernelCase, prefix: int) -> list[Value]:
    return [
        case.index, WORDS[case.verdict], case.stage, case.shape, case.values, case.engine,
        case.configuration + (" delays" if case.delays else ""), case.cores, case.alignment, case.padding,
        case.elements,
        "NaN" if case.max_ulp < 0 else case.max_ulp, None if case.share is None else of_bound(case.share),
        case.cycles or None, case.cycles_model or None,
        float(f"{case.cycles_over_model:.3f}") if case.cycles_model and case.cycles else None, case.command[prefix:],
    ]  # fmt: skip
