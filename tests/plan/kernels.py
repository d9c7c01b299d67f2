# SPDX-License-Identifier: Apache-2.0
"""Firmware kernels on the RTL."""

from tb.plan import NIGHT, Entry, Stage
from tests.plan.entries import by_pytest
from traindeploy.records.case import Kind

_FILE = "tests/firmware/test_kernels_on_rtl.py"

_VERIFY = "tests/verify/test_verified_kernels.py"
_CASES = (("tb.env.kernel.test_kernel", "KernelTest"),)  # runs many calls of kernels in one boot

ENTRIES: list[Entry] = [
    by_pytest(
        "kernels.bit_exact",
        "The kernels of every operator compute on the RTL what the machine model computes, bit for bit.",
        "tests/ops/test_kernels_on_rtl.py::test_kernels_on_the_rtl_are_the_machine_model_bit_for_bit",
        Stage.V1,
        Kind.KERNEL,
        cocotb=_CASES,
    ),
    by_pytest(
        "kernels.one_program",
        "The program that calls every kernel ends without complaint, and every call is timed.",
        "tests/ops/test_kernels_on_rtl.py::test_the_program_ends_without_complaint_and_times_every_call",
        Stage.V1,
        Kind.KERNEL,
        cocotb=_CASES,
    ),
    by_pytest(
        "kernels.gemm_speed",
        "GEMM on the cores reaches 0.4 multiply-adds a cycle and core.",
        f"{_FILE}::test_gemm_on_cores_reaches_0_4_multiply_adds_a_cycle_and_core",
        Stage.V3,
        Kind.KERNEL,
        cocotb=_CASES,
    ),
    by_pytest(
        "kernels.traps",
        "A trap ends the run and names core and cause.",
        f"{_FILE}::test_a_trap_ends_the_run_and_names_core_and_cause",
        Stage.V2,
        Kind.KERNEL,
    ),
    by_pytest(
        "kernels.refused_job",
        "A job that RedMule refuses ends the run.",
        f"{_FILE}::test_a_job_that_redmule_refuses_ends_the_run",
        Stage.V2,
        Kind.KERNEL,
        cocotb=_CASES,
    ),
    by_pytest(
        "kernels.random",
        "Kernels pass on random shapes, alignments, values and numbers of cores.",
        f"{_VERIFY}::test_cases_of_a_kernel_pass_on_any_number_of_cores",
        Stage.V2,
        Kind.KERNEL,
        cocotb=_CASES,
    ),
    by_pytest(
        "kernels.corner",
        "A kernel that is wrong by 1 ULP in one corner is found, and the named case repeats it.",
        f"{_VERIFY}::test_a_kernel_that_is_wrong_in_one_corner_is_found_and_the_case_repeats_it",
        Stage.V3,
        Kind.KERNEL,
        cocotb=_CASES,
    ),
    by_pytest(
        "kernels.coverage",
        "Code coverage of the RTL while a kernel's cases run is that of the engines that ran them.",
        f"{_VERIFY}::test_coverage_of_the_rtl_is_that_of_the_engines_that_ran",
        Stage.V3,
        Kind.KERNEL,
        seeds=NIGHT,
        seconds=3600,
        cocotb=_CASES,
    ),
    by_pytest(
        "kernels.thousands",
        "Every kernel passes on two thousand cases, on both configurations, with delays and assertions.",
        f"{_VERIFY}::test_two_thousand_cases_of_a_kernel_pass_in_every_configuration",
        Stage.V3,
        Kind.KERNEL,
        seeds=NIGHT,
        seconds=3600,
        cocotb=_CASES,
    ),
]
