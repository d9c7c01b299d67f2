# SPDX-License-Identifier: Apache-2.0
"""golden/redmule.py's fused multiply-add against exact rational arithmetic, in both formats."""

from fractions import Fraction

import numpy as np
import pytest

from golden.redmule import fma

FORMATS = {"float16": (10, -14, 15), "float32": (23, -126, 127)}  # fraction bits, exponents of normal numbers


def rounded(value: Fraction, bits: int, lowest: int, highest: int) -> Fraction | float:
    """``value`` to nearest, ties to even, in a binary format with subnormals; infinity if too large."""
    if value == 0:
        return value
    exponent = abs(value).numerator.bit_length() - abs(value).denominator.bit_length()
    if abs(value) < Fraction(2) ** exponent:
        exponent -= 1
    unit = Fraction(2) ** (max(exponent, lowest) - bits)
    result = round(value / unit) * unit  # Fraction rounds ties to even
    if abs(result) >= Fraction(2) ** (highest + 1):
        return float("inf") if value > 0 else float("-inf")
    return result


def operands(dtype: np.dtype, count: int, seed: int) -> np.ndarray:
    """[3, count] finite numbers: any bit pattern, subnormals, zeros, neighbours of one, and sums that nearly cancel."""
    rng = np.random.default_rng(seed)
    unsigned = np.dtype(f"u{dtype.itemsize}")
    values = rng.integers(0, 1 << 8 * dtype.itemsize, (3, count), dtype=np.uint64).astype(unsigned).view(dtype)
    kind = rng.integers(0, 6, (3, count))
    sign = rng.integers(0, 2, (3, count), dtype=np.uint64).astype(unsigned) << unsigned.type(8 * dtype.itemsize - 1)
    small = (rng.integers(0, 1 << 9, (3, count), dtype=np.uint64).astype(unsigned) | sign).view(dtype)
    with np.errstate(all="ignore"):
        near = (1 + rng.integers(-8, 9, (3, count)) * np.finfo(dtype).eps).astype(dtype)
        values = np.select([kind == 0, kind == 1], [small, near], values)
        a, b, c = values
        cancel = rng.integers(0, 4, count) == 0
        c = np.where(cancel, -(a.astype(np.float64) * b.astype(np.float64)).astype(dtype), c)
    values = np.stack([a, b, c])
    return values[:, np.isfinite(values).all(0)]


@pytest.mark.parametrize("name", FORMATS)
def test_fma_is_the_exact_sum_rounded_once(name: str) -> None:
    dtype = np.dtype(name)
    a, b, c = operands(dtype, 40_000, seed=7)
    results = fma(a, b, c)
    tiny = float(np.finfo(dtype).tiny)
    subnormal = cancelled = infinite = 0
    for x, y, z, r in zip(*(v.astype(np.float64).tolist() for v in (a, b, c, results)), strict=True):
        exact = Fraction(x) * Fraction(y) + Fraction(z)
        want = rounded(exact, *FORMATS[name])
        have = r if np.isinf(r) else Fraction(r)
        assert have == want, f"{x!r} * {y!r} + {z!r} = {r!r}, exactly {float(exact)!r}"
        subnormal += 0 < abs(r) < tiny
        cancelled += abs(exact) > 0 and abs(exact) < abs(Fraction(z)) / 256
        infinite += np.isinf(r)
    assert min(subnormal, cancelled, infinite) > 300, (subnormal, cancelled, infinite)


@pytest.mark.parametrize("name", FORMATS)
def test_signs_of_zero_and_nan_follow_ieee_754(name: str) -> None:
    dtype = np.dtype(name)
    inf, nan = np.inf, np.nan
    cases = [  # a, b, c, result
        (0.0, 1.0, 0.0, 0.0),
        (-0.0, 1.0, -0.0, -0.0),
        (-0.0, 0.0, -0.0, -0.0),
        (-0.0, 1.0, 0.0, 0.0),
        (1.0, 1.0, -1.0, 0.0),
        (-1.0, 1.0, 1.0, 0.0),
        (inf, 1.0, 0.0, inf),
        (inf, 0.0, 1.0, nan),
        (inf, 1.0, -inf, nan),
        (nan, 1.0, 1.0, nan),
        (1.0, 1.0, -nan, nan),
    ]
    a, b, c, want = (np.array(column, dtype) for column in zip(*cases, strict=True))
    canonical = {"float16": 0x7E00, "float32": 0x7FC00000}[name]
    unsigned = f"u{dtype.itemsize}"
    expected = np.where(np.isnan(want), np.array(canonical, unsigned), want.view(unsigned))
    assert fma(a, b, c).view(unsigned).tolist() == expected.tolist()
