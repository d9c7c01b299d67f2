# SPDX-License-Identifier: Apache-2.0
"""IEEE-754 binary32 as RISC-V wants it: exact integers, rounded once. Bits in, (bits, flags) out."""

from math import isqrt

INEXACT, UNDERFLOW, OVERFLOW, DIVIDE_BY_ZERO, INVALID = 1, 2, 4, 8, 16
RNE, RTZ, RDN, RUP, RMM = range(5)
NAN, INFINITY, SIGN = 0x7FC00000, 0x7F800000, 0x80000000


def is_nan(a: int) -> bool:
    """Whether the bits of a float are a NaN."""
    return a & 0x7FFFFFFF > INFINITY


def is_signaling(a: int) -> bool:
    """Whether they are a NaN that raises the invalid flag."""
    return is_nan(a) and not a & 0x00400000


def is_infinite(a: int) -> bool:
    """Whether they are an infinity, of either sign."""
    return a & 0x7FFFFFFF == INFINITY


def is_zero(a: int) -> bool:
    """Whether they are a zero, of either sign."""
    return a & 0x7FFFFFFF == 0


def _parts(a: int) -> tuple[int, int]:
    """(significand, exponent) of a finite magnitude: significand * 2**exponent."""
    exponent, fraction = a >> 23 & 0xFF, a & 0x7FFFFF
    return (fraction | 0x800000, exponent - 150) if exponent else (fraction, -149)


def _rounded(sign: int, significand: int, shift: int, sticky: bool, mode: int) -> tuple[int, bool]:
    """``significand`` (and a little more if ``sticky``) over 2**shift as an integer, and whether that is inexact."""
    if shift <= 0:
        return significand << -shift, sticky
    kept, rest, half = significand >> shift, significand & ((1 << shift) - 1), 1 << (shift - 1)
    inexact = sticky or rest != 0
    up = {
        RNE: rest > half or (rest == half and (sticky or bool(kept & 1))),
        RTZ: False,
        RDN: inexact and sign == 1,
        RUP: inexact and sign == 0,
        RMM: rest >= half,
    }[mode]
    return kept + up, inexact


def pack(sign: int, significand: int, exponent: int, mode: int, sticky: bool = False) -> tuple[int, int]:
    """Round (-1)**sign * significand * 2**exponent; ``sticky``: the true magnitude is a little larger."""
    if significand == 0:
        return sign << 31, 0
    if sticky and significand.bit_length() < 30:  # so that the little more lies below every rounding position
        return pack(sign, significand << 30 | 1, exponent - 30, mode)
    leading = exponent + significand.bit_length() - 1
    quantum = max(leading - 23, -149)
    kept, inexact = _rounded(sign, significand, quantum - exponent, sticky, mode)
    if kept == 1 << 24:
        kept, quantum = 1 << 23, quantum + 1
    if kept >= 1 << 23 and quantum > 104:
        away = mode in (RNE, RMM) or mode == (RDN if sign else RUP)
        return sign << 31 | (INFINITY if away else INFINITY - 1), OVERFLOW | INEXACT
    flags = INEXACT if inexact else 0
    if inexact and leading < -126:  # tiny after rounding as if exponents had no end
        unbounded, _ = _rounded(sign, significand, leading - 23 - exponent, sticky, mode)
        if not (leading == -127 and unbounded == 1 << 24):
            flags |= UNDERFLOW
    bits = kept if kept < 1 << 23 else (quantum + 150 << 23) + kept - (1 << 23)
    return sign << 31 | bits, flags


def _invalid_if_signaling(*operands: int) -> int:
    return INVALID if any(map(is_signaling, operands)) else 0


def multiply_add(a: int, b: int, c: int, mode: int) -> tuple[int, int]:
    """a * b + c, rounded once. Infinity times zero is invalid even beside a quiet NaN."""
    sign = (a ^ b) >> 31 & 1
    if (is_infinite(a) and is_zero(b)) or (is_zero(a) and is_infinite(b)):
        return NAN, INVALID
    if any(map(is_nan, (a, b, c))):
        return NAN, _invalid_if_signaling(a, b, c)
    if is_infinite(a) or is_infinite(b):
        return (NAN, INVALID) if is_infinite(c) and c >> 31 != sign else (sign << 31 | INFINITY, 0)
    if is_infinite(c):
        return c, 0
    (left, left_exponent), (right, right_exponent), (addend, addend_exponent) = _parts(a), _parts(b), _parts(c)
    product, exponent = left * right, left_exponent + right_exponent
    lowest = min(exponent, addend_exponent)
    total = (-1) ** sign * (product << exponent - lowest) + (-1) ** (c >> 31) * (addend << addend_exponent - lowest)
    if total == 0:
        both = sign == c >> 31 and product == 0 and addend == 0
        return (c & SIGN if both else SIGN if mode == RDN else 0), 0
    return pack(int(total < 0), abs(total), lowest, mode)


def add(a: int, b: int, mode: int) -> tuple[int, int]:
    """a + b: (bits, flags), as all below."""
    return multiply_add(a, 0x3F800000, b, mode)


def multiply(a: int, b: int, mode: int) -> tuple[int, int]:
    """a * b."""
    sign = (a ^ b) & SIGN
    finite = not any(map(is_nan, (a, b))) and not is_infinite(a) and not is_infinite(b)
    if finite and (is_zero(a) or is_zero(b)):
        return sign, 0
    return multiply_add(a, b, sign, mode)


def divide(a: int, b: int, mode: int) -> tuple[int, int]:
    """a / b."""
    sign = (a ^ b) >> 31 & 1
    if is_nan(a) or is_nan(b):
        return NAN, _invalid_if_signaling(a, b)
    if (is_infinite(a) and is_infinite(b)) or (is_zero(a) and is_zero(b)):
        return NAN, INVALID
    if is_infinite(a):
        return sign << 31 | INFINITY, 0
    if is_infinite(b) or is_zero(a):
        return sign << 31, 0
    if is_zero(b):
        return sign << 31 | INFINITY, DIVIDE_BY_ZERO
    (left, left_exponent), (right, right_exponent) = _parts(a), _parts(b)
    quotient, rest = divmod(left << 80, right)
    return pack(sign, quotient, left_exponent - right_exponent - 80, mode, rest != 0)


def square_root(a: int, mode: int) -> tuple[int, int]:
    """The square root of a."""
    if is_nan(a):
        return NAN, _invalid_if_signaling(a)
    if is_zero(a):
        return a, 0
    if a >> 31:
        return NAN, INVALID
    if is_infinite(a):
        return a, 0
    significand, exponent = _parts(a)
    significand, exponent = significand << 80 + (exponent & 1), exponent - 80 - (exponent & 1)
    root = isqrt(significand)
    return pack(0, root, exponent // 2, mode, root * root != significand)


def _order(a: int) -> int:
    """A number that orders non-NaN values, -0 before +0."""
    return -(a & 0x7FFFFFFF) - 1 if a >> 31 else a


def minimum(a: int, b: int, largest: bool) -> tuple[int, int]:
    """The smaller operand, or the ``largest``: the number beside a NaN, -0 below +0."""
    flags = _invalid_if_signaling(a, b)
    if is_nan(a) or is_nan(b):
        return (NAN if is_nan(a) and is_nan(b) else b if is_nan(a) else a), flags
    return (a if (_order(a) < _order(b)) != largest else b), flags


def compare(a: int, b: int, kind: str) -> tuple[int, int]:
    """``kind``: eq, lt or le."""
    quiet = kind == "eq"
    if is_nan(a) or is_nan(b):
        return 0, _invalid_if_signaling(a, b) if quiet else INVALID
    if is_zero(a) and is_zero(b):
        return int(kind != "lt"), 0
    left, right = _order(a), _order(b)
    return int(left == right if kind == "eq" else left < right if kind == "lt" else left <= right), 0


def classify(a: int) -> int:
    """fclass.s: one bit of ten set."""
    negative, exponent, fraction = a >> 31, a >> 23 & 0xFF, a & 0x7FFFFF
    if is_nan(a):
        return 1 << (8 if is_signaling(a) else 9)
    kind = 3 if exponent == 255 else 2 if exponent else 1 if fraction else 0
    return 1 << (3 - kind if negative else 4 + kind)


def to_integer(a: int, unsigned: bool, mode: int) -> tuple[int, int]:
    """fcvt.w.s or fcvt.wu.s; what does not fit is saturated."""
    low, high = (0, 0xFFFFFFFF) if unsigned else (-(1 << 31), (1 << 31) - 1)
    if is_nan(a):
        return high, INVALID
    sign = a >> 31
    if is_infinite(a):
        return (low if sign else high) & 0xFFFFFFFF, INVALID
    significand, exponent = _parts(a)
    magnitude, inexact = _rounded(sign, significand, -exponent, False, mode)
    value = -magnitude if sign else magnitude
    if not low <= value <= high:
        return (low if sign else high) & 0xFFFFFFFF, INVALID
    return value & 0xFFFFFFFF, INEXACT if inexact else 0


def from_integer(a: int, unsigned: bool, mode: int) -> tuple[int, int]:
    """fcvt.s.w or fcvt.s.wu."""
    sign = 0 if unsigned else a >> 31
    return pack(sign, (1 << 32) - a if sign else a, 0, mode)
