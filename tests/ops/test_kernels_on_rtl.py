# SPDX-License-Identifier: Apache-2.0
"""Kernels and RedMule on the RTL: one program calls them all, odd shapes and special values included, in one boot."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tb.build.simulator import build_platform
from tb.run import simulate
from tests.firmware.rtl_program import Call, write
from tests.ops import SPECS
from tests.ops.calls import calls_of
from tests.ops.spec import Draw, cases_of, float32, inputs_of
from tests.plan.records import Facts
from traindeploy.platform import CONFIGS
from traindeploy.records.bench import BenchRecord, OperatorResult
from traindeploy.records.verdict import Verdict, Verified

WITH_KERNEL = sorted(op for op, spec in SPECS.items() if "kernel" not in spec.absent)
WORDS = 1100  # of a case's inputs: larger ones are left to the host
CASES = 11  # an operator


def rtl_calls(op: str) -> Iterator[Call]:
    """Calls of some cases spread over the operator's, and of the largest of them with special values."""
    spec = SPECS[op]
    drawn = [(case, inputs_of(op, spec, case, Draw(2))) for case in cases_of(op, spec)]
    fitting = [(case, sum(i.size for i in inputs)) for case, inputs in drawn if max(i.size for i in inputs) <= WORDS]
    count = min(CASES, len(fitting))
    chosen = [fitting[i * len(fitting) // count][0] for i in range(count)]
    chosen += [case for case, _ in fitting if case.kernel_only and case not in chosen]
    largest, _ = max(fitting, key=lambda pair: pair[1])
    for name, case, draw in [
        *((f"{op}-{case.name}", case, Draw(3)) for case in chosen),
        (f"{op}-{largest.name}-special", largest, Draw(4, special=True)),
    ]:
        yield from calls_of(op, spec, name, float32(inputs_of(op, spec, case, draw)), case.attrs)


@dataclass(frozen=True)
class Run:
    """The program's calls by operator, and what came of them by name."""

    calls: dict[str, list[Call]]
    record: BenchRecord
    results: dict[str, OperatorResult]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder: Path = tmp_path_factory.mktemp("all_kernels")
    calls = {op: list(rtl_calls(op)) for op in WITH_KERNEL}
    write(folder, [call for each in calls.values() for call in each])
    simulator = build_platform(CONFIGS["compact"], disturbable=True, optimize="-O1")
    record = simulate(folder, CONFIGS["compact"], max_cycles=10_000_000, max_seconds=600, build=simulator)
    return Run(calls, record, {result.name: result for result in record.operators})


@pytest.mark.parametrize("op", WITH_KERNEL)
def test_kernels_on_the_rtl_are_the_machine_model_bit_for_bit(run: Run, op: str, facts: Facts) -> None:
    calls = run.calls[op]
    missing = [call.name for call in calls if call.name not in run.results]
    assert not missing, f"the program ended before {missing[0]}: {run.record.failure}"
    cycles = sum(run.results[f"{call.name}.run"].cycles for call in calls)
    distances = {call.name: run.results[call.name].max_ulp for call in calls}
    wrong = [name for name, ulp in distances.items() if ulp != 0]
    worst = -1 if -1 in distances.values() else max(distances.values())  # -1: a NaN
    facts.outcome = Verified(verdict=Verdict.FAILED if wrong else Verdict.PASSED, cycles=cycles, max_ulp=worst)
    facts.note = f"{len(calls)} calls"
    assert not wrong, (wrong, run.record.failure, run.record.detail)
    assert [run.results[call.name].tensors for call in calls] == [len(call.outputs) for call in calls]


def test_the_program_ends_without_complaint_and_compares_every_output(run: Run) -> None:
    assert run.record.passed, (run.record.failure, run.record.detail)
    assert run.record.max_ulp == 0
    outputs = sum(len(call.outputs) for calls in run.calls.values() for call in calls)
    assert run.record.tensors_compared == outputs
    assert {call.kernel for calls in run.calls.values() for call in calls if call.redmule} == {"td_gemm"}
