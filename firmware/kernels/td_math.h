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
// same operations as if it were alone. Both instructions stand in one assembly statement, because the compiler's scheduler
// would pull them apart again, and selections are masks, because it would branch.
typedef struct {
    float a, b;
} td_pair_t;

#ifdef __riscv
#define TD_PAIR3(name, instruction, expression)                                                                        \
    static inline td_pair_t name(td_pair_t x, td_pair_t y, td_pair_t z) {                                              \
        td_pair_t r;                                                                                                   \
        __asm__(instruction " %0, %2, %3, %4\n" instruction " %1, %5, %6, %7"                                 \
                         : "=&r"(r.a), "=r"(r.b)                                                                       \
                         : "r"(x.a), "r"(y.a), "r"(z.a), "r"(x.b), "r"(y.b), "r"(z.b));                                \
        return r;                                                                                                      \
    }
#define TD_PAIR2(name, instruction, expression)                                                                        \
    static inline td_pair_t name(td_pair_t x, td_pair_t y) {                                                           \
        td_pair_t r;                                                                                                   \
        __asm__(instruction " %0, %2, %3\n" instruction " %1, %4, %5"                                         \
                         : "=&r"(r.a), "=r"(r.b)                                                                       \
                         : "r"(x.a), "r"(y.a), "r"(x.b), "r"(y.b));                                                    \
        return r;                                                                                                      \
    }
#else
#define TD_PAIR3(name, instruction, expression)                                                                        \
    static inline float name##_one(float x, float y, float z) { return expression; }                                   \
    static inline td_pair_t name(td_pair_t x, td_pair_t y, td_pair_t z) {                                              \
        return (td_pair_t){name##_one(x.a, y.a, z.a), name##_one(x.b, y.b, z.b)};                                      \
    }
#define TD_PAIR2(name, instruction, expression)                                                                        \
    static inline float name##_one(float x, float y) { return expression; }                                            \
    static inline td_pair_t name(td_pair_t x, td_pair_t y) {                                                           \
        return (td_pair_t){name##_one(x.a, y.a), name##_one(x.b, y.b)};                                                \
    }
#endif

TD_PAIR3(td_fma2, "fmadd.s", td_fma(x, y, z))
TD_PAIR3(td_fms2, "fmsub.s", td_fma(x, y, -z))
TD_PAIR2(td_add2, "fadd.s", x + y)
TD_PAIR2(td_sub2, "fsub.s", x - y)
TD_PAIR2(td_mul2, "fmul.s", x *y)

static inline td_pair_t td_both(float x) { return (td_pair_t){x, x}; }

// All ones where the sign bit is set, else 0.
static inline uint32_t td_sign_mask(uint32_t u) {
    uint32_t mask;
#ifdef __riscv
    __asm__("srai %0, %1, 31" : "=r"(mask) : "r"(u));
#else
    mask = 0u - (u >> 31);
#endif
    return mask;
}

// The bits of |x|.
static inline uint32_t td_magnitude(float x) {
    uint32_t magnitude;
#ifdef __riscv
    __asm__("cv.bclr %0, %1, 0, 31" : "=r"(magnitude) : "r"(x));
#else
    magnitude = td_bits(x) & 0x7fffffffu;
#endif
    return magnitude;
}

// x = n ln(2) + r with n = *n rounded to an integer, which *scale holds in its low bits. For TD_EXP_MIN <= x <= 0; returns the
// exact high part of r, of which n * TD_LN2_LO is still to be subtracted.
static inline td_pair_t td_exp_reduce2(td_pair_t x, td_pair_t *n, td_pair_t *scale) {
    *scale = td_fma2(x, td_both(TD_LOG2E), td_both(TD_ROUND_MAGIC));
    *n = td_sub2(*scale, td_both(TD_ROUND_MAGIC));
    return td_fma2(*n, td_both(-TD_LN2_HI), x);
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

// 0 where TD_EXP_MIN > x >= -infinity (not NaN), else all ones; for x <= 0, whose bits grow with its magnitude.
static inline uint32_t td_exp_mask(float x) {
    const uint32_t above = td_bits(TD_EXP_MIN) + 1;
    uint32_t mask;
#ifdef __riscv
    __asm__("sltu %0, %1, %2\n addi %0, %0, -1" : "=&r"(mask) : "r"(td_bits(x) - above), "r"(0xff800001u - above));
#else
    mask = td_bits(x) - above < 0xff800001u - above ? 0 : ~0u;
#endif
    return mask;
}

// e^x for x <= 0, at most 1 ULP; +0 below TD_EXP_MIN, where the result would be subnormal.
static inline __attribute__((always_inline)) td_pair_t td_exp2(td_pair_t x) {
    td_pair_t n, scale, high = td_exp_reduce2(x, &n, &scale);
    td_pair_t e = td_exp_evaluate2(td_fma2(n, td_both(-TD_LN2_LO), high), scale);
    return (td_pair_t){td_float(td_bits(e.a) & td_exp_mask(x.a)), td_float(td_bits(e.b) & td_exp_mask(x.b))};
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

// The row of td_normal_table for v = 1 + u: the bits of v above the 21 lowest, from those of 1.0.
static inline const float *td_normal_row(float v) {
    const uint32_t first = td_bits(1.0f) >> 21;
    return (const float *)((const char *)&td_normal_table[0][0] - 32 * first + ((td_bits(v) >> 16) & ~31u));
}

// The standard normal distribution at x: *cdf = Phi(x), *kernel = exp(-x^2/2).
static inline __attribute__((always_inline)) void td_normal2(td_pair_t x, td_pair_t *cdf, td_pair_t *kernel) {
    const uint32_t limit = td_bits(TD_NORMAL_MAX), one = td_bits(1.0f);
    uint32_t ma = td_magnitude(x.a), mb = td_magnitude(x.b);
    td_pair_t u = {td_float(ma < limit ? ma : limit), td_float(mb < limit ? mb : limit)};
    td_pair_t v = td_add2(u, td_both(1.0f));
    td_pair_t half = td_mul2(u, td_both(-0.5f));
    const float *ca = td_normal_row(v.a), *cb = td_normal_row(v.b);
    td_pair_t z = td_mul2(half, u);
    td_pair_t d = td_sub2(u, (td_pair_t){ca[0], cb[0]});
    td_pair_t low = td_fms2(half, u, z); // -u^2/2 = z + low exactly
    td_pair_t n, scale, high = td_exp_reduce2(z, &n, &scale);
    td_pair_t p = td_fma2(d, (td_pair_t){ca[6], cb[6]}, (td_pair_t){ca[5], cb[5]});
    td_pair_t e = td_exp_evaluate2(td_add2(high, td_fma2(n, td_both(-TD_LN2_LO), low)), scale);
    p = td_fma2(d, p, (td_pair_t){ca[4], cb[4]});
    p = td_fma2(d, p, (td_pair_t){ca[3], cb[3]});
    p = td_fma2(d, p, (td_pair_t){ca[2], cb[2]});
    p = td_fma2(d, p, (td_pair_t){ca[1], cb[1]});
    e.a = td_float(td_bits(e.a) & td_sign_mask(ma - (limit + 1))); // 0 beyond the limit
    e.b = td_float(td_bits(e.b) & td_sign_mask(mb - (limit + 1)));
    td_pair_t tail = td_mul2(e, p);
    // x < 0: 1 * tail + 0, else -1 * tail + 1, without a branch.
    uint32_t pa = td_sign_mask(~td_bits(x.a)), pb = td_sign_mask(~td_bits(x.b));
    td_pair_t factor = {td_float(one | pa << 31), td_float(one | pb << 31)};
    *cdf = td_fma2(factor, tail, (td_pair_t){td_float(one & pa), td_float(one & pb)});
    *kernel = e;
}

#endif
