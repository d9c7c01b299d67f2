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

// Two arguments at once: the FPU's latency is one cycle, which the other element's operation fills. Each element sees the
// same operations as if it were alone.
typedef struct {
    float a, b;
} td_pair_t;

static inline td_pair_t td_fma2(td_pair_t x, td_pair_t y, td_pair_t z) {
    return (td_pair_t){td_fma(x.a, y.a, z.a), td_fma(x.b, y.b, z.b)};
}

static inline td_pair_t td_both(float x) { return (td_pair_t){x, x}; }

// `value`, or +0 where `discard` is 1; without a branch.
static inline float td_discard(float value, uint32_t discard) { return td_float(td_bits(value) & (discard - 1)); }

// x = n ln(2) + r: *scale holds n in its low bits. For TD_EXP_MIN <= x <= 0.
static inline td_pair_t td_exp_reduce2(td_pair_t x, td_pair_t *scale) {
    *scale = td_fma2(x, td_both(TD_LOG2E), td_both(TD_ROUND_MAGIC));
    td_pair_t n = {scale->a - TD_ROUND_MAGIC, scale->b - TD_ROUND_MAGIC};
    return td_fma2(n, td_both(-TD_LN2_LO), td_fma2(n, td_both(-TD_LN2_HI), x));
}

// e^r * 2^n
static inline td_pair_t td_exp_evaluate2(td_pair_t r, td_pair_t scale) {
    td_pair_t p = td_fma2(r, td_both(TD_EXP_C6), td_both(TD_EXP_C5));
    p = td_fma2(r, p, td_both(TD_EXP_C4));
    p = td_fma2(r, p, td_both(TD_EXP_C3));
    p = td_fma2(r, p, td_both(TD_EXP_C2));
    p = td_fma2(r, p, td_both(1.0f));
    p = td_fma2(r, p, td_both(1.0f));
    return (td_pair_t){td_float(td_bits(p.a) + (td_bits(scale.a) << 23)), td_float(td_bits(p.b) + (td_bits(scale.b) << 23))};
}

// Whether TD_EXP_MIN > x >= -infinity (not NaN), for x <= 0, whose bits grow with its magnitude.
static inline uint32_t td_exp_vanishes(float x) {
    uint32_t limit = td_bits(TD_EXP_MIN);
    return td_bits(x) - (limit + 1) < 0xff800000u - limit;
}

// e^x for x <= 0, at most 1 ULP; +0 below TD_EXP_MIN, where the result would be subnormal.
static inline td_pair_t td_exp2(td_pair_t x) {
    td_pair_t scale, r = td_exp_reduce2(x, &scale), e = td_exp_evaluate2(r, scale);
    return (td_pair_t){td_discard(e.a, td_exp_vanishes(x.a)), td_discard(e.b, td_exp_vanishes(x.b))};
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
static inline void td_normal2(td_pair_t x, td_pair_t *cdf, td_pair_t *kernel) {
    const uint32_t limit = td_bits(TD_NORMAL_MAX);
    uint32_t magnitude_a = td_bits(x.a) & 0x7fffffffu, magnitude_b = td_bits(x.b) & 0x7fffffffu;
    td_pair_t u = {td_float(magnitude_a < limit ? magnitude_a : limit), td_float(magnitude_b < limit ? magnitude_b : limit)};
    td_pair_t half = {-0.5f * u.a, -0.5f * u.b};
    td_pair_t z = {half.a * u.a, half.b * u.b};
    td_pair_t low = td_fma2(half, u, (td_pair_t){-z.a, -z.b}); // -u^2/2 = z + low exactly
    td_pair_t scale, r = td_exp_reduce2(z, &scale);
    r.a = r.a + low.a;
    r.b = r.b + low.b;
    td_pair_t e = td_exp_evaluate2(r, scale);
    e.a = td_discard(e.a, magnitude_a > limit);
    e.b = td_discard(e.b, magnitude_b > limit);
    const float *ca = td_normal_table[(td_bits(1.0f + u.a) - 0x3f800000u) >> 21];
    const float *cb = td_normal_table[(td_bits(1.0f + u.b) - 0x3f800000u) >> 21];
    td_pair_t d = {u.a - ca[0], u.b - cb[0]};
    td_pair_t p = td_fma2(d, (td_pair_t){ca[6], cb[6]}, (td_pair_t){ca[5], cb[5]});
    p = td_fma2(d, p, (td_pair_t){ca[4], cb[4]});
    p = td_fma2(d, p, (td_pair_t){ca[3], cb[3]});
    p = td_fma2(d, p, (td_pair_t){ca[2], cb[2]});
    p = td_fma2(d, p, (td_pair_t){ca[1], cb[1]});
    td_pair_t tail = {e.a * p.a, e.b * p.b};
    td_pair_t rest = {1.0f - tail.a, 1.0f - tail.b};
    cdf->a = (int32_t)td_bits(x.a) < 0 ? tail.a : rest.a;
    cdf->b = (int32_t)td_bits(x.b) < 0 ? tail.b : rest.b;
    *kernel = e;
}

#endif
