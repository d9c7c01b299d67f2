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


@pytest.mark.parametrize("number", [0.0, -0.0, 1.0, np.inf, -np.inf, np.finfo(F).max, 1e-45])
def test_nan_against_a_number_is_a_difference_whichever_side_has_it(number):
    for actual, expected in ((NAN, F(number)), (F(number), NAN)):
        difference = compare(np.array([1, actual], F), np.array([1, expected], F))
        assert (difference.index, difference.ulp, difference.max_ulp, difference.wrong) == ((1,), -1, -1, 1)


def test_nan_of_other_bits_is_a_difference():
    nans = np.array([0x7FC0_0000, 0x7FC0_0001, 0xFFC0_0000, 0x7F80_0001], np.uint32)
    for a in nans:
        for b in nans:
            difference = compare(np.array([a]).view(F), np.array([b]).view(F))
            assert (difference is None) == (a == b)


def test_a_nan_behind_a_number_shows_in_the_largest_distance():
    difference = compare(np.array([1, 2, NAN], F), np.array([1, 3, 3], F))
    assert (difference.index, difference.ulp > 0, difference.max_ulp) == ((1,), True, -1)


@pytest.mark.parametrize("shape", [(1,), (7,), (100_003,), (), (3, 5), (64, 3, 1000), (1, 1, 1)])
@pytest.mark.parametrize("dtype", [np.float32, np.int32, np.uint8, np.float16])
def test_every_bit_of_the_first_middle_and_last_element_counts(shape, dtype):
    """The last element of a large tensor, scalars and one dimension included."""
    expected = (np.arange(int(np.prod(shape)), dtype=np.int64) % 1000).astype(dtype).reshape(shape)
    for flat in {0, expected.size // 2, expected.size - 1}:
        for bit in range(8 * expected.itemsize):
            actual = expected.copy()
            raw = actual.reshape(-1).view(f"u{actual.itemsize}")
            raw[flat] ^= raw.dtype.type(1 << bit)
            difference = compare(actual, expected)
            assert difference is not None
            assert (difference.wrong, difference.elements) == (1, expected.size)
            assert difference.index == tuple(np.unravel_index(flat, shape))
            assert difference.actual ^ difference.expected == 1 << bit
            assert difference.ulp != 0


def test_integers_are_compared_too():
    difference = compare(np.array([1, 5], np.int32), np.array([1, 2], np.int32))
    assert (difference.index, difference.ulp) == ((1,), 3)


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="not comparable"):
        compare(np.zeros(3, F), np.zeros(4, F))
