# SPDX-License-Identifier: Apache-2.0
"""The suite's float model against NumPy's float32 (nearest even) and against fractions (all modes, all flags)."""

import random
from collections.abc import Callable
from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from golden.isa import floats
from golden.isa.floats import INEXACT, INFINITY, OVERFLOW, RDN, RMM, RNE, RTZ, RUP, SIGN, UNDERFLOW

CORNERS = [0, 1, 2, 0x7FFFFF, 0x800000, 0x800001, 0x3F800000, 0x3F800001, 0x4F000000, 0x7F7FFFFF, INFINITY, floats.NAN,
           0x7F800001]  # fmt: skip
MODES = (RNE, RTZ, RDN, RUP, RMM)


def operand(rng: random.Random) -> int:
    kind = rng.randrange(4)
    if kind == 0:
        return rng.choice(CORNERS) | rng.getrandbits(1) << 31
    if kind == 1:
        return rng.getrandbits(32)
    return rng.getrandbits(32) & 0x807FFFFF | rng.choice([1, 2, 40, 64, 100, 126, 127, 150, 190, 253]) << 23


def triples(count: int, seed: int) -> list[tuple[int, int, int]]:
    """Operands, the third often near minus the product of the others."""
    rng, found = random.Random(seed), []
    for _ in range(count):
        a, b, c = (operand(rng) for _ in range(3))
        if rng.randrange(3) == 0:
            c = floats.multiply(a, b, RTZ)[0] ^ SIGN ^ rng.choice([0, 1])
        found.append((a, b, c))
    return found


def number(bits: int) -> np.float32:
    return np.uint32(bits).view(np.float32)


def bits_of(value: np.float32) -> int:
    bits = int(np.float32(value).view(np.uint32))
    return floats.NAN if floats.is_nan(bits) else bits


def exact(bits: int) -> Fraction:
    return Fraction(float(number(bits)))


def magnitude(position: int) -> Fraction:
    """The nonnegative float of these bits; infinity's are taken as the next power of two."""
    return Fraction(1 << 128) if position == INFINITY else exact(position)


def bracket(above: Callable[[Fraction], bool]) -> int:
    """The largest nonnegative float that is not ``above`` the true magnitude (by bisection over the bits)."""
    low, high = 0, INFINITY + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if above(magnitude(middle)) else (middle, high)
    return low


def rounded(
    negative: bool, above: Callable[[Fraction], bool], equal: Callable[[Fraction], bool], mode: int
) -> tuple[int, bool, bool]:
    """(bits, inexact, overflow) of a true magnitude that ``above`` and ``equal`` compare with."""
    low = bracket(above)
    if low == INFINITY:  # beyond all floats: no neighbour is nearer than infinity
        away = mode in (RNE, RMM) or mode == (RDN if negative else RUP)
        return negative << 31 | INFINITY - (not away), True, True
    if equal(magnitude(low)):
        return negative << 31 | low, False, False
    half = (magnitude(low) + magnitude(low + 1)) / 2
    tie, up = equal(half), not above(half)
    if mode == RNE:
        up = up if not tie else bool(low & 1)
    elif mode != RMM:
        up = mode == (RDN if negative else RUP)
    return negative << 31 | low + up, True, low + up == INFINITY


def expected(value: Fraction, mode: int) -> tuple[int, int]:
    """Bits and flags of a nonzero fraction."""
    size = abs(value)

    def at(scale: Fraction) -> tuple[int, bool, bool]:
        return rounded(value < 0, lambda x: x > size * scale, lambda x: x == size * scale, mode)

    bits, inexact, overflow = at(Fraction(1))
    flags = (INEXACT if inexact or overflow else 0) | (OVERFLOW if overflow else 0)
    if inexact and size < 1:  # tiny: the result with more exponents is below the smallest normal number
        scaled, _, _ = at(Fraction(1 << 160))
        flags |= UNDERFLOW if magnitude(scaled & ~SIGN) < Fraction(1 << 34) else 0
    return bits, flags


def finite(*operands: int) -> bool:
    return all(bits & INFINITY != INFINITY for bits in operands)


def test_nearest_even_is_numpys() -> None:
    for a, b, _ in triples(6000, seed=1):
        with np.errstate(all="ignore"):
            left, right = number(a), number(b)
            assert floats.add(a, b, RNE)[0] == bits_of(left + right), (hex(a), hex(b))
            assert floats.multiply(a, b, RNE)[0] == bits_of(left * right), (hex(a), hex(b))
            assert floats.divide(a, b, RNE)[0] == bits_of(left / right), (hex(a), hex(b))
            assert floats.square_root(a, RNE)[0] == bits_of(np.sqrt(left)), hex(a)
            assert floats.from_integer(a, False, RNE)[0] == bits_of(np.float32(np.uint32(a).view(np.int32)))
            assert floats.from_integer(a, True, RNE)[0] == bits_of(np.float32(np.uint32(a)))
            for kind, value in (("eq", left == right), ("lt", left < right), ("le", left <= right)):
                assert floats.compare(a, b, kind)[0] == int(value), (hex(a), hex(b), kind)


@pytest.mark.parametrize("mode", MODES)
def test_sums_products_and_quotients_are_the_rounded_fractions(mode: int) -> None:
    compared = 0
    for a, b, c in triples(1200, seed=2 + mode):
        if not finite(a, b, c):
            continue
        x, y, z = exact(a), exact(b), exact(c)
        cases = [
            (x + y, partial(floats.add, a, b, mode)),
            (x * y, partial(floats.multiply, a, b, mode)),
            (x * y + z, partial(floats.multiply_add, a, b, c, mode)),
        ]
        if y:
            cases.append((x / y, partial(floats.divide, a, b, mode)))
        for true, result in cases:
            if true:  # the sign of an exact zero: below
                compared += 1
                assert result() == expected(true, mode), (hex(a), hex(b), hex(c), mode)
    assert compared > 2000


def root(value: Fraction, mode: int) -> tuple[int, bool, bool]:
    """(bits, inexact, overflow) of the root of ``value``."""
    return rounded(False, lambda x: x * x > value, lambda x: x * x == value, mode)


@pytest.mark.parametrize("mode", MODES)
def test_square_roots_are_rounded_once(mode: int) -> None:
    rng = random.Random(9)
    for _ in range(1000):
        a = operand(rng) & ~SIGN
        if not finite(a) or a == 0:
            continue
        value = exact(a)
        bits, inexact, _ = root(value, mode)
        assert floats.square_root(a, mode) == (bits, INEXACT if inexact else 0), (hex(a), mode)


@pytest.mark.parametrize("mode", MODES)
def test_integers_are_the_rounded_fractions(mode: int) -> None:
    rng = random.Random(10)
    for _ in range(2000):
        a = rng.getrandbits(32) >> rng.randrange(32)
        for unsigned in (False, True):
            value = a if unsigned or not a >> 31 else a - (1 << 32)
            if value:
                assert floats.from_integer(a, unsigned, mode) == expected(Fraction(value), mode), (a, mode)
        a = rng.getrandbits(32) & 0x807FFFFF | rng.randrange(120, 162) << 23
        true = exact(a)
        floor = true.numerator // true.denominator
        rest = true - floor
        up = {
            RNE: rest > Fraction(1, 2) or (rest == Fraction(1, 2) and floor % 2 == 1),
            RTZ: true < 0 and rest != 0,
            RDN: False,
            RUP: rest != 0,
            RMM: rest > Fraction(1, 2) or (rest == Fraction(1, 2) and true > 0),
        }[mode]
        for unsigned in (False, True):
            low, high = (0, (1 << 32) - 1) if unsigned else (-(1 << 31), (1 << 31) - 1)
            value, flags = floor + up, INEXACT if rest else 0
            if not low <= value <= high:
                value, flags = (low if true < 0 else high), floats.INVALID
            assert floats.to_integer(a, unsigned, mode) == (value & 0xFFFFFFFF, flags), (hex(a), unsigned, mode)


@pytest.mark.parametrize("mode", MODES)
def test_an_exact_zero_has_the_sign_of_ieee(mode: int) -> None:
    one, minus, cancelled = 0x3F800000, 0xBF800000, SIGN if mode == RDN else 0
    assert floats.add(one, minus, mode) == (cancelled, 0)
    assert floats.multiply_add(one, one, minus, mode) == (cancelled, 0)
    assert floats.add(0, SIGN, mode) == (cancelled, 0)
    assert floats.add(SIGN, SIGN, mode) == (SIGN, 0)
    assert floats.multiply(SIGN, one, mode) == (SIGN, 0)
    assert floats.divide(0, minus, mode) == (SIGN, 0)
    assert floats.square_root(SIGN, mode) == (SIGN, 0)


def test_what_has_no_result_is_invalid() -> None:
    signaling, quiet, nothing = 0x7F800001, floats.NAN, (floats.NAN, floats.INVALID)
    assert floats.add(INFINITY, INFINITY | SIGN, RNE) == nothing
    assert floats.multiply(0, INFINITY, RNE) == nothing
    assert floats.multiply_add(0, INFINITY, quiet, RNE) == nothing
    assert floats.divide(0, SIGN, RNE) == floats.divide(INFINITY, INFINITY, RNE) == nothing
    assert floats.square_root(0xBF800000, RNE) == nothing
    assert floats.divide(0x3F800000, SIGN, RNE) == (INFINITY | SIGN, floats.DIVIDE_BY_ZERO)
    for unary in (
        lambda a: floats.add(a, 0, RNE),
        lambda a: floats.divide(a, a, RNE),
        lambda a: floats.square_root(a, 0),
    ):
        assert unary(signaling) == nothing
        assert unary(quiet) == (quiet, 0)
    assert floats.compare(quiet, 0, "eq") == (0, 0)
    assert floats.compare(quiet, 0, "lt") == floats.compare(signaling, 0, "eq") == (0, floats.INVALID)
