# SPDX-License-Identifier: Apache-2.0
"""The lines of a kernel that its cases ran stand in its record, or why not."""

from pathlib import Path

import pytest

from traindeploy.codegen.firmware import FIRMWARE
from traindeploy.codegen.host_lines import HostLines, NotMeasured
from traindeploy.verify.plan import Choice, made, numbers, planned
from traindeploy.verify.source_lines import source_lines


def test_cases_of_a_kernel_name_the_lines_they_run() -> None:
    choice = Choice()
    calls = [made(planned("td_layernorm", index, choice)) for index in numbers("td_layernorm", 8, choice)]
    points, why = source_lines("td_layernorm", calls, FIRMWARE)
    assert why == ""
    lines = next(point for point in points if point.name == "firmware/kernels/norm.c" and point.metric == "line")
    assert lines.hit == lines.stated > 5


def test_why_there_are_none_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: HostLines, kernel: str, calls: object) -> None:
        raise NotMeasured("gcov is not installed")

    monkeypatch.setattr(HostLines, "measure", broken)
    choice = Choice()
    gemm = [made(planned("td_gemm", index, choice)) for index in numbers("td_gemm", 20, choice)]
    jobs = [call for call in gemm if call.redmule]
    assert source_lines("td_gemm", gemm, Path("firmware")) == ((), "gcov is not installed")
    assert source_lines("td_gemm", jobs, Path("firmware")) == ((), "all cases are jobs of RedMule")
