# SPDX-License-Identifier: Apache-2.0
"""A small result that passed and one that failed."""

from dataclasses import replace

import pytest

from traindeploy.report.result import Mismatch, OperatorResult, Result

CAPACITY = {"L1": 128 << 10, "L2": 2 << 20, "L3": 32 << 20}


@pytest.fixture
def passed() -> Result:
    operators = [
        OperatorResult("conv0", "Conv", "redmule", "forward", 1, 100, 40_000, 3_538_944, 65_536, 0),
        OperatorResult("relu0", "Relu", "cores", "forward", 1, 40_100, 9_000, 0, 65_536, 0),
        OperatorResult("head.dW", "Gemm", "cores", "backward", 1, 49_100, 700, 2_560, 1_280, 0),
        OperatorResult("head.sgd", "Sgd", "cores", "update", 1, 49_800, 200, 0, 1_280, 0),
    ]
    return Result(
        passed=True,
        model="cct_tiny",
        strategy="lp",
        engine="redmule",
        config="paper",
        seed=3,
        steps=1,
        lora_rank=4,
        lora_alpha=4.0,
        learning_rate=0.01,
        data="",
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
        losses=[2.3025851],
        sim_seconds=2.5,
        wall_seconds=9.0,
        firmware_bytes=70_000,
        operators=operators,
        command="traindeploy sim --model cct_tiny --strategy lp --seed 3",
    )


@pytest.fixture
def failed(passed: Result) -> Result:
    mismatch = Mismatch(
        tensor="head.weight.grad",
        operator="head.dW",
        step=1,
        index=(3, 7),
        actual_hex="0x3f800001",
        expected_hex="0x3f800000",
        ulp=1,
        wrong=2,
        size=1_280,
        level="L2",
        address=0x1C08_0010,
        cycle=49_800,
    )
    return replace(
        passed,
        passed=False,
        max_ulp=1,
        operators=[*passed.operators[:2], replace(passed.operators[2], max_ulp=1), passed.operators[3]],
        mismatches=[mismatch],
        reproduce="traindeploy sim --model cct_tiny --strategy lp --seed 3 --waves head.dW",
    )
