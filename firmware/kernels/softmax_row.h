// SPDX-License-Identifier: Apache-2.0
// Softmax of one row, shared by softmax.c and cross_entropy.c; n >= 1. In this order:
//   max = fmax over c ascending, from x[0]; e[c] = exp(x[c] - max); sum = e[0] + e[1] + ...; y[c] = e[c] * recip(sum)
#ifndef TD_SOFTMAX_ROW_H
#define TD_SOFTMAX_ROW_H

#include "td_math.h"

static inline void td_softmax_row(const float *x, float *y, uint32_t n, float *max_out, float *sum_out) {
    float max = x[0];
    for (uint32_t c = 1; c < n; c++) max = td_fmax(max, x[c]);
    float sum = 0.0f; // exp is never -0: the same as starting from e[0]
    for (uint32_t c = 0; c < n; c++) {
        float e = td_exp(x[c] - max);
        y[c] = e;
        sum += e;
    }
    float inv = td_recip(sum);
    for (uint32_t c = 0; c < n; c++) y[c] = y[c] * inv;
    *max_out = max;
    *sum_out = sum;
}

#endif
