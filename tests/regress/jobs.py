# SPDX-License-Identifier: Apache-2.0
"""Jobs that take no time and leave the records that a test wants."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from traindeploy.records import serial
from traindeploy.records.case import CaseRecord, Kind
from traindeploy.records.job import Job
from traindeploy.records.provenance import Provenance
from traindeploy.records.verdict import Verdict
from traindeploy.regress.run import Settings

QUIET = Console(quiet=True)
ORIGIN = Provenance(commit="c" * 40, dirty=False, python="3.11", date="2026-11-27T06:00:00+00:00", machine="m")


def record(test: str = "dma.x", **more: Any) -> CaseRecord:
    known: dict[str, Any] = dict(verdict=Verdict.PASSED, kind=Kind.BLOCK, test=test, command="c", provenance=ORIGIN)
    return CaseRecord(**{**known, **more})


def job(name: str, records: Mapping[str, Verdict] | None = None, status: int = 0, script: str = "") -> Job:
    """A job that writes a record for each of ``records`` (test -> verdict), runs ``script``, ends with ``status``."""
    lines = [
        serial.line(record(test, verdict=verdict, failure="" if verdict is Verdict.PASSED else f"{test} differs"))
        for test, verdict in ({name: Verdict.PASSED} if records is None else records).items()
    ]
    words = "\n".join(lines)
    text = (
        f"mkdir -p $TRAINDEPLOY_REPORTS; printf '%s' '{words}' > $TRAINDEPLOY_REPORTS/a.jsonl; {script}\nexit {status}"
    )
    return Job(name=name, command=("sh", "-c", text), seconds=20, test=name, kind=Kind.BLOCK)


def plan_file(folder: Path, *jobs: Job) -> Path:
    path = folder / "small.jsonl"
    path.write_text("".join(serial.line(one) + "\n" for one in jobs))
    return path


def settings(folder: Path, *jobs: Job, **more: Any) -> Settings:
    """Everything that the regression touches is in ``folder``."""
    return Settings(
        plan=str(plan_file(folder, *jobs)),
        home=folder / "regress",
        history=folder / "history.sqlite",
        expected=folder / "expected.toml",
        **more,
    )
