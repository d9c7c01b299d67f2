// SPDX-License-Identifier: Apache-2.0
// Sums, products, reciprocals and scaling, element by element. Any n; contiguous shares of a multiple of four elements a core.
#include "td_kernels.h"
#include "td_xpulp.h"

#define ADD(i) TD_FADD(a##i, a##i, b##i)
#define MUL(i) TD_FMUL(a##i, a##i, b##i)
#define SCALE(i) TD_FMUL(a##i, a##i, s)

TD_STREAM2(stream_add, 16, ADD, x + y)
TD_STREAM2(stream_mul, 16, MUL, x *y)
TD_STREAM1(stream_scale, SCALE, x *s)

void td_add(const td_add_args_t *args, uint32_t core) {
    td_stagger(core, 3);
    td_range_t r = td_share(args->n, 4, core);
    stream_add(args->a + r.begin, args->b + r.begin, args->out + r.begin, r.end - r.begin, 0.0f);
}

void td_mul(const td_mul_args_t *args, uint32_t core) {
    td_stagger(core, 3);
    td_range_t r = td_share(args->n, 4, core);
    stream_mul(args->a + r.begin, args->b + r.begin, args->out + r.begin, r.end - r.begin, 0.0f);
}

// Rows are shared; a single row (or fewer rows than cores) leaves cores idle.
void td_add_row(const td_add_row_args_t *args, uint32_t core) {
    td_stagger(core, 3);
    td_range_t r = td_share(args->rows, 1, core);
    uint32_t cols = args->cols;
    for (uint32_t i = r.begin; i < r.end; i++) {
        stream_add(args->a + i * cols, args->row, args->out + i * cols, cols, 0.0f);
    }
}

void td_mul_row(const td_mul_row_args_t *args, uint32_t core) {
    td_stagger(core, 3);
    td_range_t r = td_share(args->rows, 1, core);
    uint32_t cols = args->cols;
    for (uint32_t i = r.begin; i < r.end; i++) {
        stream_mul(args->a + i * cols, args->row, args->out + i * cols, cols, 0.0f);
    }
}

void td_reciprocal(const td_reciprocal_args_t *args, uint32_t core) {
    td_range_t r = td_share(args->n, 4, core);
    for (uint32_t i = r.begin; i < r.end; i++) args->out[i] = td_recip(args->x[i]);
}

void td_reciprocal_grad(const td_reciprocal_grad_args_t *args, uint32_t core) {
    td_stagger(core, 3);
    td_range_t r = td_share(args->n, 4, core);
    for (uint32_t i = r.begin; i < r.end; i++) {
        float y = args->y[i];
        args->dx[i] = (0.0f - args->dy[i] * y) * y;  // a negation would move to where a NaN gets its sign
    }
}

void td_inverse_root(const td_inverse_root_args_t *args, uint32_t core) {
    td_range_t r = td_share(args->n, 4, core);
    for (uint32_t i = r.begin; i < r.end; i++) args->out[i] = td_rsqrt(args->x[i]);
}

void td_inverse_root_grad(const td_inverse_root_grad_args_t *args, uint32_t core) {
    td_stagger(core, 3);
    td_range_t r = td_share(args->n, 4, core);
    for (uint32_t i = r.begin; i < r.end; i++) {
        float y = args->y[i];
        args->dx[i] = ((args->dy[i] * -0.5f) * y) * (y * y);
    }
}

void td_scale(const td_scale_args_t *args, uint32_t core) {
    td_stagger(core, 3);
    td_range_t r = td_share(args->n, 4, core);
    stream_scale(args->a + r.begin, args->out + r.begin, r.end - r.begin, args->alpha);
}
