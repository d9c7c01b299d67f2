# SPDX-License-Identifier: Apache-2.0
"""Exact FP32 arithmetic as the FPUs and RedMule do it: round to nearest even, subnormals, canonical NaN 0x7FC00000.

NumPy's float32 addition, subtraction, multiplication, division and square root are IEEE-correct already; these
functions only make NaN canonical. The fused multiply-add is built from float64 (``fma``). All functions broadcast and
return float32.
"""

import numpy as np
from numpy.typing import ArrayLike

Float = np.ndarray | np.float32  # one number or an array of them; results are arrays, of no dimension for numbers

CANONICAL_NAN = np.uint32(0x7FC00000).view(np.float32)

_TIE_MASK = np.uint64((1 << 29) - 1)  # float64 mantissa bits below those of a normal float32
_TIE = np.uint64(1 << 28)
_SMALLEST_NORMAL = 2.0**-126


def canonical(value: Float) -> np.ndarray:
    """``value`` as float32 with every NaN replaced by the canonical quiet NaN."""
    value = np.asarray(value, np.float32)
    nan = np.isnan(value)
    return np.where(nan, CANONICAL_NAN, value) if nan.any() else value


def _binary(operation: np.ufunc, a: Float, b: Float) -> np.ndarray:
    with np.errstate(all="ignore"):
        return canonical(operation(np.asarray(a, np.float32), np.asarray(b, np.float32)))


def add(a: Float, b: Float) -> np.ndarray:
    """a + b, rounded once."""
    return _binary(np.add, a, b)


def sub(a: Float, b: Float) -> np.ndarray:
    """a - b, rounded once."""
    return _binary(np.subtract, a, b)


def mul(a: Float, b: Float) -> np.ndarray:
    """a * b, rounded once."""
    return _binary(np.multiply, a, b)


def div(a: Float, b: Float) -> np.ndarray:
    """a / b, rounded once."""
    return _binary(np.divide, a, b)


def sqrt(a: Float) -> np.ndarray:
    """Square root, rounded once."""
    with np.errstate(all="ignore"):
        return canonical(np.sqrt(np.asarray(a, np.float32)))


def fmax(a: Float, b: Float) -> np.ndarray:
    """RISC-V fmax.s: the number where one operand is NaN, canonical NaN where both are; -0 is less than +0."""
    a, b = np.broadcast_arrays(np.asarray(a, np.float32), np.asarray(b, np.float32))
    larger = np.fmax(a, b)
    equal = a == b  # only zeros of different sign differ in their bits here
    larger = np.where(equal, (a.view(np.uint32) & b.view(np.uint32)).view(np.float32), larger)
    return canonical(larger)


def _round_sum(product: np.ndarray, addend: np.ndarray) -> np.ndarray:
    """float32(product + addend), rounded once, for float64 ``product`` (of two float32) and ``addend`` (a float32).

    The float64 sum is rounded to 53 bits first, which changes the final rounding only where that sum lies exactly
    half-way between two float32 (or is subnormal there, where the half-way points lie elsewhere). Those few are done
    again by rounding the sum to odd, after Boldo and Melquiond, "Emulation of FMA and correctly rounded sums using
    proved algorithms", 2008: a 53-bit sum rounded to odd rounds to 24 bits as the exact sum does.
    """
    total = product + addend
    result: np.ndarray = total.astype(np.float32)
    magnitude = np.abs(total)
    hard = (total.view(np.uint64) & _TIE_MASK) == _TIE
    hard |= (magnitude < _SMALLEST_NORMAL) & (magnitude != 0)
    if hard.any():
        result[hard] = _round_to_odd(product[hard], addend[hard]).astype(np.float32)
    return result


def _round_to_odd(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a + b in float64, rounded to odd: the neighbour with an odd mantissa wherever the sum is inexact."""
    total: np.ndarray = a + b
    b_part = total - a
    error = (a - (total - b_part)) + (b - b_part)  # TwoSum: a + b = total + error exactly
    even = (total.view(np.uint64) & np.uint64(1)) == 0
    toward = np.where(error > 0, np.inf, -np.inf)
    return np.where((error != 0) & even & np.isfinite(total), np.nextafter(total, toward), total)


def fma(a: Float, b: Float, c: Float) -> np.ndarray:
    """a * b + c with one rounding."""
    with np.errstate(all="ignore"):
        product = np.asarray(a, np.float32).astype(np.float64) * np.asarray(b, np.float32)
        product, addend = np.broadcast_arrays(product, np.asarray(c, np.float32).astype(np.float64))
        result = _round_sum(np.atleast_1d(product), np.atleast_1d(addend)).reshape(product.shape)
    return canonical(result)


def matmul(x: np.ndarray, w: np.ndarray, y: np.ndarray | None = None) -> np.ndarray:
    """Z[M, K] = Y + X[M, N].W[N, K]: ``acc = fma(X[m, n], W[n, k], acc)`` for n ascending, from Y or +0.

    That is RedMule's order and td_gemm's. ``y`` may be any shape that broadcasts to [M, K].
    """
    rows, cols = x.shape[0], w.shape[1]
    x64 = np.ascontiguousarray(np.asarray(x, np.float32).T).astype(np.float64)  # row n: X[:, n]
    w64 = np.asarray(w, np.float32).astype(np.float64)
    z = np.zeros((rows, cols), np.float32)
    if y is not None:
        z[...] = y
    if not z.size or not x.shape[1]:
        return z
    with np.errstate(all="ignore"):
        total = np.empty((rows, cols))
        bits = total.view(np.uint64)
        scratch = np.empty((rows, cols), np.uint64)
        magnitude = np.empty((rows, cols))
        for n in range(x.shape[1]):
            np.multiply(x64[n][:, None], w64[n][None, :], out=total)
            previous = z
            np.add(total, previous, out=total)
            np.bitwise_and(bits, _TIE_MASK, out=scratch)
            z = total.astype(np.float32)
            hard = scratch == _TIE
            np.abs(total, out=magnitude)
            small = magnitude < _SMALLEST_NORMAL
            if small.any():
                hard |= small & (magnitude != 0)
            if hard.any():
                m, k = np.nonzero(hard)
                z[m, k] = _round_to_odd(x64[n][m] * w64[n][k], previous[m, k].astype(np.float64)).astype(np.float32)
    return canonical(z)


def ulp_distance(a: ArrayLike, b: ArrayLike) -> np.ndarray:
    """Number of float32 steps from ``a`` to ``b`` (int64), +0 and -0 being one step apart.

    Two NaN of any payload are 0 apart, a NaN and a number 2**32.
    """

    def position(value: np.ndarray) -> np.ndarray:
        bits = np.ascontiguousarray(value, np.float32).view(np.int32).astype(np.int64)
        return np.where(bits < 0, -1 - (bits & 0x7FFFFFFF), bits)

    first, second = np.asarray(a, np.float32), np.asarray(b, np.float32)
    distance = np.abs(position(first) - position(second))
    a_nan, b_nan = np.isnan(first), np.isnan(second)
    return np.where(a_nan & b_nan, 0, np.where(a_nan | b_nan, 1 << 32, distance))
