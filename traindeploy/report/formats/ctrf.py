# SPDX-License-Identifier: Apache-2.0
"""CTRF (Common Test Report Format) 0.0.0: its required fields, and of the optional ones what a record knows."""

import json
import uuid
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from traindeploy.records.case import CaseRecord, Scalar
from traindeploy.records.verdict import Verdict
from traindeploy.report.formats.flat import Suite, Test, moment, suites

STATUS = {Verdict.PASSED: "passed", Verdict.FAILED: "failed", Verdict.ERROR: "other"}
SPACE = uuid.UUID("7ad1d1c2-2c3d-5b0f-9f0c-4d3b6c2a1e11")  # of the identifiers below: the same test has the same one


def render(records: Sequence[CaseRecord]) -> bytes:
    """The JSON document; what gave no verdict is "other"."""
    found = suites(records)
    first = records[0].provenance
    start = min(int(moment(suite.provenance).timestamp() * 1000) for suite in found)
    duration = int(sum(suite.seconds for suite in found) * 1000)
    tests = [_test(suite, test) for suite in found for test in suite.tests]
    summary: dict[str, Any] = {"tests": len(tests)}
    for status in ("passed", "failed", "skipped", "pending", "other"):
        summary[status] = sum(test["status"] == status for test in tests)
    summary |= {"suites": len(found), "start": start, "stop": start + duration, "duration": duration}
    document = {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "timestamp": moment(first).isoformat(),
        "generatedBy": "traindeploy",
        "results": {
            "tool": {"name": "traindeploy", "version": version("traindeploy")},
            "summary": summary,
            "tests": tests,
            "environment": {
                "appName": "TrainDeploy",
                "commit": first.commit,
                "extra": {"dirty": first.dirty, "machine": first.machine, "python": first.python, **first.tools},
            },
        },
    }
    return (json.dumps(document, indent=1, allow_nan=False) + "\n").encode()


def _test(suite: Suite, test: Test) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": str(uuid.uuid5(SPACE, f"{suite.name}/{test.name}".encode("utf-8", "backslashreplace").decode())),
        "name": test.name or "unnamed",
        "status": STATUS[test.verdict],
        "duration": int((test.seconds or 0.0) * 1000),
        "suite": suite.name.split("."),
        "rawStatus": test.verdict.value,
        "extra": {"command": test.command},
    }
    if test.labels:
        entry["labels"] = _finite(test.labels)
    if test.verdict is not Verdict.PASSED:
        entry |= {"message": test.message, "trace": test.detail}
    return entry


def _finite(labels: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Numbers that JSON does not have, as texts."""
    return {
        name: value if not isinstance(value, float) or abs(value) <= 1.8e308 else str(value)
        for name, value in labels.items()
    }
