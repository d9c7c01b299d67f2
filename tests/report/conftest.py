# SPDX-License-Identifier: Apache-2.0
"""A small result that passed and one that failed."""

from dataclasses import replace

import pytest

from traindeploy.records.bench import Mismatch, OperatorResult
from traindeploy.records.case import Kind, Scalar
from traindeploy.records.program import Engine, Phase
from traindeploy.records.provenance import Provenance
from traindeploy.records.run import RunResult
from traindeploy.records.verdict import Verdict

CAPACITY = {"L1": 128 << 10, "L2": 2 << 20, "L3": 32 << 20}
CONFIGURATION: dict[str, Scalar] = {
    "model": "cct_tiny", "strategy": "lp", "engine": "redmule", "config": "paper", "data": "", "lora_rank": 4,
    "lora_alpha": 4.0, "learning_rate": 0.01, "steps": 1, "arithmetic": "rtl",
}  # fmt: skip
PROVENANCE = Provenance(commit="0" * 40, dirty=False, python="3.11.2", date="2026-11-26T00:00:00+00:00", machine="here")


def operator(
    index: int, name: str, kind: str, engine: Engine, phase: Phase, start: int, cycles: int, flop: int, size: int
):
    return OperatorResult(
        index=index, name=name, kind=kind, engine=engine, phase=phase, step=1, start=start, cycles=cycles, flop=flop,
        tensors=1, elements=size, max_ulp=0,
    )  # fmt: skip


@pytest.fixture
def passed() -> RunResult:
    operators = (
        operator(0, "conv0", "Conv", "redmule", "forward", 100, 40_000, 3_538_944, 65_536),
        operator(1, "relu0", "Relu", "cores", "forward", 40_100, 9_000, 0, 65_536),
        operator(2, "head.dW", "Gemm", "cores", "backward", 49_100, 700, 2_560, 1_280),
        operator(3, "head.sgd", "Sgd", "cores", "update", 49_800, 200, 0, 1_280),
    )
    return RunResult(
        kind=Kind.RUN,
        test="sim",
        seed=3,
        configuration=CONFIGURATION,
        verdict=Verdict.PASSED,
        provenance=PROVENANCE,
        cycles=50_000,
        flop=3_541_504,
        tensors_compared=4,
        tensors_in_graph=4,
        elements_compared=133_632,
        max_ulp=0,
        l3_bytes=123_456,
        peak_bytes={"L1": 98_304, "L2": 1 << 20, "L3": 3 << 20},
        capacity_bytes=CAPACITY,
        trainable_parameters=1_290,
        losses=(2.3025851,),
        sim_seconds=2.5,
        seconds=9.0,
        firmware_bytes=70_000,
        operators=operators,
        command="make sim MODEL=cct_tiny STRATEGY=lp SEED=3",
    )


@pytest.fixture
def failed(passed: RunResult) -> RunResult:
    mismatch = Mismatch(
        tensor="head.weight.grad",
        operator="head.dW",
        kind="Gemm",
        engine="cores",
        step=1,
        index=(3, 7),
        actual_hex="0x3f800001",
        expected_hex="0x3f800000",
        ulp=1,
        max_ulp=1,
        wrong=2,
        size=1_280,
        level="L2",
        address=0x1C08_0010,
        cycle=49_800,
    )
    return replace(
        passed,
        verdict=Verdict.FAILED,
        max_ulp=1,
        operators=(*passed.operators[:2], replace(passed.operators[2], max_ulp=1), passed.operators[3]),
        mismatches=(mismatch,),
        reproduce="make sim MODEL=cct_tiny STRATEGY=lp SEED=3 WAVES=head.dW",
    )
