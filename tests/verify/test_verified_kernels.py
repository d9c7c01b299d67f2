# SPDX-License-Identifier: Apache-2.0
"""Kernels alone on the RTL: right ones pass in every way to run them, one that is broken in a corner is found."""

import shutil
from pathlib import Path

import pytest

from tb.build.simulator import Build, build_platform
from tests.plan.records import Facts
from traindeploy.codegen.firmware import FIRMWARE
from traindeploy.ops import KERNELS
from traindeploy.platform import CONFIGS
from traindeploy.records import serial
from traindeploy.records.kernel import KernelRecord
from traindeploy.records.verdict import Verdict
from traindeploy.verify.engine import RECORD, Request, verify
from traindeploy.verify.plan import Boot, Choice

# File of the firmware, text, what is there instead: wrong by 1 ULP, or in one element, in one corner.
BROKEN = {
    "softmax_grad": (
        "softmax.c",
        "td_row_dot(dy, y, cols), cols);",
        (
            "td_row_dot(dy, y, cols), cols);\n"
            "        float *last = args->dx + row * cols;\n"
            "        if (args->rows % 8 == 5 && row + 1 == args->rows) *last = td_float(td_bits(*last) + 1u);"
        ),
    ),
    "scale": (
        "elementwise.c",
        "r.end - r.begin, args->alpha);",
        (
            "r.end - r.begin, args->alpha);\n"
            "    for (uint32_t i = r.begin; i < r.end; i++)\n"
            "        if ((td_bits(args->a[i]) << 1) - 1u < 0xffffffu)\n"
            "            args->out[i] = td_float(td_bits(args->out[i]) + 1u);"
        ),
    ),
}


@pytest.fixture(scope="module")
def simulator() -> Build:
    return build_platform(CONFIGS["compact"], disturbable=True, optimize="-O1")


@pytest.mark.parametrize("kernel", ["gemm", "layernorm_grad"])
def test_cases_of_a_kernel_pass_on_any_number_of_cores(
    simulator: Build, tmp_path: Path, kernel: str, facts: Facts
) -> None:
    record = verify(Request(f"td_{kernel}", 40, Choice()), build=tmp_path, simulator=simulator)
    facts.outcome = record
    assert record.passed, record.failure
    assert record.max_ulp == 0
    assert len(record.cases) == 40
    assert {case.verdict for case in record.cases} == {Verdict.PASSED}
    assert len({case.cores for case in record.cases}) > 3
    assert all(case.cycles > 0 and case.cycles_model > 0 and case.elements > 0 for case in record.cases)
    (own,) = (point for point in record.coverage if point.name == record.source and point.metric == "line")
    assert own.hit > 0.8 * own.stated > 0
    kept = serial.read(KernelRecord, tmp_path / "verify" / kernel / RECORD)
    assert serial.text(kept) == serial.text(record)  # a NaN among the operands equals no other
    assert [path.name for path in (tmp_path / "verify" / kernel).iterdir()] == [RECORD]


@pytest.mark.parametrize("kernel", BROKEN)
def test_a_kernel_that_is_wrong_in_one_corner_is_found_and_the_case_repeats_it(
    simulator: Build, tmp_path: Path, kernel: str
) -> None:
    file, before, after = BROKEN[kernel]
    firmware = tmp_path / "firmware"
    shutil.copytree(FIRMWARE, firmware)
    source = firmware / "kernels" / file
    text = source.read_text(encoding="utf-8")
    assert text.count(before) == 1
    source.write_text(text.replace(before, after), encoding="utf-8")
    record = verify(Request(f"td_{kernel}", 100, Choice()), build=tmp_path, firmware=firmware, simulator=simulator)
    failing = [case for case in record.cases if not case.passed]
    assert record.verdict is Verdict.FAILED
    assert 0 < len(failing) < 50
    first = failing[0]
    assert first.worst is not None
    assert first.worst.got_hex != first.worst.expected_hex
    if kernel == "softmax_grad":
        assert all(case.sizes["rows"] % 8 == 5 for case in failing)
        assert first.worst.index[-2] == first.sizes["rows"] - 1
    else:
        assert all(case.values in ("subnormal", "special") for case in failing)
    again = verify(
        Request(f"td_{kernel}", 1, Choice(), only=(first.index,)), build=tmp_path, firmware=firmware,
        simulator=simulator,
    )  # fmt: skip
    assert (again.cases[0].failure, again.cases[0].worst) == (first.failure, first.worst)
    assert f"CASE={first.index}" in first.command


def test_coverage_of_the_rtl_is_that_of_the_engines_that_ran(tmp_path: Path, facts: Facts) -> None:
    both, cores = (
        verify(Request("td_gemm", 24, Choice(engines=engines), coverage=True), build=tmp_path)
        for engines in (("cores", "redmule"), ("cores",))
    )
    facts.outcome = both
    assert both.passed, both.failure
    assert not both.note
    found = {(point.name, point.metric): point for point in both.coverage if point.name.startswith("rtl/")}
    assert {metric for _, metric in found} == {"line", "branch", "toggle"}
    for name in ("rtl/redmule/td_redmule_agu.sv", "rtl/fpu/td_fpu.sv", "rtl/tcdm/td_tcdm.sv"):
        lines, toggles = found[name, "line"], found[name, "toggle"]
        assert 0.8 * lines.stated < lines.hit <= lines.stated
        assert 0 < toggles.hit < toggles.stated
        assert all(hole.partition(":")[0].isdigit() for hole in lines.holes + toggles.holes)
    folders = {name.split("/")[1] for name, _ in found}
    assert folders == {"cluster", "fpu", "icache", "redmule", "tcdm"}
    others = {point.name.split("/")[1] for point in cores.coverage if point.name.startswith("rtl/")}
    assert others == folders - {"redmule"}


@pytest.mark.parametrize("kernel", KERNELS)
def test_two_thousand_cases_of_a_kernel_pass_in_every_configuration(tmp_path: Path, kernel: str, facts: Facts) -> None:
    boots = (Boot("compact"), Boot("paper"), Boot("compact", delays=True))
    record = verify(Request(kernel, 2000, Choice(boots=boots)), build=tmp_path)
    facts.outcome = record
    assert record.passed, record.failure
    assert {case.stage for case in record.cases} == {"V1", "V2", "V3"}
