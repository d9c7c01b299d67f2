# SPDX-License-Identifier: Apache-2.0
"""The speed of GEMM on the RTL's cores, and how a run ends that a trap or a refused job ends (bits: tests/ops)."""

from pathlib import Path

import numpy as np
import pytest

from golden.fp32 import matmul
from tb.build.simulator import build_platform
from tb.run import simulate
from tests.firmware.values import normal
from tests.plan.records import Facts
from traindeploy.codegen.firmware import build as build_firmware
from traindeploy.platform import CONFIGS, NUM_CORES
from traindeploy.records import serial
from traindeploy.records.arrays import write_arrays
from traindeploy.records.program import ProgramDescription
from traindeploy.records.verdict import Verdict, Verified
from traindeploy.verify.boots import run
from traindeploy.verify.call import Call
from traindeploy.verify.plan import Boot
from traindeploy.verify.program import Loaded
from traindeploy.verify.window import place


def product(m: int, n: int, k: int, flags: int, redmule: bool) -> Call:
    """Z = X.W with X and W stored as ``flags`` says."""
    rng = np.random.default_rng(3)
    x, w = normal(rng, m, n), normal(rng, n, k)
    z = matmul(x, w)
    arguments = dict(
        x=np.ascontiguousarray(x.T) if flags & 1 else x,
        w=np.ascontiguousarray(w.T) if flags & 2 else w,
        y=0, z=np.zeros_like(z), m=m, n=n, k=k, x_pitch=0, w_pitch=0, y_pitch=0, z_pitch=0, flags=flags,
    )  # fmt: skip
    return Call(f"gemm_flags{flags}", "td_gemm", arguments, {"z": z}, redmule)


def loaded(call: Call) -> Loaded:
    """On all cores, or on RedMule."""
    return Loaded(call, place(call, np.random.default_rng(1), 0, as_compiled=True), 0 if call.redmule else NUM_CORES)


@pytest.fixture(scope="module")
def simulator():
    return build_platform(CONFIGS["compact"], disturbable=True, optimize="-O1")


def test_gemm_on_cores_reaches_0_4_multiply_adds_a_cycle_and_core(simulator, tmp_path: Path, facts: Facts):
    """In every layout; two cores share an FPU, so that 0.5 is the limit."""
    calls = [product(64, 64, 64, flags, False) for flags in range(4)]
    ran = run(tmp_path, Boot("compact"), [loaded(call) for call in calls], build=simulator)
    facts.outcome = Verified(verdict=Verdict.PASSED, cycles=sum(outcome.cycles for outcome in ran.outcomes), max_ulp=0)
    assert [(o.verdict, o.failure, o.window) for o in ran.outcomes] == [(Verdict.PASSED, "", None)] * len(calls)
    rates = {call.name: 64**3 / 8 / o.cycles for call, o in zip(calls, ran.outcomes, strict=True)}
    assert min(rates.values()) >= 0.4, rates


@pytest.mark.parametrize(
    ("statement", "failure"),
    [
        ("unimp", "core 3 trapped: illegal instruction"),
        ("ebreak", "core 3 trapped: breakpoint"),
        ("ecall", "core 3 trapped: environment call"),
    ],
)
def test_a_trap_ends_the_run_and_names_core_and_cause(simulator, tmp_path: Path, statement, failure):
    serial.write(ProgramDescription(operators=()), tmp_path / "program.json")
    write_arrays(tmp_path / "l3.npz", {})
    program = tmp_path / "network.c"
    body = f'if (core == 3) __asm__ volatile("{statement}");'
    program.write_text(f'#include "td_runtime.h"\nvoid td_main(uint32_t core) {{ {body} td_barrier(); }}\n')
    build_firmware([program], tmp_path / "firmware.elf")
    result = simulate(tmp_path, CONFIGS["compact"], max_cycles=100_000, max_seconds=60, build=simulator)
    assert not result.passed
    assert result.failure.startswith(failure)
    assert "td_main" in result.failure


def test_a_job_that_redmule_refuses_ends_the_run(simulator, tmp_path: Path):
    call = product(4, 4, 4, 0, True)
    call.arguments["z_pitch"] = 2  # not a multiple of a word
    ran = run(tmp_path, Boot("compact"), [loaded(call)], build=simulator)
    assert [outcome.verdict for outcome in ran.outcomes] == [Verdict.FAILED]
    assert "RedMule refused a job" in ran.outcomes[0].failure
