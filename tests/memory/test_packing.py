# SPDX-License-Identifier: Apache-2.0
"""Placements overlap nowhere in time and space, keep within the capacity, and are the same every time."""

import numpy as np
import pytest

from traindeploy.memory.packing import Rectangle, _company, _first_fit, pack, peak, used


def random_rectangles(seed: int, count: int = 80) -> list[Rectangle]:
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 60, count)
    length = rng.integers(0, 12, count)
    sizes = rng.integers(1, 4000, count)
    return [Rectangle(f"b{i}", int(sizes[i]), int(first[i]), int(first[i] + length[i])) for i in range(count)]


def test_a_live_range_counts_its_first_and_its_last_slot() -> None:
    assert [Rectangle("a", 4, first, last).slots for first, last in ((0, 0), (2, 5))] == [1, 4]


def assert_legal(rectangles: list[Rectangle], addresses: list[int], alignment: int) -> None:
    for i, (a, r) in enumerate(zip(addresses, rectangles, strict=True)):
        assert a % alignment == 0
        for b, s in zip(addresses[:i], rectangles[:i], strict=True):
            if r.first <= s.last and s.first <= r.last:
                assert a >= b + s.nbytes or b >= a + r.nbytes, (r, s)


@pytest.mark.parametrize("seed", range(5))
def test_random_rectangles_do_not_overlap(seed: int) -> None:
    rectangles = random_rectangles(seed)
    found = pack(rectangles, 1 << 20, 64)
    assert found.fits
    assert_legal(rectangles, found.addresses, 64)
    assert used(rectangles, found.addresses) <= 1.5 * peak(rectangles)


def test_the_solver_fits_what_first_fit_cannot_and_always_the_same_way() -> None:
    for seed in range(40):
        rectangles = random_rectangles(seed, 24)
        aligned = [Rectangle(r.name, -(-r.nbytes // 64) * 64, r.first, r.last) for r in rectangles]
        capacity = peak(aligned)
        if pack(rectangles, capacity, 64, solve=False).fits:
            continue
        found = pack(rectangles, capacity, 64)
        if not found.fits:
            continue
        assert_legal(rectangles, found.addresses, 64)
        assert used(rectangles, found.addresses) <= capacity
        assert found == pack(rectangles, capacity, 64)
        return
    pytest.fail("no instance needed the solver: make them harder")


def test_more_bytes_alive_than_capacity_have_no_placement() -> None:
    rectangles = [Rectangle("a", 100, 0, 5), Rectangle("b", 100, 5, 9)]
    assert not pack(rectangles, 199, 1).fits
    assert pack(rectangles, 200, 1).fits


def test_what_ends_beyond_the_capacity_is_named() -> None:
    rectangles = [Rectangle("a", 100, 0, 5), Rectangle("b", 100, 5, 9), Rectangle("c", 100, 20, 21)]
    found = pack(rectangles, 150, 1)
    assert len(found.beyond) == 1
    assert found.beyond < {0, 1}


def test_first_fit_reuses_the_room_of_the_dead() -> None:
    rectangles = [Rectangle("a", 64, 0, 1), Rectangle("b", 64, 1, 2), Rectangle("c", 64, 2, 3)]
    assert _first_fit(rectangles, _company(rectangles), [0, 1, 2]) == [0, 64, 0]


def test_a_rectangle_larger_than_the_capacity_is_beyond_it_and_the_others_fit() -> None:
    rectangles = [Rectangle("a", 300, 3, 4), Rectangle("b", 100, 0, 3), Rectangle("c", 100, 10, 12)]
    found = pack(rectangles, 200, 1)
    assert 0 in found.beyond
    assert 2 not in found.beyond


def test_many_misfits_are_repaired_each_where_it_lies() -> None:
    """Three buffers whose order decides, far apart again and again: first fit leaves many, and the solver none."""
    shape = [(64, 0, 2), (64, 1, 4), (128, 3, 6), (64, 5, 7), (128, 0, 0), (64, 6, 9), (128, 8, 9)]
    rectangles = [
        Rectangle(f"{i}.{j}", nbytes, 40 * i + first, 40 * i + last)
        for i in range(30)
        for j, (nbytes, first, last) in enumerate(shape)
    ]
    capacity = peak(rectangles)
    found = pack(rectangles, capacity, 64)
    assert found.fits
    assert_legal(rectangles, found.addresses, 64)
