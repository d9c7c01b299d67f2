// SPDX-License-Identifier: Apache-2.0
// Layer normalisation over the last axis, two passes, biased variance. Rows are shared over the cores. In this order:
//   inv = recip(cols); mean = (x[0] + x[1] + ...) * inv
//   var = (fma(d, d, ...) of d = x[c] - mean, c ascending, from +0) * inv; rstd = rsqrt(var + epsilon)
//   y[c] = fma((x[c] - mean) * rstd, gamma[c], beta[c])
// Gradient, with g[c] = dy[c] * gamma[c], d[c] = x[c] - mean:
//   a = (g[0] + g[1] + ...) * inv; b = (fma(g[c], d[c], ...) from +0) * inv
//   dx[c] = fma(d[c], -(b * rstd * rstd * rstd), fma(g[c], rstd, -(a * rstd)))
// which is rstd * (g - mean(g) - h * mean(g * h)) for h = d * rstd. dx must not overlap an input.
#include "td_kernels.h"
#include "rows.h"

void td_layernorm(const td_layernorm_args_t *args, uint32_t core) {
    td_range_t rows = td_share(args->rows, 1, core);
    td_stagger(core, 10);
    const uint32_t cols = args->cols;
    const float inv = td_recip((float)cols);
    for (uint32_t row = rows.begin; row < rows.end; row++) {
        const float *x = args->x + row * cols;
        float mean = td_row_sum(x, cols) * inv;
        float rstd = td_rsqrt(td_row_squares(x, mean, cols) * inv + args->epsilon);
        td_row_normalise(x, args->gamma, args->beta, args->y + row * cols, mean, rstd, cols);
        args->mean[row] = mean;
        args->rstd[row] = rstd;
    }
}

void td_layernorm_grad(const td_layernorm_grad_args_t *args, uint32_t core) {
    td_range_t rows = td_share(args->rows, 1, core);
    td_stagger(core, 10);
    const uint32_t cols = args->cols;
    const float inv = td_recip((float)cols);
    for (uint32_t row = rows.begin; row < rows.end; row++) {
        const float *x = args->x + row * cols;
        float *dx = args->dx + row * cols;
        const float mean = args->mean[row], rstd = args->rstd[row];
        float sum, moment;
        td_row_moments(args->dy + row * cols, args->gamma, x, mean, dx, cols, &sum, &moment);
        float a = sum * inv, b = moment * inv;
        td_row_combine(dx, x, mean, rstd, -(a * rstd), -(b * rstd * rstd * rstd), cols);
    }
}
