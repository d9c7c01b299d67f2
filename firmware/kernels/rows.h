// SPDX-License-Identifier: Apache-2.0
// Inner loops over one row of n >= 1 elements, for the normalisations. Sums run over c ascending. On the cores: hardware loops
// of 2 or 4 elements whose loads and independent operations fill the FPU's latency.
#ifndef TD_ROWS_H
#define TD_ROWS_H

#include "td_xpulp.h"

// x[0] + x[1] + ..., from -0, which changes nothing.
static inline float td_row_sum(const float *x, uint32_t n) {
    float sum = -0.0f;
#ifdef __riscv
    if (n >= 4) {
        float t0, t1, t2, t3;
        __asm__ volatile(TD_HWLOOP("%[count]", 8)
                         "cv.lw %[t0], (%[x]), 4\n cv.lw %[t1], (%[x]), 4\n fadd.s %[sum], %[sum], %[t0]\n"
                         "cv.lw %[t2], (%[x]), 4\n fadd.s %[sum], %[sum], %[t1]\n"
                         "cv.lw %[t3], (%[x]), 4\n fadd.s %[sum], %[sum], %[t2]\n"
                         "fadd.s %[sum], %[sum], %[t3]\n" TD_HWLOOP_END
                         : [x] "+r"(x), [sum] "+r"(sum), [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3)
                         : [count] "r"(n / 4)
                         : "memory");
        n %= 4;
    }
#endif
    for (uint32_t c = 0; c < n; c++) sum += x[c];
    return sum;
}

// fmax over the row, from NaN, which fmax ignores.
static inline float td_row_max(const float *x, uint32_t n) {
    float max = td_float(0x7fc00000u);
#ifdef __riscv
    if (n >= 4) {
        float t0, t1, t2, t3;
        __asm__ volatile(TD_HWLOOP("%[count]", 8)
                         "cv.lw %[t0], (%[x]), 4\n cv.lw %[t1], (%[x]), 4\n fmax.s %[max], %[max], %[t0]\n"
                         "cv.lw %[t2], (%[x]), 4\n fmax.s %[max], %[max], %[t1]\n"
                         "cv.lw %[t3], (%[x]), 4\n fmax.s %[max], %[max], %[t2]\n"
                         "fmax.s %[max], %[max], %[t3]\n" TD_HWLOOP_END
                         : [x] "+r"(x), [max] "+r"(max), [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3)
                         : [count] "r"(n / 4)
                         : "memory");
        n %= 4;
    }
#endif
    for (uint32_t c = 0; c < n; c++) max = td_fmax(max, x[c]);
    return max;
}

// fma(a[c], b[c], ...) from +0.
static inline float td_row_dot(const float *a, const float *b, uint32_t n) {
    float sum = 0.0f;
#ifdef __riscv
    if (n >= 2) {
        float a0, a1, b0, b1;
        __asm__ volatile(TD_HWLOOP("%[count]", 7)
                         "cv.lw %[a0], (%[a]), 4\n cv.lw %[b0], (%[b]), 4\n cv.lw %[a1], (%[a]), 4\n"
                         "fmadd.s %[sum], %[a0], %[b0], %[sum]\n cv.lw %[b1], (%[b]), 4\n nop\n"
                         "fmadd.s %[sum], %[a1], %[b1], %[sum]\n" TD_HWLOOP_END
                         : [a] "+r"(a), [b] "+r"(b), [sum] "+r"(sum), [a0] "=&r"(a0), [a1] "=&r"(a1), [b0] "=&r"(b0),
                           [b1] "=&r"(b1)
                         : [count] "r"(n / 2)
                         : "memory");
        n %= 2;
    }
#endif
    for (uint32_t c = 0; c < n; c++) sum = td_fma(a[c], b[c], sum);
    return sum;
}

// fma(d, d, ...) of d = x[c] - mean, from +0.
static inline float td_row_squares(const float *x, float mean, uint32_t n) {
    float sum = 0.0f;
#ifdef __riscv
    if (n >= 4) {
        float t0, t1, t2, t3;
        __asm__ volatile(TD_HWLOOP("%[count]", 12)
                         "cv.lw %[t0], (%[x]), 4\n cv.lw %[t1], (%[x]), 4\n fsub.s %[t0], %[t0], %[mean]\n"
                         "cv.lw %[t2], (%[x]), 4\n fsub.s %[t1], %[t1], %[mean]\n cv.lw %[t3], (%[x]), 4\n"
                         "fmadd.s %[sum], %[t0], %[t0], %[sum]\n fsub.s %[t2], %[t2], %[mean]\n"
                         "fmadd.s %[sum], %[t1], %[t1], %[sum]\n fsub.s %[t3], %[t3], %[mean]\n"
                         "fmadd.s %[sum], %[t2], %[t2], %[sum]\n fmadd.s %[sum], %[t3], %[t3], %[sum]\n" TD_HWLOOP_END
                         : [x] "+r"(x), [sum] "+r"(sum), [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3)
                         : [mean] "r"(mean), [count] "r"(n / 4)
                         : "memory");
        n %= 4;
    }
#endif
    for (uint32_t c = 0; c < n; c++) {
        float d = x[c] - mean;
        sum = td_fma(d, d, sum);
    }
    return sum;
}

// y[c] = fma((x[c] - mean) * rstd, gamma[c], beta[c])
static inline void td_row_normalise(const float *x, const float *gamma, const float *beta, float *y, float mean, float rstd,
                                    uint32_t n) {
#ifdef __riscv
    if (n >= 2) {
        float x0, x1, g0, g1, b0, b1;
        __asm__ volatile(TD_HWLOOP("%[count]", 14)
                         "cv.lw %[x0], (%[x]), 4\n cv.lw %[x1], (%[x]), 4\n fsub.s %[x0], %[x0], %[mean]\n"
                         "cv.lw %[g0], (%[g]), 4\n fsub.s %[x1], %[x1], %[mean]\n cv.lw %[b0], (%[b]), 4\n"
                         "fmul.s %[x0], %[x0], %[rstd]\n cv.lw %[g1], (%[g]), 4\n fmul.s %[x1], %[x1], %[rstd]\n"
                         "cv.lw %[b1], (%[b]), 4\n fmadd.s %[x0], %[x0], %[g0], %[b0]\n"
                         "fmadd.s %[x1], %[x1], %[g1], %[b1]\n"
                         "cv.sw %[x0], (%[y]), 4\n cv.sw %[x1], (%[y]), 4\n" TD_HWLOOP_END
                         : [x] "+r"(x), [g] "+r"(gamma), [b] "+r"(beta), [y] "+r"(y), [x0] "=&r"(x0), [x1] "=&r"(x1),
                           [g0] "=&r"(g0), [g1] "=&r"(g1), [b0] "=&r"(b0), [b1] "=&r"(b1)
                         : [mean] "r"(mean), [rstd] "r"(rstd), [count] "r"(n / 2)
                         : "memory");
        n %= 2;
    }
#endif
    for (uint32_t c = 0; c < n; c++) y[c] = td_fma((x[c] - mean) * rstd, gamma[c], beta[c]);
}

// g[c] = dy[c] * gamma[c]; *sum = g[0] + g[1] + ... from -0, *moment = fma(g[c], x[c] - mean, ...) from +0.
static inline void td_row_moments(const float *dy, const float *gamma, const float *x, float mean, float *g, uint32_t n,
                                  float *sum, float *moment) {
    float a = -0.0f, b = 0.0f;
#ifdef __riscv
    if (n >= 2) {
        float g0, g1, m0, m1, x0, x1;
        __asm__ volatile(TD_HWLOOP("%[count]", 16)
                         "cv.lw %[g0], (%[dy]), 4\n cv.lw %[m0], (%[gamma]), 4\n cv.lw %[x0], (%[x]), 4\n"
                         "fmul.s %[g0], %[g0], %[m0]\n cv.lw %[g1], (%[dy]), 4\n fsub.s %[x0], %[x0], %[mean]\n"
                         "cv.lw %[m1], (%[gamma]), 4\n fadd.s %[a], %[a], %[g0]\n cv.lw %[x1], (%[x]), 4\n"
                         "fmadd.s %[b], %[g0], %[x0], %[b]\n fmul.s %[g1], %[g1], %[m1]\n fsub.s %[x1], %[x1], %[mean]\n"
                         "fadd.s %[a], %[a], %[g1]\n cv.sw %[g0], (%[g]), 4\n fmadd.s %[b], %[g1], %[x1], %[b]\n"
                         "cv.sw %[g1], (%[g]), 4\n" TD_HWLOOP_END
                         : [dy] "+r"(dy), [gamma] "+r"(gamma), [x] "+r"(x), [g] "+r"(g), [a] "+r"(a), [b] "+r"(b),
                           [g0] "=&r"(g0), [g1] "=&r"(g1), [m0] "=&r"(m0), [m1] "=&r"(m1), [x0] "=&r"(x0), [x1] "=&r"(x1)
                         : [mean] "r"(mean), [count] "r"(n / 2)
                         : "memory");
        n %= 2;
    }
#endif
    for (uint32_t c = 0; c < n; c++) {
        g[c] = dy[c] * gamma[c];
        a += g[c];
        b = td_fma(g[c], x[c] - mean, b);
    }
    *sum = a;
    *moment = b;
}

// g[c] = fma(x[c] - mean, slope, fma(g[c], rstd, offset)), in place
static inline void td_row_combine(float *g, const float *x, float mean, float rstd, float offset, float slope, uint32_t n) {
#ifdef __riscv
    if (n >= 2) {
        const float *from = g;
        float g0, g1, x0, x1;
        __asm__ volatile(TD_HWLOOP("%[count]", 12)
                         "cv.lw %[x0], (%[x]), 4\n cv.lw %[g0], (%[from]), 4\n fsub.s %[x0], %[x0], %[mean]\n"
                         "cv.lw %[x1], (%[x]), 4\n fmadd.s %[g0], %[g0], %[rstd], %[offset]\n cv.lw %[g1], (%[from]), 4\n"
                         "fsub.s %[x1], %[x1], %[mean]\n fmadd.s %[g1], %[g1], %[rstd], %[offset]\n"
                         "fmadd.s %[g0], %[x0], %[slope], %[g0]\n fmadd.s %[g1], %[x1], %[slope], %[g1]\n"
                         "cv.sw %[g0], (%[g]), 4\n cv.sw %[g1], (%[g]), 4\n" TD_HWLOOP_END
                         : [x] "+r"(x), [from] "+r"(from), [g] "+r"(g), [g0] "=&r"(g0), [g1] "=&r"(g1), [x0] "=&r"(x0),
                           [x1] "=&r"(x1)
                         : [mean] "r"(mean), [rstd] "r"(rstd), [offset] "r"(offset), [slope] "r"(slope), [count] "r"(n / 2)
                         : "memory");
        n %= 2;
    }
#endif
    for (uint32_t c = 0; c < n; c++) g[c] = td_fma(x[c] - mean, slope, td_fma(g[c], rstd, offset));
}

// dx[c] = y[c] * (dy[c] - s)
static inline void td_row_centre(const float *dy, const float *y, float *dx, float s, uint32_t n) {
#ifdef __riscv
    if (n >= 2) {
        float d0, d1, y0, y1;
        __asm__ volatile(TD_HWLOOP("%[count]", 10)
                         "cv.lw %[d0], (%[dy]), 4\n cv.lw %[d1], (%[dy]), 4\n fsub.s %[d0], %[d0], %[s]\n"
                         "cv.lw %[y0], (%[y]), 4\n fsub.s %[d1], %[d1], %[s]\n cv.lw %[y1], (%[y]), 4\n"
                         "fmul.s %[d0], %[d0], %[y0]\n fmul.s %[d1], %[d1], %[y1]\n"
                         "cv.sw %[d0], (%[dx]), 4\n cv.sw %[d1], (%[dx]), 4\n" TD_HWLOOP_END
                         : [dy] "+r"(dy), [y] "+r"(y), [dx] "+r"(dx), [d0] "=&r"(d0), [d1] "=&r"(d1), [y0] "=&r"(y0),
                           [y1] "=&r"(y1)
                         : [s] "r"(s), [count] "r"(n / 2)
                         : "memory");
        n %= 2;
    }
#endif
    for (uint32_t c = 0; c < n; c++) dx[c] = y[c] * (dy[c] - s);
}

#endif
