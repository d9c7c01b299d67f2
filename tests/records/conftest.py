# SPDX-License-Identifier: Apache-2.0
"""Small records of each kind."""

import pytest

from traindeploy.records.case import CaseRecord, Kind
from traindeploy.records.provenance import Provenance
from traindeploy.records.verdict import Verdict, functional

PROVENANCE = Provenance(
    commit="0" * 40, dirty=False, python="3.11.2", tools={"numpy": "2.0"}, date="2026-11-26T00:00:00+00:00",
    machine="here",
)  # fmt: skip


@pytest.fixture
def case() -> CaseRecord:
    return CaseRecord(
        kind=Kind.BLOCK,
        test="dma random",
        seed=7,
        configuration={"rows": 3, "scale": 0.5, "in place": True, "format": "fp32"},
        verdict=Verdict.FAILED,
        failure="3 bytes differ at 0x1000, first of 'row 2'",
        cycles=1234,
        coverage=(functional("alignment", {"0": 4, "1": 0}, ["2: the port is 2 bytes wide"]),),
        figures={"khz": float("inf")},
        seconds=1.5,
        command="make test PYTEST=tests/rtl/test_blocks.py",
        provenance=PROVENANCE,
    )
