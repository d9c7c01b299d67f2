# SPDX-License-Identifier: Apache-2.0
"""golden/fp32.py against exact rational arithmetic and against the C library's fmaf."""

import ctypes
import shutil
import subprocess
from fractions import Fraction

import numpy as np
import pytest

from golden import fp32

EXTREMES = np.array(
    [0, 0x80000000, 1, 0x80000001, 0x007FFFFF, 0x00800000, 0x00800001, 0x33800000, 0x3F7FFFFF, 0x3F800000, 0x3F800001,
     0xBF800000, 0x4B7FFFFF, 0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC12345],
    np.uint32,
).view(np.float32)  # fmt: skip


def round_to_float32(value: Fraction) -> float:
    """Round to nearest even, by the definition."""
    if value == 0:
        return 0.0
    exponent = -149
    while abs(value) >= Fraction(2) ** (exponent + 24):
        exponent += 1
    scaled = value / Fraction(2) ** exponent
    whole = scaled.numerator // scaled.denominator
    rest = scaled - whole
    whole += rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1)
    result = Fraction(whole) * Fraction(2) ** exponent
    return float(result) if abs(result) < Fraction(2) ** 128 else float("inf") * (1 if value > 0 else -1)


def hard_cases(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Products and addends near half-way points, cancelling, subnormal or overflowing."""
    a = rng.integers(0, 1 << 32, count, np.uint32).view(np.float32)
    b = rng.integers(0, 1 << 32, count, np.uint32).view(np.float32)
    with np.errstate(all="ignore"):
        product = a.astype(np.float64) * b
        near = product * np.exp2(rng.integers(-30, 30, count))
        # One operand a power of two, the other at most 24 bits below half an ULP of it: ties and almost-ties.
        tie = rng.random(count) < 0.3
        a[tie] = np.exp2(rng.integers(-60, 60, count)[tie])
        b[tie] = (1 + rng.integers(0, 4, count)[tie] * 2.0**-23) * np.exp2(rng.integers(-60, 60, count)[tie])
        near[tie] = (a.astype(np.float64) * b)[tie] * np.exp2(rng.integers(-27, 27, count)[tie])
        c = (-near).astype(np.float32)
        cancel = rng.random(count) < 0.2
        c[cancel] = (-product[cancel]).astype(np.float32)
    return a, b, c


def same_bits(actual: np.ndarray, expected: np.ndarray) -> bool:
    expected = np.where(np.isnan(expected), fp32.CANONICAL_NAN, expected)
    return bool((np.atleast_1d(actual).view(np.uint32) == np.atleast_1d(expected).view(np.uint32)).all())


@pytest.fixture(scope="module")
def libm_fma(tmp_path_factory):
    folder = tmp_path_factory.mktemp("libm")
    source = folder / "fma.c"
    source.write_text(
        "#include <math.h>\nvoid fmas(const float *a, const float *b, const float *c, float *o, int n)"
        "{ for (int i = 0; i < n; i++) o[i] = fmaf(a[i], b[i], c[i]); }\n"
    )
    library = folder / "fma.so"
    compiler = shutil.which("gcc") or "cc"
    subprocess.run([compiler, "-O1", "-shared", "-fPIC", source, "-o", library, "-lm"], check=True)
    function = ctypes.CDLL(str(library)).fmas

    def call(a, b, c):
        out = np.empty(a.shape, np.float32)
        function(*(ctypes.c_void_p(v.ctypes.data) for v in (a, b, c, out)), a.size)
        return out

    return call


def test_fma_equals_rational_arithmetic_on_hard_cases():
    a, b, c = hard_cases(np.random.default_rng(1), 4000)
    finite = np.isfinite(a) & np.isfinite(b) & np.isfinite(c)
    a, b, c = a[finite], b[finite], c[finite]
    actual = fp32.fma(a, b, c)
    for i in range(len(a)):
        exact = Fraction(float(a[i])) * Fraction(float(b[i])) + Fraction(float(c[i]))
        assert float(actual[i]) == round_to_float32(exact), (a[i], b[i], c[i])


@pytest.mark.parametrize("seed", range(5))
def test_fma_equals_the_c_library(libm_fma, seed):
    rng = np.random.default_rng(seed)
    a, b, c = hard_cases(rng, 400_000)
    assert same_bits(fp32.fma(a, b, c), libm_fma(a, b, c))


def test_fma_of_all_combinations_of_extremes(libm_fma):
    a, b, c = (np.ascontiguousarray(v.ravel()) for v in np.meshgrid(EXTREMES, EXTREMES, EXTREMES))
    assert same_bits(fp32.fma(a, b, c), libm_fma(a, b, c))


def test_fma_broadcasts_and_keeps_scalars():
    assert fp32.fma(np.float32(2), np.float32(3), np.float32(1)).shape == ()
    assert fp32.fma(np.ones((4, 1)), np.ones(3), np.float32(1)).shape == (4, 3)


@pytest.mark.parametrize("with_y", [False, True])
def test_matmul_is_one_fma_per_n_ascending(with_y):
    rng = np.random.default_rng(7)
    x, w = hard_cases(rng, 30)[0].reshape(5, 6), hard_cases(rng, 42)[1].reshape(6, 7)
    y = hard_cases(rng, 35)[2].reshape(5, 7) if with_y else None
    z = np.zeros((5, 7), np.float32) if y is None else y
    for n in range(6):
        z = fp32.fma(x[:, n, None], w[n], z)
    assert same_bits(fp32.matmul(x, w, y), z)


def test_fmax_follows_risc_v():
    nan, a = np.float32("nan"), np.float32(-3)
    assert fp32.fmax(nan, a) == a
    assert fp32.fmax(a, nan) == a
    assert fp32.fmax(nan, -nan).view(np.uint32) == 0x7FC00000
    for pair in ((0.0, -0.0), (-0.0, 0.0)):
        assert not np.signbit(fp32.fmax(*np.array(pair, np.float32)))
    assert np.signbit(fp32.fmax(*np.array((-0.0, -0.0), np.float32)))


def test_ulp_distance():
    one = np.float32(1)
    after = np.nextafter(one, np.float32(2))
    assert fp32.ulp_distance(one, after) == 1
    assert fp32.ulp_distance(np.float32(-0.0), np.float32(0.0)) == 1
    assert fp32.ulp_distance(np.float32(1e-45), np.float32(-1e-45)) == 3
    assert fp32.ulp_distance(np.float32("nan"), fp32.CANONICAL_NAN) == 0
    assert fp32.ulp_distance(np.float32("nan"), one) == 1 << 32
