// SPDX-License-Identifier: Apache-2.0
// Softmax over the last axis (order of operations: softmax_row.h) and its gradient:
//   s = fma(dy[c], y[c], ...) for c ascending, from +0; dx[c] = y[c] * (dy[c] - s)
// Rows are shared over the cores.
#include "td_kernels.h"
#include "softmax_row.h"

void td_softmax(const td_softmax_args_t *args, uint32_t core) {
    td_range_t rows = td_share(args->rows, 1, core);
    td_stagger(core, 10);
    const uint32_t cols = args->cols;
    for (uint32_t row = rows.begin; row < rows.end; row++) {
        float max, sum;
        td_softmax_row(args->x + row * cols, args->y + row * cols, cols, &max, &sum);
    }
}

void td_softmax_grad(const td_softmax_grad_args_t *args, uint32_t core) {
    td_range_t rows = td_share(args->rows, 1, core);
    td_stagger(core, 10);
    const uint32_t cols = args->cols;
    for (uint32_t row = rows.begin; row < rows.end; row++) {
        const float *dy = args->dy + row * cols, *y = args->y + row * cols;
        td_row_centre(dy, y, args->dx + row * cols, td_row_dot(dy, y, cols), cols);
    }
}
