// SPDX-License-Identifier: Apache-2.0
// Scalar FP32 functions without libm, without division and without branches in the common path. Each is a fixed sequence of
// IEEE operations, so that it gives the same bits on the cores, on the host and in golden/machine/functions.py. The stated
// errors are measured over dense sweeps by tests/golden/test_machine_accuracy.py. NaN in, NaN out.
#ifndef TD_MATH_H
#define TD_MATH_H

#include <stdint.h>

#include "td_math_constants.h"

static inline uint32_t td_bits(float x) {
    uint32_t u;
    __builtin_memcpy(&u, &x, 4);
    return u;
}

static inline float td_float(uint32_t u) {
    float x;
    __builtin_memcpy(&x, &u, 4);
    return x;
}

static inline float td_fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }

// The core's fmax.s: the number where one operand is NaN, the canonical NaN where both are, and -0 < +0.
static inline float td_fmax(float a, float b) {
#ifdef __riscv
    return __builtin_fmaxf(a, b);
#else
    if (a != a) return b != b ? td_float(0x7fc00000u) : b;
    if (b != b) return a;
    if (a == b) return td_float(td_bits(a) & td_bits(b));
    return a > b ? a : b;
#endif
}

// 1 / a for normal a with a normal result, at most 0.51 ULP; exact for powers of two.
static inline float td_recip(float a) {
    float r = td_float(TD_RECIP_SEED - td_bits(a));
    for (int i = 0; i < 4; i++) r = td_fma(r, td_fma(-a, r, 1.0f), r);
    return r;
}

// 1 / sqrt(a) for positive normal a, at most 0.51 ULP.
static inline float td_rsqrt(float a) {
    float r = td_float(TD_RSQRT_SEED - (td_bits(a) >> 1));
    for (int i = 0; i < 3; i++) {
        float s = a * r;
        float low = td_fma(a, r, -s); // a * r = s + low, so that the last iteration is not limited by s's rounding
        float e = td_fma(-low, r, td_fma(-s, r, 1.0f));
        r = td_fma(0.5f * r, e, r);
    }
    return r;
}

// e^(x + x_low) for TD_EXP_MIN <= x <= 0 and |x_low| <= ulp(x).
static inline float td_exp_core(float x, float x_low) {
    float shifted = td_fma(x, TD_LOG2E, TD_ROUND_MAGIC);
    float n = shifted - TD_ROUND_MAGIC;
    float r = td_fma(n, -TD_LN2_HI, x) + td_fma(n, -TD_LN2_LO, x_low);
    float p = td_fma(r, TD_EXP_C6, TD_EXP_C5);
    p = td_fma(r, p, TD_EXP_C4);
    p = td_fma(r, p, TD_EXP_C3);
    p = td_fma(r, p, TD_EXP_C2);
    p = td_fma(r, p, 1.0f);
    p = td_fma(r, p, 1.0f);
    return td_float(td_bits(p) + (td_bits(shifted) << 23));
}

// e^x for x <= 0, at most 1 ULP; +0 below TD_EXP_MIN, where the result would be subnormal.
static inline float td_exp(float x) {
    float e = td_exp_core(x, 0.0f);
    return x < TD_EXP_MIN ? 0.0f : e;
}

// log(a) for positive normal a, at most 1 ULP.
static inline float td_log(float a) {
    uint32_t u = td_bits(a) - 0x3f3504f3u; // bits of sqrt(1/2): the exponent of a / sqrt(1/2)
    int32_t n = (int32_t)u >> 23;
    float f = td_float((u & 0x7fffffu) + 0x3f3504f3u) - 1.0f;
    float p = td_fma(f, TD_LOG_C8, TD_LOG_C7);
    p = td_fma(f, p, TD_LOG_C6);
    p = td_fma(f, p, TD_LOG_C5);
    p = td_fma(f, p, TD_LOG_C4);
    p = td_fma(f, p, TD_LOG_C3);
    p = td_fma(f, p, TD_LOG_C2);
    p = td_fma(f, p, TD_LOG_C1);
    p = td_fma(f, p, TD_LOG_C0);
    float f2 = f * f;
    float low = td_fma(f2 * f, p, (float)n * TD_LN2_LO);
    low = td_fma(-0.5f, f2, low);
    return td_fma((float)n, TD_LN2_HI, f + low);
}

extern const float td_normal_table[TD_NORMAL_SEGMENTS][8]; // in TCDM

// The standard normal distribution at x: *cdf = Phi(x), *kernel = exp(-x^2/2).
static inline void td_normal(float x, float *cdf, float *kernel) {
    uint32_t magnitude = td_bits(x) & 0x7fffffffu;
    uint32_t limit = td_bits(TD_NORMAL_MAX);
    float u = td_float(magnitude < limit ? magnitude : limit);
    float half = -0.5f * u;
    float z = half * u;
    float e = td_exp_core(z, td_fma(half, u, -z));
    e = magnitude > limit ? 0.0f : e;
    const float *c = td_normal_table[(td_bits(1.0f + u) - 0x3f800000u) >> 21];
    float d = u - c[0];
    float p = td_fma(d, c[6], c[5]);
    p = td_fma(d, p, c[4]);
    p = td_fma(d, p, c[3]);
    p = td_fma(d, p, c[2]);
    p = td_fma(d, p, c[1]);
    float tail = e * p;
    *cdf = (int32_t)td_bits(x) < 0 ? tail : 1.0f - tail;
    *kernel = e;
}

#endif
