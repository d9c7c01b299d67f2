# SPDX-License-Identifier: Apache-2.0
"""Records of every kind, of which one passed, one failed and one has no verdict."""

from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from tests.report.kernel.made import PROVENANCE, made
from traindeploy.records.case import Artefact, CaseRecord, Kind
from traindeploy.records.verdict import CoveragePoint, Verdict, functional


def block(**changed) -> CaseRecord:
    point = CoveragePoint(
        name="td_hyperbus.sv", metric="line", stated=2, hit=1, holes=("11: x",), hits={"10": 3, "11": 0}
    )
    toggles = CoveragePoint(
        name="td_hyperbus.sv", metric="toggle", stated=2, hit=1, hits={"12 clk_i[0]:0->1": 5, "12 clk_i[0]:1->0": 0}
    )
    record = CaseRecord(
        kind=Kind.BLOCK, test="hyperbus random", seed=7, configuration={"configuration": "paper"},
        verdict=Verdict.PASSED, seconds=3.25, cycles=12_345, command="make test PYTEST=hyperbus", provenance=PROVENANCE,
        coverage=(point, toggles, functional("bursts", {"1": 2, "64": 0})),
        artefacts=(Artefact(path=PurePosixPath("coverage.dat"), bytes=3, sha256="0" * 64),),
    )  # fmt: skip
    return replace(record, **changed)


@pytest.fixture
def records() -> list[CaseRecord]:
    return [
        block(),
        block(seed=8, verdict=Verdict.FAILED, failure="3 reads differ, first 'a'", detail="at cycle 17"),
        block(seed=9, kind=Kind.BENCH, verdict=Verdict.ERROR, failure="the simulator was killed by signal 9"),
        made(9, failing=(2, 4)),
    ]
