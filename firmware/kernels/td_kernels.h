// SPDX-License-Identifier: Apache-2.0
// FP32 kernels of the training step. All eight cores call a kernel with the same arguments; it divides its own work by
// `core` and contains no barrier: results are visible to other cores after the caller's td_barrier(). Pointers are byte
// addresses in L1 of one tile, 4-byte aligned; matrices are row-major; pitches are bytes from row to row; images are NHWC.
// In-place use (an output equal to an input of the same shape) is allowed for the elementwise kernels only.
#ifndef TD_KERNELS_H
#define TD_KERNELS_H

#include <stdint.h>

// FLAGS of a GEMM, the same bits as RedMule's FLAGS register.
#define TD_GEMM_X_TRANSPOSED 1u // X is stored n x m: element (m, n) at x + n * x_pitch + 4 * m
#define TD_GEMM_W_TRANSPOSED 2u // W is stored k x n: element (n, k) at w + k * w_pitch + 4 * n
#define TD_GEMM_Y_ROW 4u        // Y is one row of k, used for every m

// z[m][k] = (y[m][k] or +0) + sum over n ascending of x[m][n] * w[n][k], one fused multiply-add each. A pitch of 0 means dense.
typedef struct {
    const float *x, *w, *y; // y may be 0
    float *z;
    uint32_t m, n, k;
    uint32_t x_pitch, w_pitch, y_pitch, z_pitch; // bytes
    uint32_t flags;
} td_gemm_args_t;

// Output rows row_begin..row_end-1 of the im2col matrix of an image [height, width, channels], zeros in the padding;
// x points at input row x_row_begin. out: dense [(row_end - row_begin) * out_width, kernel_h * kernel_w * channels].
typedef struct {
    const float *x;
    float *out;
    uint32_t height, width, channels, kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left, out_width;
    uint32_t row_begin, row_end, x_row_begin;
} td_im2col_args_t;

// Running maximum over the window, rows then columns; padding is skipped. y: [row_end - row_begin, out_width, channels].
typedef struct {
    const float *x;
    float *y;
    uint32_t height, width, channels, kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left, out_width;
    uint32_t row_begin, row_end, x_row_begin;
} td_maxpool_args_t;

// out[i] = a[i] op b[i]
typedef struct {
    const float *a, *b;
    float *out;
    uint32_t n;
} td_add_args_t, td_mul_args_t;

// out[r][c] = a[r][c] + row[c]
typedef struct {
    const float *a, *row;
    float *out;
    uint32_t rows, cols;
} td_add_row_args_t;

// out[i] = a[i] * alpha
typedef struct {
    const float *a;
    float *out;
    uint32_t n;
    float alpha;
} td_scale_args_t;

typedef struct {
    const float *x;
    float *out;
    uint32_t n;
} td_relu_args_t, td_gelu_args_t;

typedef struct {
    const float *dy, *x;
    float *dx;
    uint32_t n;
} td_relu_grad_args_t, td_gelu_grad_args_t;

// y = (x - mean) * rstd * gamma + beta per row of cols; mean, rstd: [rows]
typedef struct {
    const float *x, *gamma, *beta;
    float *y, *mean, *rstd;
    uint32_t rows, cols;
    float epsilon;
} td_layernorm_args_t;

typedef struct {
    const float *dy, *x, *gamma, *mean, *rstd;
    float *dx;
    uint32_t rows, cols;
} td_layernorm_grad_args_t;

typedef struct {
    const float *x;
    float *y;
    uint32_t rows, cols;
} td_softmax_args_t;

typedef struct {
    const float *dy, *y;
    float *dx;
    uint32_t rows, cols;
} td_softmax_grad_args_t;

// out[c] = (accumulate ? out[c] + x[0][c] : x[0][c]) + x[1][c] + ..., rows ascending
typedef struct {
    const float *x;
    float *out;
    uint32_t rows, cols, accumulate;
} td_reduce_sum_args_t;

// loss[0] = -log(softmax(logits)[label[0]]), probs[n] = softmax(logits)
typedef struct {
    const float *logits;
    const int32_t *label;
    float *loss, *probs;
    uint32_t n;
} td_softmax_xent_args_t;

typedef struct {
    const float *probs;
    const int32_t *label;
    float *dlogits;
    uint32_t n;
} td_softmax_xent_grad_args_t;

// w_new[i] = fma(-lr, g[i], w[i])
typedef struct {
    const float *w, *g;
    float *w_new;
    uint32_t n;
    float lr;
} td_sgd_args_t;

// out[c][r] = x[r][c]; pitches in bytes (0: dense)
typedef struct {
    const float *x;
    float *out;
    uint32_t rows, cols, x_pitch, out_pitch;
} td_transpose_args_t;

void td_gemm(const td_gemm_args_t *args, uint32_t core);
void td_im2col(const td_im2col_args_t *args, uint32_t core);
void td_maxpool(const td_maxpool_args_t *args, uint32_t core);
void td_add(const td_add_args_t *args, uint32_t core);
void td_mul(const td_mul_args_t *args, uint32_t core);
void td_add_row(const td_add_row_args_t *args, uint32_t core);
void td_scale(const td_scale_args_t *args, uint32_t core);
void td_relu(const td_relu_args_t *args, uint32_t core);
void td_relu_grad(const td_relu_grad_args_t *args, uint32_t core);
void td_gelu(const td_gelu_args_t *args, uint32_t core);
void td_gelu_grad(const td_gelu_grad_args_t *args, uint32_t core);
void td_layernorm(const td_layernorm_args_t *args, uint32_t core);
void td_layernorm_grad(const td_layernorm_grad_args_t *args, uint32_t core);
void td_softmax(const td_softmax_args_t *args, uint32_t core);
void td_softmax_grad(const td_softmax_grad_args_t *args, uint32_t core);
void td_reduce_sum(const td_reduce_sum_args_t *args, uint32_t core);
void td_softmax_xent(const td_softmax_xent_args_t *args, uint32_t core);
void td_softmax_xent_grad(const td_softmax_xent_grad_args_t *args, uint32_t core);
void td_sgd(const td_sgd_args_t *args, uint32_t core);
void td_transpose(const td_transpose_args_t *args, uint32_t core);

#endif
