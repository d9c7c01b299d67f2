# SPDX-License-Identifier: Apache-2.0
"""A history of nights that never were."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.regress.jobs import ORIGIN, record
from traindeploy.records.case import Kind
from traindeploy.records.regression import JobSummary, RegressionRecord, Standing
from traindeploy.records.verdict import CoveragePoint, Verdict
from traindeploy.regress.history import History

VERDICTS = {Standing.PASSED: Verdict.PASSED, Standing.FAILED: Verdict.FAILED, Standing.ERROR: Verdict.ERROR}


def add(past: History, number: int, jobs: Mapping[str, Mapping[str, Any]], plan: str = "night") -> None:
    """Night ``number``; of each job: standing, failure, kind, cycles, hit (of 10 bins), ulp, seconds."""
    summaries, records = [], {}
    for name, facts in jobs.items():
        standing = facts.get("standing", Standing.PASSED)
        kind, failure, seconds = facts.get("kind", Kind.BLOCK), facts.get("failure", ""), facts.get("seconds", 1.0)
        summaries.append(
            JobSummary(
                name=name,
                test=name,
                kind=kind,
                standing=standing,
                failure=failure,
                seconds=seconds,
                repeat=f"make {name}",
            )
        )
        points = (CoveragePoint(name="p", stated=10, hit=facts["hit"]),) if "hit" in facts else ()
        if standing in VERDICTS:
            records[name] = [
                record(
                    name, verdict=VERDICTS[standing], failure=failure, kind=kind, cycles=facts.get("cycles", 0),
                    max_ulp=facts.get("ulp"), coverage=points, seconds=seconds,
                )
            ]  # fmt: skip
    origin = replace(ORIGIN, commit=f"{number:040x}", date=f"2026-11-{number:02}T02:00:00+00:00")
    past.add(RegressionRecord(id=f"n{number}", plan=plan, provenance=origin, jobs=tuple(summaries)), records)
