# SPDX-License-Identifier: Apache-2.0
"""Which cases a kernel is verified on: complete, repeatable, and as many as were asked for."""

import numpy as np
import pytest

from traindeploy.errors import UserError
from traindeploy.ops import KERNELS, OPERATORS
from traindeploy.verify import plan
from traindeploy.verify.plan import Boot, Choice, directed_cases, numbers, planned, unverified
from traindeploy.verify.program import COPIES
from traindeploy.verify.stimuli import STIMULI, TABLES
from traindeploy.verify.values import CLASSES
from traindeploy.verify.window import LARGEST, place, span

CHOICE = Choice()


def test_every_operator_is_verified_or_its_row_says_why_not() -> None:
    assert set(STIMULI) == set(OPERATORS)
    for family, table in TABLES.items():
        assert {OPERATORS[op].family for op in table} == {family}
    found = dict(unverified())
    assert [op for op, reason in found.items() if not reason] == []
    assert set(found) == {op for op, stimulus in STIMULI.items() if stimulus.absent}


def test_an_operator_without_a_row_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(STIMULI, "Tanh")
    plan._uses.cache_clear()
    assert ("Tanh", "") in list(unverified())
    plan._uses.cache_clear()


@pytest.mark.parametrize("kernel", KERNELS)
def test_random_cases_fit_into_l1_and_follow_from_their_number_alone(kernel: str) -> None:
    known = len(directed_cases(kernel))
    for index in range(known, known + 40):
        one = planned(kernel, index, CHOICE)
        call = plan.made(one)
        assert call.kernel == kernel
        assert span(call, 20) <= LARGEST
        window = place(call, plan.generator(one), one.alignment)
        assert len(window.copies) <= COPIES
        again = place(plan.made(planned(kernel, index, CHOICE)), plan.generator(one), one.alignment)
        assert window.base == again.base
        assert np.array_equal(window.before, again.before)
        assert np.array_equal(window.after, again.after)


def test_a_tenth_of_the_cases_are_the_same_cases() -> None:
    few, many = (numbers("td_softmax", count, CHOICE) for count in (100, 1000))
    assert len(few) == len(set(few)) == 100
    assert len(many) == len(set(many)) == 1000
    assert set(few) <= set(many)


def test_half_of_few_cases_are_directed_and_half_random() -> None:
    known = len(directed_cases("td_gemm"))
    found = numbers("td_gemm", 10, CHOICE)
    assert sum(index < known for index in found) == 5


def test_stages_values_cores_engines_and_boots_are_all_drawn() -> None:
    choice = Choice(boots=(Boot("compact"), Boot("paper"), Boot("compact", delays=True)))
    plans = [planned("td_gemm", index, choice) for index in numbers("td_gemm", 600, choice)]
    assert {p.stage for p in plans} == {"V1", "V2", "V3"}
    assert {p.values for p in plans} == set(CLASSES)
    assert {p.cores for p in plans} == set(range(9))
    assert {p.boot for p in plans if p.stage == "V3"} == set(choice.boots)
    assert {p.boot for p in plans if p.stage != "V3"} == {Boot("compact")}
    assert {p.variant.redmule for p in plans if p.stage == "V3"} == {False, True}


def test_only_what_was_chosen_is_drawn() -> None:
    choice = Choice(cores=(3,), engines=("cores",))
    plans = [planned("td_gemm", index, choice) for index in numbers("td_gemm", 80, choice)]
    assert {p.cores for p in plans} == {3}
    with pytest.raises(UserError, match="td_relu does not run on redmule"):
        planned("td_relu", 500, Choice(engines=("redmule",)))
