// SPDX-License-Identifier: Apache-2.0
// Max-pooling of NHWC images: fmax over the window, from NaN (which fmax ignores); positions in the padding are skipped; a
// window without any position gives NaN. The order within a window changes no bit: fmax is associative, -0 below +0.
// Cores share the channels if each gets as many, a multiple of four, else the output pixels.
#include "td_kernels.h"
#include "td_xpulp.h"

// Four channels: max over rows x cols positions, col_words and row_words apart.
static inline void pool4(const float *x, float *y, uint32_t rows, uint32_t cols, uint32_t col_bytes, uint32_t row_bytes) {
#ifdef __riscv
    float m0 = td_float(0x7fc00000u), m1 = m0, m2 = m0, m3 = m0, t0, t1, t2, t3;
    uint32_t next_col = col_bytes - 12, next_row = row_bytes - cols * col_bytes;
    __asm__ volatile(TD_HWLOOP_OUTER("%[rows]", 11) TD_HWLOOP_INNER("%[cols]", 8)
                     "cv.lw %[t0], (%[x]), 4\n cv.lw %[t1], (%[x]), 4\n cv.lw %[t2], (%[x]), 4\n"
                     "cv.lw %[t3], (%[x]), %[next_col]\n"
                     "fmax.s %[m0], %[m0], %[t0]\n fmax.s %[m1], %[m1], %[t1]\n"
                     "fmax.s %[m2], %[m2], %[t2]\n fmax.s %[m3], %[m3], %[t3]\n"
                     "add %[x], %[x], %[next_row]\n nop\n" TD_HWLOOP_END
                     : [x] "+r"(x), [m0] "+r"(m0), [m1] "+r"(m1), [m2] "+r"(m2), [m3] "+r"(m3), [t0] "=&r"(t0),
                       [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3)
                     : [rows] "r"(rows), [cols] "r"(cols), [next_col] "r"(next_col), [next_row] "r"(next_row)
                     : "memory");
    y[0] = m0;
    y[1] = m1;
    y[2] = m2;
    y[3] = m3;
#else
    for (uint32_t c = 0; c < 4; c++) {
        float max = td_float(0x7fc00000u);
        for (uint32_t i = 0; i < rows; i++) {
            for (uint32_t j = 0; j < cols; j++) max = td_fmax(max, *td_at(x + c, i * row_bytes + j * col_bytes));
        }
        y[c] = max;
    }
#endif
}

static inline void pool1(const float *x, float *y, uint32_t rows, uint32_t cols, uint32_t col_bytes, uint32_t row_bytes) {
    float max = td_float(0x7fc00000u);
    for (uint32_t i = 0; i < rows; i++) {
        for (uint32_t j = 0; j < cols; j++) max = td_fmax(max, *td_at(x, i * row_bytes + j * col_bytes));
    }
    *y = max;
}

typedef struct {
    float a, b, c, d;
} four_t;

static inline __attribute__((always_inline)) four_t max4(four_t x, four_t y) {
    return (four_t){td_fmax(x.a, y.a), td_fmax(x.b, y.b), td_fmax(x.c, y.c), td_fmax(x.d, y.d)};
}

static inline __attribute__((always_inline)) four_t load4(const float *x) { return (four_t){x[0], x[1], x[2], x[3]}; }

// Four channels of a column of three rows.
static inline __attribute__((always_inline)) four_t column3(const float *x, const float *x1, const float *x2) {
    return max4(max4(load4(x), load4(x1)), load4(x2));
}

// Four channels of `count` windows of 3 x 3, two columns apart: each column's maximum serves both windows that have it.
static void pool4_line3(const float *x, float *y, uint32_t count, uint32_t col_bytes, uint32_t row_bytes) {
    const float *x1 = td_at(x, row_bytes), *x2 = td_at(x1, row_bytes);
    const uint32_t channels = col_bytes / 4;
    four_t left = column3(x, x1, x2);
    for (const float *end = y + count * channels; y != end; y += channels) {
        x += channels, x1 += channels, x2 += channels;
        four_t max = max4(left, column3(x, x1, x2));
        x += channels, x1 += channels, x2 += channels;
        left = column3(x, x1, x2);
        max = max4(max, left);
        y[0] = max.a, y[1] = max.b, y[2] = max.c, y[3] = max.d;
    }
}

// The part of [start, start + size) that lies in [0, limit).
static inline td_range_t clip(int32_t start, uint32_t size, uint32_t limit) {
    int32_t end = start + (int32_t)size;
    int32_t begin = start < 0 ? 0 : start;
    end = end > (int32_t)limit ? (int32_t)limit : end;
    return (td_range_t){(uint32_t)begin, end > begin ? (uint32_t)end : (uint32_t)begin};
}

// How many windows from output column ox on, of at most `most`, are 3 x 3, two columns apart and clear of the padding.
static uint32_t full_windows(const td_maxpool_args_t *args, uint32_t ox, uint32_t most, uint32_t rows) {
    if (args->kernel_w != 3 || args->stride_w != 2 || rows != 3 || 2 * ox < args->pad_left) return 0;
    const uint32_t begin = 2 * ox - args->pad_left;
    if (begin + 3 > args->width) return 0;
    const uint32_t fit = (args->width - begin - 3) / 2 + 1;
    return fit < most ? fit : most;
}

void td_maxpool(const td_maxpool_args_t *args, uint32_t core) {
    const uint32_t channels = args->channels, out_width = args->out_width;
    const uint32_t col_bytes = 4 * channels, row_bytes = args->width * col_bytes;
    td_range_t pixels = {0, (args->row_end - args->row_begin) * out_width}, part = {0, channels};
    if (channels % (4 * TD_NUM_CORES) == 0) {
        part = td_share(channels, 4, core);
    } else {
        pixels = td_share(pixels.end, 1, core);
    }
    uint32_t oy = args->row_begin + pixels.begin / out_width, ox = pixels.begin % out_width;
    float *y = args->y + pixels.begin * channels;
    for (uint32_t pixel = pixels.begin; pixel < pixels.end;) {
        td_range_t rows = clip((int32_t)(oy * args->stride_h) - (int32_t)args->pad_top, args->kernel_h, args->height);
        td_range_t cols = clip((int32_t)(ox * args->stride_w) - (int32_t)args->pad_left, args->kernel_w, args->width);
        const float *x = td_at(args->x, (rows.begin - args->x_row_begin) * row_bytes + cols.begin * col_bytes);
        uint32_t height = rows.end - rows.begin, width = cols.end - cols.begin, c = part.begin;
        uint32_t most = pixels.end - pixel < out_width - ox ? pixels.end - pixel : out_width - ox;
        uint32_t count = full_windows(args, ox, most, height);
        if (count != 0 && channels % 4 == 0) {
            for (; c < part.end; c += 4) pool4_line3(x + c, y + c, count, col_bytes, row_bytes);
        } else {
            count = 1;
            if (height != 0 && width != 0) {
                for (; c + 4 <= part.end; c += 4) pool4(x + c, y + c, height, width, col_bytes, row_bytes);
            }
            for (; c < part.end; c++) pool1(x + c, y + c, height, width, col_bytes, row_bytes);
        }
        pixel += count;
        y += count * channels;
        ox += count;
        if (ox == out_width) {
            ox = 0;
            oy++;
        }
    }
}

// The windows of `windows` rows add dy to rows begin..end-1 of dx, for channels c_begin..c_end-1.
static void add_windows(const td_maxpool_grad_args_t *args, td_range_t rows, td_range_t windows, td_range_t part) {
    const uint32_t channels = args->channels, row_words = args->width * channels, out_width = args->out_width;
    for (uint32_t oy = windows.begin; oy < windows.end; oy++) {
        const td_range_t down = clip((int32_t)(oy * args->stride_h) - (int32_t)args->pad_top, args->kernel_h, args->height);
        for (uint32_t ox = 0; ox < out_width; ox++) {
            const td_range_t across =
                clip((int32_t)(ox * args->stride_w) - (int32_t)args->pad_left, args->kernel_w, args->width);
            const uint32_t window = ((oy - args->window_begin) * out_width + ox) * channels;
            for (uint32_t c = part.begin; c < part.end; c++) {
                const float y = args->y[window + c];
                const float *x = args->x + (down.begin - args->x_row_begin) * row_words + c;
                for (uint32_t iy = down.begin; iy < down.end; iy++, x += row_words) {
                    uint32_t ix = across.begin;
                    while (ix < across.end && !(x[ix * channels] == y)) ix++;
                    if (ix < across.end) {
                        if (iy >= rows.begin && iy < rows.end)
                            args->dx[(iy - args->row_begin) * row_words + ix * channels + c] += args->dy[window + c];
                        break;
                    }
                }
            }
        }
    }
}

// Cores share the channels, or rows of dx if there are fewer channels than cores.
void td_maxpool_grad(const td_maxpool_grad_args_t *args, uint32_t core) {
    const uint32_t channels = args->channels, width = args->width;
    td_range_t rows = {args->row_begin, args->row_end}, part = {0, channels};
    td_range_t windows = {args->window_begin, args->window_end};
    if (channels >= TD_NUM_CORES) {
        part = td_share(channels, 1, core);
    } else {
        const td_range_t share = td_share(args->row_end - args->row_begin, 1, core);
        rows = (td_range_t){args->row_begin + share.begin, args->row_begin + share.end};
        if (rows.begin == rows.end) return;
        const uint32_t last = (rows.end - 1 + args->pad_top) / args->stride_h + 1;
        const int32_t above = (int32_t)(rows.begin + args->pad_top) - (int32_t)args->kernel_h;
        const uint32_t first = above < 0 ? 0 : (uint32_t)above / args->stride_h + 1;
        if (first > windows.begin) windows.begin = first;
        if (last < windows.end) windows.end = last;
    }
    float *dx = args->dx + (rows.begin - args->row_begin) * width * channels;
    for (uint32_t pixel = 0; pixel < (rows.end - rows.begin) * width; pixel++, dx += channels) {
        for (uint32_t c = part.begin; c < part.end; c++) dx[c] = 0.0f;
    }
    add_windows(args, rows, windows, part);
}
