# SPDX-License-Identifier: Apache-2.0
"""How a job stands, from what the farm says of it and from the case records that it has left.

Nothing passes by silence: a job that was to leave records and left none, or whose exit status contradicts them, is an
error.
"""

import shlex
from collections.abc import Sequence
from dataclasses import replace

from traindeploy.records.case import CaseRecord, Kind
from traindeploy.records.job import Job, JobResult, Outcome
from traindeploy.records.names import printable
from traindeploy.records.provenance import Provenance
from traindeploy.records.regression import JobSummary, Standing
from traindeploy.records.verdict import Verdict
from traindeploy.regress.expected import Expected

UNJUDGED = {
    Outcome.CUT: Standing.NOT_RUN,
    Outcome.NOT_RUN: Standing.NOT_RUN,
    Outcome.LOST: Standing.LOST,
    Outcome.QUARANTINED: Standing.LOST,
}
STANDING = {Verdict.PASSED: Standing.PASSED, Verdict.FAILED: Standing.FAILED, Verdict.ERROR: Standing.ERROR}
FAILED = 1  # exit status of pytest, and of ours, when a check failed


def judge(
    job: Job, result: JobResult, left: Sequence[CaseRecord], provenance: Provenance, last_line: str = ""
) -> tuple[Verdict, list[CaseRecord]]:
    """(verdict, records) of a job that has ended; records that it should have left and has not are made here.

    ``last_line`` is the last one of its output: what there is to say of a job that left no record.
    """
    records = list(left)
    if result.outcome is Outcome.STOPPED:
        failure = result.reason
    elif job.scored and result.status in (0, FAILED):
        return Verdict.PASSED, records
    elif not job.leaves_records:
        verdict = {0: Verdict.PASSED, FAILED: Verdict.FAILED}.get(result.status, Verdict.ERROR)
        failure = "" if verdict is Verdict.PASSED else f"exit status {result.status}: {last_line}"
        return verdict, [_made(job, result, verdict, failure, provenance)]
    elif not records:
        failure = f"left no case record, exit status {result.status}: {last_line}"
    elif (result.status == 0) is not all(record.passed for record in records):
        what = "all passed" if all(record.passed for record in records) else "one failed"
        failure = f"exit status {result.status}, though of {len(records)} case records {what}: {last_line}"
    else:
        failure = ""
    if failure:
        records.append(_made(job, result, Verdict.ERROR, failure, provenance))
    verdicts = {record.verdict for record in records}
    return next(v for v in (Verdict.FAILED, Verdict.ERROR, Verdict.PASSED) if v in verdicts), records


def summary(
    job: Job, result: JobResult, verdict: Verdict | None, failure: str, expected: Expected | None
) -> JobSummary:
    """How the job stands; ``verdict`` is None if it has none, ``expected`` what is known about its case."""
    standing = UNJUDGED[result.outcome] if verdict is None else STANDING[verdict]
    note = ""
    if expected is not None:
        if standing in (Standing.FAILED, Standing.ERROR) and expected.covers(failure):
            standing, note = Standing.EXPECTED, expected.note
        elif standing is Standing.PASSED:
            standing, note = Standing.FIXED, expected.note
    return JobSummary(
        name=job.name,
        test=job.test,
        kind=job.kind,
        standing=standing,
        failure=failure,
        note=note,
        repeat=job.repeat or shlex.join(job.command),
        folder=result.folder.as_posix() if result.folder.parts else "",
        seconds=result.seconds,
        losses=result.losses,
    )


def first_failure(records: Sequence[CaseRecord], verdict: Verdict) -> str:
    """The message of the first record that ended like the job."""
    return next((r.failure for r in records if r.verdict is verdict and not r.passed), "")


def _made(job: Job, result: JobResult, verdict: Verdict, failure: str, provenance: Provenance) -> CaseRecord:
    return CaseRecord(
        verdict=verdict,
        failure=printable(failure).strip().rstrip(":"),
        kind=job.kind or Kind.BENCH,
        test=job.test or job.name,
        configuration={},
        seconds=result.seconds,
        command=job.repeat or shlex.join(job.command),
        provenance=replace(provenance),
    )
