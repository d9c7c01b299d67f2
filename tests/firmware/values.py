# SPDX-License-Identifier: Apache-2.0
"""Test data and the bitwise comparison."""

import numpy as np


def normal(rng: np.random.Generator, *shape: int, scale: float = 1.0) -> np.ndarray:
    return (scale * rng.standard_normal(shape)).astype(np.float32)


def mismatch(actual: np.ndarray, expected: np.ndarray) -> str:
    """Empty where the bits agree (any NaN equals any NaN: the host's is not canonical), else the first difference."""
    actual, expected = np.ascontiguousarray(actual), np.ascontiguousarray(expected)
    if actual.shape != expected.shape:
        return f"shape {actual.shape}, expected {expected.shape}"
    a, b = actual.view(np.uint32), expected.view(np.uint32)
    wrong = np.argwhere((a != b) & ~(np.isnan(actual) & np.isnan(expected)))
    if not len(wrong):
        return ""
    at = tuple(int(i) for i in wrong[0])
    got, want = f"{a[at]:#010x} ({actual[at]})", f"{b[at]:#010x} ({expected[at]})"
    return f"{len(wrong)} of {a.size} differ, first at {at}: {got}, expected {want}"
