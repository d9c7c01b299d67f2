# SPDX-License-Identifier: Apache-2.0
"""Every weight and sample has its own place in L3."""

import pytest

from traindeploy.errors import UserError
from traindeploy.ir import Graph, Tensor
from traindeploy.memory.home import place_homes


def graph(elements: int) -> Graph:
    g = Graph("g")
    g.add(Tensor("w", (elements,), kind="parameter"))
    g.add(Tensor("x", (5,), kind="input"))
    g.add(Tensor("label", (1,), dtype="int32", kind="label"))
    g.add(Tensor("y", (5,)))
    return g


def test_homes_are_aligned_and_samples_repeat_at_a_stride() -> None:
    homes = place_homes(graph(17), 3)
    assert homes.address == {"w": 0, "x": 128, "label": 192}
    assert homes.sample_stride == 128
    assert homes.end == 128 + 3 * 128


def test_a_model_larger_than_l3_is_refused_by_name() -> None:
    with pytest.raises(UserError, match="L3: tensor 'w' ends at byte"):
        place_homes(graph(9 * 1024 * 1024), 1)


def test_too_many_samples_are_refused() -> None:
    with pytest.raises(UserError, match="use fewer steps"):
        place_homes(graph(17), 1_000_000)
