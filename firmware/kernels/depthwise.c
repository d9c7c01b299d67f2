// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution of NHWC images, and its gradients: fused multiply-adds along positions of a window or along windows, in
// order, from +0 or from what is there; padding is skipped. Cores share pixels, or positions of the kernel.
#include "td_kernels.h"
#include "td_xpulp.h"

// A walk over two operands: `rows` x `cols` positions, so many bytes apart.
typedef struct {
    const float *a, *b;
    uint32_t rows, cols;
    int32_t a_col, a_row, b_col, b_row;
} walk_t;

static inline const float *moved(const float *from, int32_t bytes) { return (const float *)((const char *)from + bytes); }

// Four channels.
static inline void walk4(const walk_t *walk, uint32_t channel, float *out, uint32_t more) {
    float s0 = 0.0f, s1 = 0.0f, s2 = 0.0f, s3 = 0.0f;
    if (more) {
        s0 = out[0];
        s1 = out[1];
        s2 = out[2];
        s3 = out[3];
    }
    if (walk->rows != 0 && walk->cols != 0) {
        const float *a = walk->a + channel, *b = walk->b + channel;
#ifdef __riscv
        const int32_t cols = (int32_t)walk->cols;
        const int32_t a_row = walk->a_row - cols * walk->a_col, b_row = walk->b_row - cols * walk->b_col;
        float t0, t1, t2, t3, u0, u1, u2, u3;
        __asm__ volatile(TD_HWLOOP_OUTER("%[rows]", 15) TD_HWLOOP_INNER("%[cols]", 12)
                         "cv.lw %[t0], (%[a]), 4\n cv.lw %[t1], (%[a]), 4\n cv.lw %[t2], (%[a]), 4\n"
                         "cv.lw %[t3], (%[a]), %[a_col]\n"
                         "cv.lw %[u0], (%[b]), 4\n cv.lw %[u1], (%[b]), 4\n cv.lw %[u2], (%[b]), 4\n"
                         "cv.lw %[u3], (%[b]), %[b_col]\n"
                         "fmadd.s %[s0], %[t0], %[u0], %[s0]\n fmadd.s %[s1], %[t1], %[u1], %[s1]\n"
                         "fmadd.s %[s2], %[t2], %[u2], %[s2]\n fmadd.s %[s3], %[t3], %[u3], %[s3]\n"
                         "add %[a], %[a], %[a_row]\n add %[b], %[b], %[b_row]\n" TD_HWLOOP_END
                         : [a] "+r"(a), [b] "+r"(b), [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2), [s3] "+r"(s3),
                           [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [u0] "=&r"(u0),
                           [u1] "=&r"(u1), [u2] "=&r"(u2), [u3] "=&r"(u3)
                         : [rows] "r"(walk->rows), [cols] "r"(walk->cols), [a_col] "r"(walk->a_col - 12),
                           [b_col] "r"(walk->b_col - 12), [a_row] "r"(a_row), [b_row] "r"(b_row)
                         : "memory");
#else
        for (uint32_t i = 0; i < walk->rows; i++) {
            for (uint32_t j = 0; j < walk->cols; j++) {
                const float *x = moved(a, (int32_t)i * walk->a_row + (int32_t)j * walk->a_col);
                const float *w = moved(b, (int32_t)i * walk->b_row + (int32_t)j * walk->b_col);
                s0 = td_fma(x[0], w[0], s0);
                s1 = td_fma(x[1], w[1], s1);
                s2 = td_fma(x[2], w[2], s2);
                s3 = td_fma(x[3], w[3], s3);
            }
        }
#endif
    }
    out[0] = s0;
    out[1] = s1;
    out[2] = s2;
    out[3] = s3;
}

static inline void walk1(const walk_t *walk, uint32_t channel, float *out, uint32_t more) {
    float sum = more ? *out : 0.0f;
    const float *a = walk->a + channel, *b = walk->b + channel;
    for (uint32_t i = 0; i < walk->rows; i++, a = moved(a, walk->a_row), b = moved(b, walk->b_row)) {
        const float *x = a, *w = b;
        for (uint32_t j = 0; j < walk->cols; j++, x = moved(x, walk->a_col), w = moved(w, walk->b_col))
            sum = td_fma(*x, *w, sum);
    }
    *out = sum;
}

// Channels begin to end of a walk.
static void add(const walk_t *walk, uint32_t begin, uint32_t end, float *out, uint32_t more) {
    uint32_t c = begin;
    for (; c + 4 <= end; c += 4) walk4(walk, c, out + c, more);
    for (; c < end; c++) walk1(walk, c, out + c, more);
}

// The part of [start, start + size) that lies in [0, limit).
static inline td_range_t clip(int32_t start, uint32_t size, uint32_t limit) {
    int32_t end = start + (int32_t)size;
    int32_t begin = start < 0 ? 0 : start;
    end = end > (int32_t)limit ? (int32_t)limit : end;
    return (td_range_t){(uint32_t)begin, end > begin ? (uint32_t)end : (uint32_t)begin};
}

void td_depthwise(const td_depthwise_args_t *args, uint32_t core) {
    const uint32_t channels = args->channels, out_width = args->out_width;
    const int32_t pixel = 4 * (int32_t)channels, x_row = (int32_t)args->width * pixel, w_row = (int32_t)args->kernel_w * pixel;
    const td_range_t share = td_share((args->row_end - args->row_begin) * out_width, 1, core);
    uint32_t oy = args->row_begin + share.begin / out_width, ox = share.begin % out_width;
    float *z = args->z + share.begin * channels;
    for (uint32_t i = share.begin; i < share.end; i++, z += channels) {
        const int32_t top = (int32_t)(oy * args->stride_h) - (int32_t)args->pad_top;
        const int32_t left = (int32_t)(ox * args->stride_w) - (int32_t)args->pad_left;
        const td_range_t rows = clip(top, args->kernel_h, args->height), cols = clip(left, args->kernel_w, args->width);
        const walk_t walk = {
            moved(args->x, (int32_t)(rows.begin - args->x_row_begin) * x_row + (int32_t)cols.begin * pixel),
            moved(args->w, ((int32_t)rows.begin - top) * w_row + ((int32_t)cols.begin - left) * pixel),
            rows.end - rows.begin, cols.end - cols.begin, pixel, x_row, pixel, w_row};
        add(&walk, 0, channels, z, 0);
        if (++ox == out_width) {
            ox = 0;
            oy++;
        }
    }
}

// The windows that have a pixel: `count` of them, window descending by one as the kernel's position ascends by the stride.
typedef struct {
    uint32_t window, position, count;
} reach_t;

// Of windows begin..end-1 those that have the pixel `place`, counted from the padding's edge.
static inline reach_t reach(uint32_t place, uint32_t kernel, uint32_t stride, uint32_t begin, uint32_t end) {
    const uint32_t last = place / stride, first = place % stride;
    const uint32_t skip = last >= end ? last - end + 1 : 0;
    uint32_t count = first < kernel ? (kernel - 1 - first) / stride + 1 : 0;
    const uint32_t there = last >= begin ? last - begin + 1 : 0;
    if (count > there) count = there;
    return (reach_t){last - skip, first + skip * stride, count > skip ? count - skip : 0};
}

void td_depthwise_grad(const td_depthwise_grad_args_t *args, uint32_t core) {
    const uint32_t channels = args->channels, width = args->width;
    const int32_t pixel = 4 * (int32_t)channels, dz_row = (int32_t)args->out_width * pixel;
    const int32_t w_row = (int32_t)args->kernel_w * pixel;
    const td_range_t share = td_share((args->row_end - args->row_begin) * width, 1, core);
    uint32_t iy = args->row_begin + share.begin / width, ix = share.begin % width;
    float *dx = args->dx + share.begin * channels;
    for (uint32_t i = share.begin; i < share.end; i++, dx += channels) {
        const reach_t down =
            reach(iy + args->pad_top, args->kernel_h, args->stride_h, args->window_begin, args->window_end);
        const reach_t across = reach(ix + args->pad_left, args->kernel_w, args->stride_w, 0, args->out_width);
        const int32_t row = (int32_t)(down.window - args->window_begin);
        const walk_t walk = {
            moved(args->dz, row * dz_row + (int32_t)across.window * pixel),
            moved(args->w, (int32_t)down.position * w_row + (int32_t)across.position * pixel),
            down.count, across.count, -pixel, -dz_row,
            (int32_t)args->stride_w * pixel, (int32_t)args->stride_h * w_row};
        add(&walk, 0, channels, dx, 0);
        if (++ix == width) {
            ix = 0;
            iy++;
        }
    }
}

// Of windows begin..end-1 those whose position `at` lies in the image, of `size`.
static inline td_range_t inside(uint32_t at, uint32_t pad, uint32_t stride, uint32_t size, uint32_t begin, uint32_t end) {
    const uint32_t first = pad > at ? (pad - at + stride - 1) / stride : 0;
    const uint32_t behind = size + pad > at ? (size + pad - at - 1) / stride + 1 : 0;
    if (first > begin) begin = first;
    if (behind < end) end = behind;
    return (td_range_t){begin, end > begin ? end : begin};
}

void td_depthwise_weights(const td_depthwise_weights_args_t *args, uint32_t core) {
    const uint32_t channels = args->channels, blocks = (channels + 3) / 4;
    const int32_t pixel = 4 * (int32_t)channels, x_row = (int32_t)args->width * pixel;
    const int32_t dz_row = (int32_t)args->out_width * pixel;
    const td_range_t share = td_share(args->kernel_h * args->kernel_w * blocks, 1, core);
    for (uint32_t i = share.begin; i < share.end; i++) {
        const uint32_t at = i / blocks, begin = 4 * (i % blocks), end = begin + 4 < channels ? begin + 4 : channels;
        const uint32_t ky = at / args->kernel_w, kx = at % args->kernel_w;
        const td_range_t down =
            inside(ky, args->pad_top, args->stride_h, args->height, args->row_begin, args->row_end);
        const td_range_t across = inside(kx, args->pad_left, args->stride_w, args->width, 0, args->out_width);
        const int32_t y = (int32_t)(down.begin * args->stride_h + ky) - (int32_t)(args->pad_top + args->x_row_begin);
        const int32_t x = (int32_t)(across.begin * args->stride_w + kx) - (int32_t)args->pad_left;
        const walk_t walk = {
            moved(args->x, y * x_row + x * pixel),
            moved(args->dz, (int32_t)(down.begin - args->row_begin) * dz_row + (int32_t)across.begin * pixel),
            down.end - down.begin, across.end - across.begin,
            (int32_t)args->stride_w * pixel, (int32_t)args->stride_h * x_row, pixel, dz_row};
        add(&walk, begin, end, args->dw + at * channels, args->accumulate);
    }
}
