// SPDX-License-Identifier: Apache-2.0
// Softmax of one row, shared by softmax.c and loss.c; n >= 1. In this order:
//   max = fmax over c ascending; e[c] = exp(x[c] - max); sum = e[0] + e[1] + ...; y[c] = e[c] * recip(sum)
#ifndef TD_SOFTMAX_ROW_H
#define TD_SOFTMAX_ROW_H

#include "rows.h"

#define TD_SOFTMAX_SCALE(i) "fmul.s %[a" #i "], %[a" #i "], %[s]\n"
TD_STREAM1(td_softmax_scale, TD_SOFTMAX_SCALE, x *s)

static inline void td_softmax_row(const float *x, float *y, uint32_t n, float *max_out, float *sum_out) {
    float max = td_row_max(x, n);
    float sum = -0.0f;
    uint32_t c = 0;
    for (; c + 2 <= n; c += 2) { // two at once: their operations fill each other's FPU latency
        td_pair_t e = td_exp2(td_sub2((td_pair_t){x[c], x[c + 1]}, td_both(max)));
        y[c] = e.a;
        y[c + 1] = e.b;
        sum += e.a;
        sum += e.b;
    }
    if (c < n) {
        y[c] = td_exp2(td_both(x[c] - max)).a;
        sum += y[c];
    }
    td_softmax_scale(y, y, n, td_recip(sum));
    *max_out = max;
    *sum_out = sum;
}

#endif
