# SPDX-License-Identifier: Apache-2.0
"""A summary in Markdown: verdict, counts, kernels, failures by message with the command that repeats the first."""

from collections import defaultdict
from collections.abc import Sequence

from traindeploy.records.bucket import bucket
from traindeploy.records.case import CaseRecord
from traindeploy.records.kernel import KernelRecord
from traindeploy.records.verdict import Verdict
from traindeploy.report.formats.flat import Test, suites
from traindeploy.report.table import cell
from traindeploy.report.text import duration, number

GROUPS = 20  # of failures; a comment on a pull request holds 65,536 characters
LONGEST = 300  # characters of a message
COVERAGE = (("functional", ""), ("line", "firmware/"), ("line", "rtl/"))  # metric, folder


def render(records: Sequence[CaseRecord]) -> bytes:
    """The Markdown text."""
    found = suites(records)
    tests = [test for suite in found for test in suite.tests]
    failed = [test for test in tests if test.verdict is not Verdict.PASSED]
    word = "PASSED" if not failed else "FAILED" if any(t.verdict is Verdict.FAILED for t in failed) else "NO VERDICT"
    source = records[0].provenance
    changed = ", with changes that are not committed" if source.dirty else ""
    commit = cell(source.commit[:12]) or "unknown"
    lines = [
        f"### TrainDeploy: {word}",
        "",
        f"{number(len(tests) - len(failed))} of {number(len(tests))} tests passed, at commit {commit}{changed}.",
        "",
        "| suite | tests | passed | failed | no verdict | time |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for suite in found:
        counts = [number(suite.count(verdict)) for verdict in (Verdict.PASSED, Verdict.FAILED, Verdict.ERROR)]
        row = [cell(suite.name), number(len(suite.tests)), *counts, duration(suite.seconds)]
        lines.append(f"| {' | '.join(row)} |")
    lines += _kernels([record for record in records if isinstance(record, KernelRecord)])
    lines += _failures(failed)
    return ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")


def _kernels(records: Sequence[KernelRecord]) -> list[str]:
    if not records:
        return []
    lines = [
        "",
        "| kernel | cases | largest ULP | error over bound | cycles over model | bins | lines of C | lines of RTL |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for record in records:
        shares = [case.share for case in record.cases if case.share is not None]
        ratios = sorted(record.model_ratio, key=lambda ratio: -ratio.cases)
        ulp = "not compared" if record.max_ulp is None else "NaN" if record.max_ulp < 0 else number(record.max_ulp)
        row = [
            cell(record.kernel), number(len(record.cases)), ulp, f"{max(shares):.3g}" if shares else "not measured",
            f"{ratios[0].median:.3f}" if ratios else "not measured",
            *(_covered(record, *what) for what in COVERAGE),
        ]  # fmt: skip
        lines.append(f"| {' | '.join(row)} |")
    return lines


def _covered(record: KernelRecord, metric: str, folder: str) -> str:
    """% of the record's points of ``metric`` in ``folder``, rounded down."""
    points = [p for p in record.coverage if p.metric == metric and p.name.startswith(folder)]
    stated, hit = (sum(getattr(point, name) for point in points) for name in ("stated", "hit"))
    return f"{int(1000 * hit / stated) / 10:g} %" if stated else "not measured"


def _failures(failed: Sequence[Test]) -> list[str]:
    groups: dict[str, list[Test]] = defaultdict(list)
    for test in failed:
        groups[bucket(test.message) or "without a message"].append(test)
    ordered = sorted(groups.values(), key=len, reverse=True)
    if not ordered:
        return []
    lines = ["", "| failures | first of them | its message | repeat |", "|---:|---|---|---|"]
    for members in ordered[:GROUPS]:
        first = members[0]
        row = [number(len(members)), *(cell(text[:LONGEST]) for text in (first.name, first.message, first.command))]
        lines.append(f"| {' | '.join(row)} |")
    rest = ordered[GROUPS:]
    if rest:
        lines += ["", f"{sum(map(len, rest)):,} more, with {len(rest):,} other messages."]
    return lines
