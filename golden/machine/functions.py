# SPDX-License-Identifier: Apache-2.0
"""The scalar functions of firmware/kernels/td_math.h, operation by operation, on arrays of float32.

The constants are read from td_math_constants.h, so that firmware and model share them.
"""

import re
from pathlib import Path

import numpy as np

from golden.fp32 import Float, add, fma, mul, sub

_HEADER = Path(__file__).resolve().parents[2] / "firmware/kernels/td_math_constants.h"
_FLOAT = r"-?0x[0-9a-f.]+p[+-]?[0-9]+|0\.0"


def _constants() -> tuple[dict[str, np.float32], np.ndarray]:
    text = _HEADER.read_text()
    scalars = {n: np.float32(float.fromhex(v)) for n, v in re.findall(rf"#define TD_(\w+) ({_FLOAT})f", text)}
    rows = re.findall(r"\{([^}]*)\}", text[text.index("#define TD_NORMAL_TABLE") :])
    table = [[np.float32(float.fromhex(v.strip().rstrip("f"))) for v in row.split(",")] for row in rows]
    return scalars, np.array(table, np.float32)


C, NORMAL_TABLE = _constants()
_RECIP_SEED = np.uint32(0x7EF311C7)
_RSQRT_SEED = np.uint32(0x5F3759DF)
_SQRT_HALF = np.uint32(0x3F3504F3)


def _bits(x: Float) -> np.ndarray:
    return np.ascontiguousarray(x, np.float32).view(np.uint32).reshape(np.shape(x))


def _float(u: Float) -> np.ndarray:
    return np.ascontiguousarray(u, np.uint32).view(np.float32).reshape(np.shape(u))


def horner(x: Float, *coefficients: Float) -> np.ndarray:
    """Coefficients from the highest down."""
    value = np.asarray(coefficients[0])
    for coefficient in coefficients[1:]:
        value = fma(x, value, coefficient)
    return value


def recip(a: Float) -> np.ndarray:
    """1/a by four Newton steps."""
    a = np.asarray(a, np.float32)
    r = _float(_RECIP_SEED - _bits(a))
    for _ in range(4):
        r = fma(r, fma(-a, r, np.float32(1)), r)
    return r


def rsqrt(a: Float) -> np.ndarray:
    """1/sqrt(a) by three Newton steps with the residual of a * r kept."""
    a = np.asarray(a, np.float32)
    r = _float(_RSQRT_SEED - (_bits(a) >> np.uint32(1)))
    for _ in range(3):
        s = mul(a, r)
        low = fma(a, r, -s)
        e = fma(-low, r, fma(-s, r, np.float32(1)))
        r = fma(mul(np.float32(0.5), r), e, r)
    return r


def _exp_reduce(x: Float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x - n ln(2)'s high part (exact), n, and the float32 that holds n in its low bits."""
    scale = fma(x, C["LOG2E"], C["ROUND_MAGIC"])
    n = sub(scale, C["ROUND_MAGIC"])
    return fma(n, -C["LN2_HI"], x), n, scale


def exp_reduced(x: Float) -> tuple[np.ndarray, np.ndarray]:
    """r = x - n ln(2) with |r| <= ln(2)/2, and 2^n; for x from EXP_MIN to 0."""
    high, n, scale = _exp_reduce(x)
    power = _float((_bits(scale) << np.uint32(23)) + _bits(np.float32(1)))
    return fma(n, -C["LN2_LO"], high), power


def _exp_evaluate(r: Float, scale: Float) -> np.ndarray:
    one = np.float32(1)
    p = horner(r, C["EXP_C6"], C["EXP_C5"], C["EXP_C4"], C["EXP_C3"], C["EXP_C2"], one, one)
    return _float(_bits(p) + (_bits(scale) << np.uint32(23)))


def exp(x: Float) -> np.ndarray:
    """e^x for x <= 0; +0 where the result would be subnormal."""
    x = np.asarray(x, np.float32)
    high, n, scale = _exp_reduce(x)
    e = _exp_evaluate(fma(n, -C["LN2_LO"], high), scale)
    return np.where(x < C["EXP_MIN"], np.float32(0), e)


def log(a: Float) -> np.ndarray:
    """Natural logarithm of positive normal ``a``."""
    u = _bits(a) - _SQRT_HALF
    n = (u.view(np.int32) >> 23).astype(np.float32)
    f = sub(_float((u & np.uint32(0x7FFFFF)) + _SQRT_HALF), np.float32(1))
    p = horner(f, *(C[f"LOG_C{i}"] for i in range(8, -1, -1)))
    f2 = mul(f, f)
    low = fma(mul(f2, f), p, mul(n, C["LN2_LO"]))
    low = fma(np.float32(-0.5), f2, low)
    return fma(n, C["LN2_HI"], add(f, low))


def normal(x: Float) -> tuple[np.ndarray, np.ndarray]:
    """Phi(x) and exp(-x^2/2) of the standard normal distribution."""
    x = np.asarray(x, np.float32)
    magnitude = _bits(x) & np.uint32(0x7FFFFFFF)
    limit = _bits(C["NORMAL_MAX"])
    u = _float(np.minimum(magnitude, limit))
    half = mul(np.float32(-0.5), u)
    z = mul(half, u)
    high, n, scale = _exp_reduce(z)
    low = fma(half, u, -z)  # what z's rounding lost
    e = _exp_evaluate(add(high, fma(n, -C["LN2_LO"], low)), scale)
    e = np.where(magnitude > limit, np.float32(0), e)
    segment = (_bits(add(np.float32(1), u)) - np.uint32(0x3F800000)) >> np.uint32(21)
    c = np.moveaxis(NORMAL_TABLE[segment], -1, 0)
    p = horner(sub(u, c[0]), c[6], c[5], c[4], c[3], c[2], c[1])
    tail = mul(e, p)
    return np.where(np.signbit(x), tail, sub(np.float32(1), tail)), e
