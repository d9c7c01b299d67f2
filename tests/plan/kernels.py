# SPDX-License-Identifier: Apache-2.0
"""Firmware kernels on the RTL."""

from tb.plan import Entry, Stage
from tests.plan.entries import by_pytest
from traindeploy.records.case import Kind

_FILE = "tests/firmware/test_kernels_on_rtl.py"

ENTRIES: list[Entry] = [
    by_pytest(
        "kernels.bit_exact",
        "The kernels of every operator compute on the RTL what the machine model computes, bit for bit.",
        "tests/ops/test_kernels_on_rtl.py::test_kernels_on_the_rtl_are_the_machine_model_bit_for_bit",
        Stage.V1,
        Kind.KERNEL,
    ),
    by_pytest(
        "kernels.one_program",
        "The program that calls every kernel ends without complaint, and every output is compared.",
        "tests/ops/test_kernels_on_rtl.py::test_the_program_ends_without_complaint_and_compares_every_output",
        Stage.V1,
        Kind.KERNEL,
    ),
    by_pytest(
        "kernels.gemm_speed",
        "GEMM on the cores reaches 0.4 multiply-adds a cycle and core.",
        f"{_FILE}::test_gemm_on_cores_reaches_0_4_multiply_adds_a_cycle_and_core",
        Stage.V3,
        Kind.KERNEL,
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
    ),
]
