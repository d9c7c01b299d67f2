# SPDX-License-Identifier: Apache-2.0
"""Test data and the bitwise comparison."""

import numpy as np

SPECIAL = np.array(
    [0x00000000, 0x80000000, 0x00000001, 0x807FFFFF, 0x00800000, 0x7F7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000,
     0x3F800000, 0xBF800001, 0x4B800000, 0x33800000, 0xC2AEAC50, 0x41500000, 0xC1500001],
    np.uint32,
).view(np.float32)  # fmt: skip


def normal(rng: np.random.Generator, *shape: int, scale: float = 1.0) -> np.ndarray:
    return (scale * rng.standard_normal(shape)).astype(np.float32)


def mixed(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Normal values of wildly different magnitude, with a few zeros, subnormals, infinities and NaN."""
    values = (rng.standard_normal(shape) * np.exp2(rng.integers(-20, 20, shape))).astype(np.float32)
    chosen = rng.random(shape) < 0.05
    values[chosen] = rng.choice(SPECIAL, shape)[chosen]
    return values


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
