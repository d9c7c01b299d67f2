# SPDX-License-Identifier: Apache-2.0
"""Records as suites of tests, which is how JUnit and CTRF see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from traindeploy.records.case import CaseRecord, Scalar
from traindeploy.records.kernel import KernelRecord
from traindeploy.records.provenance import Provenance
from traindeploy.records.verdict import Verdict


@dataclass(frozen=True)
class Test:
    """One test. ``seconds`` is None where a case shares its time with others."""

    name: str
    verdict: Verdict
    message: str
    detail: str
    command: str
    seconds: float | None
    labels: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True)
class Suite:
    """Tests that belong together; ``seconds`` of all of them."""

    name: str
    tests: Sequence[Test]
    seconds: float
    provenance: Provenance

    def count(self, verdict: Verdict) -> int:
        return sum(test.verdict is verdict for test in self.tests)


def suites(records: Sequence[CaseRecord]) -> list[Suite]:
    """A suite for each kernel, and for each kind of the other records, in the order of first appearance."""
    groups: dict[str, list[CaseRecord]] = {}
    found: list[Suite] = []
    for record in records:
        if isinstance(record, KernelRecord):
            found.append(Suite(f"kernel.{record.kernel}", _cases(record), record.seconds, record.provenance))
        else:
            groups.setdefault(record.kind.value, []).append(record)
    for name, members in groups.items():
        seconds = sum(record.seconds for record in members)
        found.append(Suite(name, [_test(record) for record in members], seconds, members[0].provenance))
    return found


def moment(provenance: Provenance) -> datetime:
    """When a record was made; the beginning of 1970 if its date is none."""
    try:
        when = datetime.fromisoformat(provenance.date)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _cases(record: KernelRecord) -> list[Test]:
    """The kernel's cases; and the record itself, if it did not pass although its cases did, or has none."""
    tests = [
        Test(
            f"{case.index}: {case.name}", case.verdict, case.failure, _worst(case.failure, record, case.index),
            case.command, None, {"stage": case.stage, "shape": case.shape, "values": case.values, "cores": case.cores,
            "engine": case.engine, "configuration": case.configuration, "seed": case.seed},
        )
        for case in record.cases
    ]  # fmt: skip
    if not tests or (not record.passed and all(test.verdict is Verdict.PASSED for test in tests)):
        tests.append(_test(record))
    return tests


def _worst(failure: str, record: KernelRecord, index: int) -> str:
    element = next((case.worst for case in record.cases if case.index == index), None)
    if not failure or element is None:
        return ""
    place = ", ".join(map(str, element.index))
    operands = "\n".join(
        f"{name}: {', '.join(f'{v:.9g}' for v in values)}" for name, values in element.operands.items()
    )
    return (
        f"{element.output}[{place}]: {element.got_hex}, expected {element.expected_hex}, {element.ulp} ULP\n{operands}"
    )


def _test(record: CaseRecord) -> Test:
    labels: dict[str, Scalar] = {**record.configuration, "seed": record.seed}
    told = ", ".join(f"{name}={value}" for name, value in labels.items() if value != "")
    return Test(
        f"{record.test} [{told}]", record.verdict, record.failure, record.detail, record.command, record.seconds, labels
    )  # fmt: skip
