# SPDX-License-Identifier: Apache-2.0
"""The comparison of kernels on the host: bits, but any NaN equals any NaN."""

import numpy as np
import pytest

from tests.firmware.values import mismatch
from traindeploy.verify.values import SPECIAL

NAN = np.float32("nan")


@pytest.mark.parametrize("number", [value for value in SPECIAL if not np.isnan(value)])
def test_nan_against_a_number_is_a_mismatch_whichever_side_has_it(number: np.float32) -> None:
    for actual, expected in ((NAN, number), (number, NAN)):
        assert "1 of 2 differ, first at (1,)" in mismatch(
            np.array([1, actual], np.float32), np.array([1, expected], np.float32)
        )


def test_any_nan_equals_any_nan_and_the_zeros_differ() -> None:
    nans = np.array([0x7FC0_0000, 0xFFC0_0001, 0x7F80_0001], np.uint32).view(np.float32)
    assert mismatch(nans, np.roll(nans, 1)) == ""
    assert mismatch(np.array([0.0], np.float32), np.array([-0.0], np.float32))


@pytest.mark.parametrize("shape", [(1,), (5,), (100_003,), (3, 5), (64, 3, 1000)])
def test_one_wrong_bit_of_the_first_or_last_element_is_a_mismatch(shape: tuple[int, ...]) -> None:
    expected = np.linspace(1, 2, int(np.prod(shape)), dtype=np.float32).reshape(shape)
    for flat in (0, expected.size - 1):
        for bit in (0, 22, 31):
            actual = expected.copy()
            actual.reshape(-1).view(np.uint32)[flat] ^= np.uint32(1 << bit)
            where = tuple(int(i) for i in np.unravel_index(flat, shape))
            assert f"1 of {expected.size} differ, first at {where}" in mismatch(actual, expected)


def test_another_shape_is_a_mismatch() -> None:
    assert mismatch(np.zeros(3, np.float32), np.zeros((3, 1), np.float32))
