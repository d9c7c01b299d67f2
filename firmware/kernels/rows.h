// SPDX-License-Identifier: Apache-2.0
// Inner loops over one row of n >= 1 elements, for the normalisations. Sums run over c ascending. On the cores: hardware loops
// (td_asm.h) of 2 or 4 elements, whose loads and independent operations stand between an operation and the use of its result
// to fill the FPU's latency. The C loop below each is what it computes; there it does the rest of the row, on the host all.
#ifndef TD_ROWS_H
#define TD_ROWS_H

#include "td_asm.h"
#include "td_xpulp.h"

// result = op(result, x[c]) for four elements.
#define TD_ROW_REDUCE(op, result)                                                                                      \
    TD_LOOP(n, 4, 8, (TD_MOVED(x) TD_MOVED(result)), 4, (t0, t1, t2, t3), (),                                          \
            TD_LOAD(t0, x) TD_LOAD(t1, x) op(result, result, t0)                                                       \
            TD_LOAD(t2, x) op(result, result, t1)                                                                      \
            TD_LOAD(t3, x) op(result, result, t2)                                                                      \
            op(result, result, t3))

// x[0] + x[1] + ..., from -0, which changes nothing.
static inline float td_row_sum(const float *x, uint32_t n) {
    float sum = -0.0f;
    TD_ROW_REDUCE(TD_FADD, sum)
    for (uint32_t c = 0; c < n; c++) sum += x[c];
    return sum;
}

// fmax over the row, from NaN, which fmax ignores.
static inline float td_row_max(const float *x, uint32_t n) {
    float max = td_float(0x7fc00000u);
    TD_ROW_REDUCE(TD_FMAX, max)
    for (uint32_t c = 0; c < n; c++) max = td_fmax(max, x[c]);
    return max;
}

// fma(a[c], b[c], ...) from +0.
static inline float td_row_dot(const float *a, const float *b, uint32_t n) {
    float sum = 0.0f;
    TD_LOOP(n, 2, 7, (TD_MOVED(a) TD_MOVED(b) TD_MOVED(sum)), 4, (a0, a1, b0, b1), (),
            TD_LOAD(a0, a) TD_LOAD(b0, b) TD_LOAD(a1, a)
            TD_FMADD(sum, a0, b0, sum)
            TD_LOAD(b1, b) TD_NOP
            TD_FMADD(sum, a1, b1, sum))
    for (uint32_t c = 0; c < n; c++) sum = td_fma(a[c], b[c], sum);
    return sum;
}

// fma(d, d, ...) of d = x[c] - mean, from +0.
static inline float td_row_squares(const float *x, float mean, uint32_t n) {
    float sum = 0.0f;
    TD_LOOP(n, 4, 12, (TD_MOVED(x) TD_MOVED(sum)), 4, (t0, t1, t2, t3), (TD_GIVEN(mean)),
            TD_LOAD(t0, x) TD_LOAD(t1, x) TD_FSUB(t0, t0, mean)
            TD_LOAD(t2, x) TD_FSUB(t1, t1, mean)
            TD_LOAD(t3, x) TD_FMADD(sum, t0, t0, sum) TD_FSUB(t2, t2, mean)
            TD_FMADD(sum, t1, t1, sum) TD_FSUB(t3, t3, mean)
            TD_FMADD(sum, t2, t2, sum)
            TD_FMADD(sum, t3, t3, sum))
    for (uint32_t c = 0; c < n; c++) {
        float d = x[c] - mean;
        sum = td_fma(d, d, sum);
    }
    return sum;
}

// y[c] = fma((x[c] - mean) * rstd, gamma[c], beta[c])
static inline void td_row_normalise(const float *x, const float *gamma, const float *beta, float *y, float mean, float rstd,
                                    uint32_t n) {
    TD_LOOP(n, 2, 14, (TD_MOVED(x) TD_MOVED(gamma) TD_MOVED(beta) TD_MOVED(y)), 6, (x0, x1, g0, g1, b0, b1),
            (TD_GIVEN(mean) TD_GIVEN(rstd)),
            TD_LOAD(x0, x) TD_LOAD(x1, x) TD_FSUB(x0, x0, mean)
            TD_LOAD(g0, gamma) TD_FSUB(x1, x1, mean)
            TD_LOAD(b0, beta) TD_FMUL(x0, x0, rstd)
            TD_LOAD(g1, gamma) TD_FMUL(x1, x1, rstd)
            TD_LOAD(b1, beta) TD_FMADD(x0, x0, g0, b0) TD_FMADD(x1, x1, g1, b1)
            TD_STORE(x0, y) TD_STORE(x1, y))
    for (uint32_t c = 0; c < n; c++) y[c] = td_fma((x[c] - mean) * rstd, gamma[c], beta[c]);
}

// g[c] = dy[c] * gamma[c]; *sum = g[0] + g[1] + ... from -0, *moment = fma(g[c], x[c] - mean, ...) from +0.
static inline void td_row_moments(const float *dy, const float *gamma, const float *x, float mean, float *g, uint32_t n,
                                  float *sum, float *moment) {
    float a = -0.0f, b = 0.0f;
    TD_LOOP(n, 2, 16, (TD_MOVED(dy) TD_MOVED(gamma) TD_MOVED(x) TD_MOVED(g) TD_MOVED(a) TD_MOVED(b)),
            6, (g0, g1, m0, m1, x0, x1), (TD_GIVEN(mean)),
            TD_LOAD(g0, dy) TD_LOAD(m0, gamma) TD_LOAD(x0, x) TD_FMUL(g0, g0, m0)
            TD_LOAD(g1, dy) TD_FSUB(x0, x0, mean)
            TD_LOAD(m1, gamma) TD_FADD(a, a, g0)
            TD_LOAD(x1, x) TD_FMADD(b, g0, x0, b) TD_FMUL(g1, g1, m1) TD_FSUB(x1, x1, mean) TD_FADD(a, a, g1)
            TD_STORE(g0, g) TD_FMADD(b, g1, x1, b)
            TD_STORE(g1, g))
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
    const float *from = g; // moves ahead of g
    TD_LOOP(n, 2, 12, (TD_MOVED(x) TD_MOVED(from) TD_MOVED(g)), 4, (g0, g1, x0, x1),
            (TD_GIVEN(mean) TD_GIVEN(rstd) TD_GIVEN(offset) TD_GIVEN(slope)),
            TD_LOAD(x0, x) TD_LOAD(g0, from) TD_FSUB(x0, x0, mean)
            TD_LOAD(x1, x) TD_FMADD(g0, g0, rstd, offset)
            TD_LOAD(g1, from) TD_FSUB(x1, x1, mean)
            TD_FMADD(g1, g1, rstd, offset) TD_FMADD(g0, x0, slope, g0) TD_FMADD(g1, x1, slope, g1)
            TD_STORE(g0, g) TD_STORE(g1, g))
    (void)from;
    for (uint32_t c = 0; c < n; c++) g[c] = td_fma(x[c] - mean, slope, td_fma(g[c], rstd, offset));
}

// dx[c] = y[c] * (dy[c] - s)
static inline void td_row_centre(const float *dy, const float *y, float *dx, float s, uint32_t n) {
    TD_LOOP(n, 2, 10, (TD_MOVED(dy) TD_MOVED(y) TD_MOVED(dx)), 4, (d0, d1, y0, y1), (TD_GIVEN(s)),
            TD_LOAD(d0, dy) TD_LOAD(d1, dy) TD_FSUB(d0, d0, s)
            TD_LOAD(y0, y) TD_FSUB(d1, d1, s)
            TD_LOAD(y1, y) TD_FMUL(d0, d0, y0) TD_FMUL(d1, d1, y1)
            TD_STORE(d0, dx) TD_STORE(d1, dx))
    for (uint32_t c = 0; c < n; c++) dx[c] = y[c] * (dy[c] - s);
}

#endif
