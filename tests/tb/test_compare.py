# SPDX-License-Identifier: Apache-2.0
"""Bit-by-bit comparison: what counts as different, and how it is described."""

import numpy as np
import pytest

from tb.env.common.compare import compare, ulp_distance

F = np.float32
INF, NAN = F("inf"), F("nan")


def test_equal_bits_are_no_difference_even_for_nan():
    values = np.array([1, -0.0, NAN, INF], F)
    assert compare(values, values.copy()) is None


def test_a_strided_view_is_compared_in_its_own_order():
    matrix = np.arange(6, dtype=F).reshape(2, 3)
    assert compare(matrix.T, np.array([[0, 3], [1, 4], [2, 5]], F)) is None


def test_the_first_difference_is_described_with_its_index_and_bits():
    expected = np.ones((2, 3), F)
    actual = expected.copy()
    actual[1, 1] = np.nextafter(F(1), F(2))
    actual[1, 2] = 2
    difference = compare(actual, expected)
    assert difference.index == (1, 1)
    assert (difference.actual, difference.expected) == (0x3F800001, 0x3F800000)
    assert (difference.ulp, difference.wrong, difference.elements) == (1, 2, 6)
    assert difference.max_ulp == 1 << 23


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        (F(0.0), F(-0.0), 1),  # different bits, so not equal
        (np.nextafter(F(0), F(1)), F(0), 1),
        (np.nextafter(F(0), F(1)), np.nextafter(F(0), F(-1)), 2),
        (F(-1), np.nextafter(F(-1), F(0)), 1),
        (np.finfo(F).max, INF, 1),
        (NAN, F(1), -1),
    ],
)
def test_ulp_distances(a, b, distance):
    assert ulp_distance(np.array([a]), np.array([b]))[0] == distance


def test_integers_are_compared_too():
    difference = compare(np.array([1, 5], np.int32), np.array([1, 2], np.int32))
    assert (difference.index, difference.ulp) == ((1,), 3)


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="not comparable"):
        compare(np.zeros(3, F), np.zeros(4, F))
