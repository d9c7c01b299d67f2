// SPDX-License-Identifier: Apache-2.0
// Layer normalisation over the last axis, two passes, biased variance. Rows are shared over the cores. In this order:
//   inv = recip(cols); mean = (x[0] + x[1] + ...) * inv
//   var = (fma(d, d, ...) of d = x[c] - mean, c ascending, from +0) * inv; rstd = rsqrt(var + epsilon)
//   y[c] = fma((x[c] - mean) * rstd, gamma[c], beta[c])
// Gradient, with h[c] = (x[c] - mean) * rstd, g[c] = dy[c] * gamma[c]:
//   a = (g[0] + g[1] + ...) * inv; b = (fma(g[c], h[c], ...) from +0) * inv
//   dx[c] = fma(-h[c], b, g[c] - a) * rstd
#include "td_kernels.h"
#include "td_xpulp.h"

void td_layernorm(const td_layernorm_args_t *args, uint32_t core) {
    td_range_t rows = td_share(args->rows, 1, core);
    const uint32_t cols = args->cols;
    const float *gamma = args->gamma, *beta = args->beta;
    const float epsilon = args->epsilon;
    const float inv = td_recip((float)cols);
    for (uint32_t row = rows.begin; row < rows.end; row++) {
        const float *x = args->x + row * cols;
        float *y = args->y + row * cols;
        float sum = x[0];
        for (uint32_t c = 1; c < cols; c++) sum += x[c];
        float mean = sum * inv;
        float squares = 0.0f;
        for (uint32_t c = 0; c < cols; c++) {
            float d = x[c] - mean;
            squares = td_fma(d, d, squares);
        }
        float rstd = td_rsqrt(squares * inv + epsilon);
        for (uint32_t c = 0; c < cols; c++) y[c] = td_fma((x[c] - mean) * rstd, gamma[c], beta[c]);
        args->mean[row] = mean;
        args->rstd[row] = rstd;
    }
}

void td_layernorm_grad(const td_layernorm_grad_args_t *args, uint32_t core) {
    td_range_t rows = td_share(args->rows, 1, core);
    const uint32_t cols = args->cols;
    const float *gamma = args->gamma;
    const float inv = td_recip((float)cols);
    for (uint32_t row = rows.begin; row < rows.end; row++) {
        const float *x = args->x + row * cols, *dy = args->dy + row * cols;
        float *dx = args->dx + row * cols;
        const float mean = args->mean[row], rstd = args->rstd[row];
        float a = 0.0f, b = 0.0f;
        for (uint32_t c = 0; c < cols; c++) {
            float g = dy[c] * gamma[c];
            a = c == 0 ? g : a + g;
            b = td_fma(g, (x[c] - mean) * rstd, b);
        }
        a = a * inv;
        b = b * inv;
        for (uint32_t c = 0; c < cols; c++) {
            float g = dy[c] * gamma[c];
            dx[c] = td_fma(-((x[c] - mean) * rstd), b, g - a) * rstd;
        }
    }
}
