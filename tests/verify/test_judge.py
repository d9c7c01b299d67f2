# SPDX-License-Identifier: Apache-2.0
"""What a call left is judged: bits, error over bound, the worst element with its operands."""

import numpy as np
import pytest

from traindeploy.ops import KERNELS
from traindeploy.verify import plan
from traindeploy.verify.judge import judge, over_bound, share_bin
from traindeploy.verify.plan import Choice, directed_cases, planned

CHOICE = Choice()


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_machine_models_outputs_are_right_and_within_the_bound(kernel: str) -> None:
    for index in (0, len(directed_cases(kernel)) - 1, len(directed_cases(kernel)) + 8):
        one = planned(kernel, index, CHOICE)
        call = plan.made(one)
        found = judge(call, one.values, call.outputs)
        assert (found.wrong, found.max_ulp, found.first_wrong) == (0, 0, "")
        assert found.elements == sum(o.size for o in call.outputs.values())
        assert found.worst is not None
        if found.share is not None:
            assert found.share <= 1.0


@pytest.mark.parametrize("kernel", KERNELS)
def test_one_unit_in_the_last_place_of_the_last_element_is_found(kernel: str) -> None:
    one = planned(kernel, len(directed_cases(kernel)) - 1, CHOICE)
    call = plan.made(one)
    name, expected = list(call.outputs.items())[-1]
    wrong = expected.copy()
    flat = wrong.reshape(-1).view(np.uint32)
    flat[-1] += 1
    found = judge(call, one.values, {**call.outputs, name: wrong})
    assert (found.wrong, found.max_ulp) == (1, 1)
    assert found.worst is not None
    assert found.worst.index == tuple(n - 1 for n in expected.shape)
    assert found.worst.operands or kernel == "td_im2col"
    assert found.first_wrong.startswith(f"{name}[")
    assert "1 ULP" in found.first_wrong


def test_a_nan_where_a_number_belongs_is_beyond_every_bound() -> None:
    one = planned("td_add", 3, CHOICE)
    call = plan.made(one)
    wrong = call.outputs["out"].copy()
    wrong[1] = np.nan
    found = judge(call, "normal", {"out": wrong})
    assert found.max_ulp == -1
    assert found.share == np.inf


def test_bins_of_error_over_bound() -> None:
    assert [share_bin(share) for share in (0.0, 0.35, 1.0, 1.01, np.inf)] == [
        "0.0-0.1", "0.3-0.4", "0.9-1.0", "over 1", "over 1",
    ]  # fmt: skip
    one = np.ones(1)
    assert over_bound(one, one, 0 * one) == 0.0
    assert over_bound(2 * one, one, 0 * one) == np.inf
