# SPDX-License-Identifier: Apache-2.0
"""Weights stay in L2 while there is room, and are fetched again where there is not."""

import pytest

from traindeploy.errors import UserError
from traindeploy.memory.residency import LiveRange, Uses, plan


def test_with_room_everything_is_fetched_once_from_the_start() -> None:
    stays = plan(20, {"w0": Uses(100, [0, 19]), "w1": Uses(100, [10])}, {"x": LiveRange(50, 0, 19)}, 1000)
    assert [(s.tensor, s.first, s.last, s.earliest) for s in stays] == [("w0", 0, 19, 0), ("w1", 10, 10, 0)]


def test_prefetching_leaves_room_for_activations() -> None:
    (stay,) = plan(30, {"w": Uses(100, [25])}, {"x": LiveRange(950, 0, 10)}, 1000)
    assert stay.earliest > 10


def test_a_weight_leaves_l2_between_far_uses_if_activations_need_its_room() -> None:
    stays = plan(30, {"w": Uses(100, [0, 29])}, {"x": LiveRange(950, 10, 20)}, 1000)
    assert [(s.first, s.last) for s in stays] == [(0, 0), (29, 29)]
    assert stays[1].earliest > 20


def test_what_cannot_fit_is_named_with_its_bytes() -> None:
    with pytest.raises(UserError, match=r"L2: 2100 bytes .* 1000 are available; .*'big' \(2000 bytes\)"):
        plan(5, {"w": Uses(100, [2])}, {"big": LiveRange(2000, 1, 3)}, 1000)


def test_what_is_fetched_ahead_has_a_bound_of_its_own() -> None:
    uses, live = {"w": Uses(100, [20])}, {"x": LiveRange(500, 0, 29)}
    (early,), (late,) = plan(30, uses, live, 1000), plan(30, uses, live, 1000, 550)
    assert (early.earliest, late.earliest) == (0, 19)
