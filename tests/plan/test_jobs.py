# SPDX-License-Identifier: Apache-2.0
"""The plan as jobs: every case is one, and what many need is built once before."""

import pytest

from tb.farm.prepare import prepare
from tb.plan import PLANS
from tests.plan import PLAN, cases
from tests.plan.jobs import START, jobs
from traindeploy.errors import UserError
from traindeploy.ops import KERNELS
from traindeploy.regress.plan import checked


@pytest.mark.parametrize("plan", PLANS)
def test_every_case_of_a_plan_and_of_those_before_it_is_a_job(plan: str) -> None:
    wanted = {case.id for case in cases() if PLANS.index(case.plan) <= PLANS.index(plan)}
    found = checked(jobs(plan), plan)
    assert wanted <= {job.name for job in found}
    for job in found:
        assert job.kind is not None or not job.leaves_records
        assert job.repeat


def test_a_night_verifies_every_kernel_and_samples_mutants_besides() -> None:
    names = {job.name for job in jobs("night")}
    assert {f"verify.{function.removeprefix('td_')}" for function in KERNELS} <= names
    assert {job.name for job in jobs("night") if job.scored} == {"mutate.text", "mutate.rtl"}
    assert not any(name.startswith("verify.") for name in (job.name for job in jobs("push")))


def test_a_case_needs_the_simulator_of_its_bench_and_configuration() -> None:
    by_name = {job.name: job for job in jobs("push")}
    job = by_name["redmule.EveryBin-compact"]
    assert job.needs == ("build redmule:main:compact",)
    assert job.command[-1] == "tests/rtl/test_blocks.py::test_block[redmule.EveryBin-compact]"
    assert by_name[job.needs[0]].command[-1] == "redmule:main:compact"
    assert job.seconds == PLAN["redmule.EveryBin"].seconds + START
    assert by_name["netlist.finding"].seconds > 2 * PLAN["netlist.finding"].seconds  # a file of several tests


@pytest.mark.parametrize("name", ["", "dma", "dma:main:none", "platform:none", "nothing:main:"])
def test_a_simulator_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="no simulator is called"):
        prepare(name)
