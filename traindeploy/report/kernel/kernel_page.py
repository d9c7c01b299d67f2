# SPDX-License-Identifier: Apache-2.0
"""``report.html`` of a kernel, from its record alone."""

from collections.abc import Sequence
from dataclasses import replace

from traindeploy.records.kernel import KernelCase, KernelRecord
from traindeploy.records.verdict import Verdict
from traindeploy.report.kernel import coverage, failures, mutants, numbers, rtl, scope, speed
from traindeploy.report.kernel.cases import cases_section
from traindeploy.report.kernel.share import of_bound
from traindeploy.report.page import Statement, Tile, render
from traindeploy.report.page.origin import origin
from traindeploy.report.page.shell import PageError
from traindeploy.report.text import number

MOST = 2_000  # cases on a page
WORDS = {Verdict.PASSED: "PASSED", Verdict.FAILED: "FAILED", Verdict.ERROR: "NO VERDICT"}


def render_kernel(record: KernelRecord, *, crumbs: Sequence[tuple[str, str]] = ()) -> str:
    """The page's HTML. ``crumbs``: (text, relative address) of the pages above, such as the index.

    Charts and the table show at most ``MOST`` cases, fewer if the page would else be too large; all figures are of all.
    """
    limit = min(MOST, max(len(record.cases), 1))
    while True:
        try:
            return _render(record, limit, crumbs)
        except PageError:
            if limit < 10:
                raise
            limit //= 2


def chosen(cases: Sequence[KernelCase], limit: int) -> tuple[KernelCase, ...]:
    """At most ``limit`` of ``cases``, in their order: failing ones first of all, then an even choice of the others."""
    if len(cases) <= limit:
        return tuple(cases)
    failing = [case for case in cases if not case.passed][:limit]
    others = [case for case in cases if case.passed]
    room = limit - len(failing)
    kept = {id(case) for case in failing} | {id(others[i * len(others) // room]) for i in range(room) if others}
    return tuple(case for case in cases if id(case) in kept)


def _render(record: KernelRecord, limit: int, crumbs: Sequence[tuple[str, str]]) -> str:
    shown = replace(record, cases=chosen(record.cases, limit))
    note = ""
    if len(shown.cases) < len(record.cases):
        note = (
            f" Charts of cycles and the table show {number(len(shown.cases))} of {number(len(record.cases))} cases,"
            " failing ones first; record.json has all."
        )
    sections = [
        *failures.sections(record),
        scope.stages_section(record),
        *numbers.sections(record),
        *speed.sections(shown),
        *coverage.sections(record),
        rtl.section(record),
        mutants.section(record),
        *scope.sections(record),
        cases_section(shown),
    ]
    said = statement(record)
    return render(
        record.kernel,
        sections,
        statement=replace(said, sentence=said.sentence + note),
        subtitle=f"{record.function} of {record.source}, for {', '.join(record.operators) or 'no operator'}",
        tiles=tiles(record),
        crumbs=crumbs,
        provenance=origin(record),
    )


def statement(record: KernelRecord) -> Statement:
    """The verdict, and what it rests on, in one sentence."""
    cases, elements = len(record.cases), sum(case.elements for case in record.cases)
    failed = [case for case in record.cases if not case.passed]
    compared = f"{number(elements)} elements of {number(cases)} cases"
    if record.verdict is Verdict.PASSED:
        return Statement("good", "PASSED", f"{compared} are bit for bit what the machine model computes (0 ULP).")
    why = f" {record.failure}." if record.failure else ""
    if record.verdict is Verdict.ERROR:
        return Statement("unknown", "NO VERDICT", f"The verification did not finish: {compared} were compared.{why}")
    return Statement(
        "bad", "FAILED", f"{number(len(failed))} of {number(cases)} cases failed; {compared} compared.{why}"
    )


def tiles(record: KernelRecord) -> list[Tile]:
    """The figures in large type."""
    shares = [case.share for case in record.cases if case.share is not None]
    found = [
        Tile(number(len(record.cases)), "cases"),
        Tile(number(sum(case.elements for case in record.cases)), "elements compared"),
        Tile(ulp_text(record.max_ulp), "from the machine model at most"),
        Tile(f"{of_bound(max(shares)):g}" if shares else "not measured", "of the error bound at most"),
    ]
    if record.model_ratio:
        widest = max(record.model_ratio, key=lambda ratio: ratio.cases)
        found.append(Tile(f"{widest.median:.2f}", f"cycles over model, median on {widest.configuration}"))
    rate = max((case.flop / case.cycles for case in record.cases if case.cycles), default=0.0)
    if rate:
        found.append(Tile(f"{rate:.2f}", "FLOP/cycle at best"))
    if own := [mutant for mutant in record.mutants if not mutant.place.startswith(mutants.RTL)]:
        found.append(Tile(f"{sum(mutant.killed for mutant in own)} of {len(own)}", "mutants of the kernel killed"))
    return found


def ulp_text(ulp: int | None) -> str:
    """A distance as a reader says it."""
    if ulp is None:
        return "not compared"
    return "NaN" if ulp < 0 else f"{ulp:,} ULP"
