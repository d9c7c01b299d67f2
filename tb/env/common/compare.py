# SPDX-License-Identifier: Apache-2.0
"""Compare tensors bit by bit and say how far apart they are."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Difference:
    """``wrong`` of ``elements`` differ; ``index`` to ``ulp`` describe the first of them.

    ``ulp`` is -1 where a NaN is involved, ``max_ulp`` if one is in any of them.
    """

    elements: int
    wrong: int
    max_ulp: int
    index: tuple[int, ...]
    actual: int
    expected: int
    ulp: int


def bits(array: np.ndarray) -> np.ndarray:
    """The array's elements as unsigned integers of the same width."""
    return np.ascontiguousarray(array).view(f"u{array.dtype.itemsize}")


def ulp_distance(actual: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Steps between neighbouring representable values from one to the other (int64); -1 where either is NaN.

    Integers are a number apart; floats are mapped to integers in the order of their values, so that the smallest
    subnormals of both signs are neighbours of zero. +0 and -0 are 1 apart: whatever differs in bits has a distance.
    """
    if actual.dtype.kind != "f":
        return np.abs(actual.astype(np.int64) - expected.astype(np.int64))
    distance = np.abs(_ordered(actual) - _ordered(expected))
    distance = np.where((distance == 0) & (bits(actual) != bits(expected)), 1, distance)
    return np.where(np.isnan(actual) | np.isnan(expected), -1, distance)


def _ordered(array: np.ndarray) -> np.ndarray:
    width = 8 * array.dtype.itemsize
    raw = bits(array).astype(np.int64)
    magnitude = raw & ((1 << (width - 1)) - 1)
    return np.where(raw >> (width - 1) & 1, -magnitude, magnitude)


def compare(actual: np.ndarray, expected: np.ndarray) -> Difference | None:
    """None if all bits agree. Shapes and types must agree already (ValueError)."""
    if actual.shape != expected.shape or actual.dtype != expected.dtype:
        raise ValueError(
            f"{actual.dtype}{list(actual.shape)} is not comparable to {expected.dtype}{list(expected.shape)}"
        )
    actual_bits, expected_bits = bits(actual), bits(expected)
    unequal = actual_bits != expected_bits
    wrong = int(np.count_nonzero(unequal))
    if wrong == 0:
        return None
    where = np.nonzero(unequal.reshape(-1))[0]
    distances = ulp_distance(np.ascontiguousarray(actual).reshape(-1)[where], expected.reshape(-1)[where])
    first = int(where[0])
    return Difference(
        elements=actual.size,
        wrong=wrong,
        max_ulp=-1 if (distances == -1).any() else int(distances.max()),
        index=tuple(int(i) for i in np.unravel_index(first, actual.shape)),
        actual=int(actual_bits.reshape(-1)[first]),
        expected=int(expected_bits.reshape(-1)[first]),
        ulp=int(distances[0]),
    )
