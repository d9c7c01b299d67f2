// SPDX-License-Identifier: Apache-2.0
// im2col of NHWC images: for each output pixel and kernel row, one contiguous run of kernel_w * channels words, clipped to the
// image and filled with +0 outside. Output pixels are shared over the cores.
#include "td_kernels.h"
#include "td_xpulp.h"

// Runs of `count` groups of `unit` words.
typedef struct {
    uint32_t unit, count;
} run_t;

static inline run_t run_of(uint32_t words) {
    if (words % 4 == 0) return (run_t){4, words / 4};
    if (words % 3 == 0) return (run_t){3, words / 3};
    return (run_t){1, words};
}

// Copies `rows` >= 1 runs of at least one word to consecutive words; after each, `from` goes on by `skip` bytes.
static inline float *copy(const float *from, float *to, uint32_t rows, run_t run, uint32_t skip) {
#ifdef __riscv
    float t0, t1, t2, t3;
    if (run.unit == 4) {
        __asm__ volatile(TD_HWLOOP_OUTER("%[rows]", 11) TD_HWLOOP_INNER("%[count]", 8)
                         "cv.lw %[t0], (%[from]), 4\n cv.lw %[t1], (%[from]), 4\n cv.lw %[t2], (%[from]), 4\n"
                         "cv.lw %[t3], (%[from]), 4\n cv.sw %[t0], (%[to]), 4\n cv.sw %[t1], (%[to]), 4\n"
                         "cv.sw %[t2], (%[to]), 4\n cv.sw %[t3], (%[to]), 4\n"
                         "add %[from], %[from], %[skip]\n nop\n" TD_HWLOOP_END
                         : [from] "+r"(from), [to] "+r"(to), [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3)
                         : [rows] "r"(rows), [count] "r"(run.count), [skip] "r"(skip)
                         : "memory");
    } else if (run.unit == 3) {
        __asm__ volatile(TD_HWLOOP_OUTER("%[rows]", 9) TD_HWLOOP_INNER("%[count]", 6)
                         "cv.lw %[t0], (%[from]), 4\n cv.lw %[t1], (%[from]), 4\n cv.lw %[t2], (%[from]), 4\n"
                         "cv.sw %[t0], (%[to]), 4\n cv.sw %[t1], (%[to]), 4\n cv.sw %[t2], (%[to]), 4\n"
                         "add %[from], %[from], %[skip]\n nop\n" TD_HWLOOP_END
                         : [from] "+r"(from), [to] "+r"(to), [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2)
                         : [rows] "r"(rows), [count] "r"(run.count), [skip] "r"(skip)
                         : "memory");
    } else {
        __asm__ volatile(TD_HWLOOP_OUTER("%[rows]", 6) TD_HWLOOP_INNER("%[count]", 3)
                         "cv.lw %[t0], (%[from]), 4\n nop\n cv.sw %[t0], (%[to]), 4\n"
                         "add %[from], %[from], %[skip]\n nop\n" TD_HWLOOP_END
                         : [from] "+r"(from), [to] "+r"(to), [t0] "=&r"(t0)
                         : [rows] "r"(rows), [count] "r"(run.count), [skip] "r"(skip)
                         : "memory");
    }
    return to;
#else
    for (; rows != 0; rows--, from = td_at(from, skip)) {
        for (uint32_t i = 0; i < run.unit * run.count; i++) *to++ = *from++;
    }
    return to;
#endif
}

static inline float *fill_zero(float *to, uint32_t n) {
#ifdef __riscv
    if (n >= 4) {
        __asm__ volatile(TD_HWLOOP("%[count]", 4)
                         "cv.sw zero, (%[to]), 4\n cv.sw zero, (%[to]), 4\n cv.sw zero, (%[to]), 4\n"
                         "cv.sw zero, (%[to]), 4\n" TD_HWLOOP_END
                         : [to] "+r"(to)
                         : [count] "r"(n / 4)
                         : "memory");
        n %= 4;
    }
#endif
    while (n-- != 0) *to++ = 0.0f;
    return to;
}

// The part of a kernel's size, from `start` in the image, that lies in [0, limit).
static inline td_range_t inside(int32_t start, uint32_t size, uint32_t limit) {
    uint32_t begin = start < 0 ? (uint32_t)-start : 0, end = size;
    if (start + (int32_t)size > (int32_t)limit) end = start < (int32_t)limit ? (uint32_t)((int32_t)limit - start) : 0;
    begin = begin < size ? begin : size;
    return (td_range_t){begin, end > begin ? end : begin};
}

void td_im2col(const td_im2col_args_t *args, uint32_t core) {
    const uint32_t width = args->width, channels = args->channels, row_words = width * channels;
    const uint32_t kernel_h = args->kernel_h, kernel_w = args->kernel_w, out_width = args->out_width;
    const uint32_t words = kernel_w * channels;
    const run_t full = run_of(words);
    const uint32_t full_skip = 4 * (row_words - words);
    const uint32_t stride_w = args->stride_w;
    const int32_t pad_left = (int32_t)args->pad_left;
    td_stagger(core, 1);
    td_range_t pixels = td_share((args->row_end - args->row_begin) * out_width, 1, core);
    float *out = args->out + pixels.begin * kernel_h * words;
    uint32_t oy = args->row_begin + pixels.begin / out_width, ox = pixels.begin % out_width;
    for (uint32_t left_over = pixels.end - pixels.begin; left_over != 0; oy++, ox = 0) { // an output row
        // Kernel rows rows.begin ... rows.end - 1 lie inside the image, from input row `first` of the tile on.
        const int32_t top = (int32_t)(oy * args->stride_h) - (int32_t)args->pad_top;
        const td_range_t rows = inside(top, kernel_h, args->height);
        const uint32_t count = rows.end - rows.begin;
        const int32_t first = top + (int32_t)rows.begin - (int32_t)args->x_row_begin;
        const float *x = args->x + first * (int32_t)row_words;
        for (; ox < out_width && left_over != 0; ox++, left_over--) {
            const int32_t left = (int32_t)(ox * stride_w) - pad_left;
            if (rows.begin != 0) out = fill_zero(out, rows.begin * words);
            if (left >= 0 && left + (int32_t)kernel_w <= (int32_t)width) {
                if (count != 0) out = copy(x + left * (int32_t)channels, out, count, full, full_skip);
            } else {
                const td_range_t cols = inside(left, kernel_w, width);
                const uint32_t part = (cols.end - cols.begin) * channels;
                const float *from = x + (left + (int32_t)cols.begin) * (int32_t)channels;
                for (uint32_t i = 0; i < count; i++, from += row_words) {
                    out = fill_zero(out, cols.begin * channels);
                    if (part != 0) out = copy(from, out, 1, run_of(part), 0);
                    out = fill_zero(out, (kernel_w - cols.end) * channels);
                }
            }
            if (rows.end != kernel_h) out = fill_zero(out, (kernel_h - rows.end) * words);
        }
    }
}

// `bytes` may be negative.
static inline const float *back(const float *x, uint32_t bytes) {
    return (const float *)((const char *)x + (int32_t)bytes);
}

// Four channels of a pixel: out (or +0) and `count` taps, `step` bytes apart.
static inline void add4(const float *x, float *out, uint32_t count, uint32_t step, uint32_t accumulate) {
    float s0 = 0.0f, s1 = 0.0f, s2 = 0.0f, s3 = 0.0f;
    if (accumulate) {
        s0 = out[0];
        s1 = out[1];
        s2 = out[2];
        s3 = out[3];
    }
#ifdef __riscv
    if (count != 0) {
        float t0, t1, t2, t3;
        __asm__ volatile(TD_HWLOOP("%[count]", 8)
                         "cv.lw %[t0], (%[x]), 4\n cv.lw %[t1], (%[x]), 4\n cv.lw %[t2], (%[x]), 4\n"
                         "cv.lw %[t3], (%[x]), %[next]\n"
                         "fadd.s %[s0], %[s0], %[t0]\n fadd.s %[s1], %[s1], %[t1]\n"
                         "fadd.s %[s2], %[s2], %[t2]\n fadd.s %[s3], %[s3], %[t3]\n" TD_HWLOOP_END
                         : [x] "+r"(x), [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2), [s3] "+r"(s3), [t0] "=&r"(t0),
                           [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3)
                         : [count] "r"(count), [next] "r"(step - 12)
                         : "memory");
    }
#else
    for (; count != 0; count--, x = back(x, step)) {
        s0 += x[0];
        s1 += x[1];
        s2 += x[2];
        s3 += x[3];
    }
#endif
    out[0] = s0;
    out[1] = s1;
    out[2] = s2;
    out[3] = s3;
}

static inline void add1(const float *x, float *out, uint32_t count, uint32_t step, uint32_t accumulate) {
    float s = accumulate ? *out : 0.0f;
    for (; count != 0; count--, x = back(x, step)) s += *x;
    *out = s;
}

void td_col2im(const td_col2im_args_t *args, uint32_t core) {
    const uint32_t width = args->width, channels = args->channels, out_width = args->out_width;
    const uint32_t kernel_w = args->kernel_w, stride_w = args->stride_w, pitch = args->x_pitch;
    // From a tap to the next one that has the same pixel: stride_w taps on, in the window before.
    const uint32_t step = 4 * stride_w * channels - pitch;
    td_range_t pixels = td_share((args->row_end - args->row_begin) * width, 1, core);
    uint32_t iy = args->row_begin + pixels.begin / width, ix = pixels.begin % width;
    float *out = args->out + pixels.begin * channels;
    for (uint32_t left_over = pixels.end - pixels.begin; left_over != 0; iy++, ix = 0) {
        const int32_t top = (int32_t)(iy + args->pad_top) - (int32_t)args->kernel_row;
        const uint32_t oy = (uint32_t)top / args->stride_h;
        const uint32_t is_row = top >= 0 && oy * args->stride_h == (uint32_t)top && oy < args->out_height;
        const float *row = is_row ? td_at(args->x, (oy - args->x_row_begin) * out_width * pitch) : args->x;
        for (; ix < width && left_over != 0; ix++, left_over--, out += channels) {
            uint32_t ox = (ix + args->pad_left) / stride_w, tap = (ix + args->pad_left) % stride_w, count = 0;
            if (ox >= out_width) {
                tap += (ox - out_width + 1) * stride_w;
                ox = out_width - 1;
            }
            if (is_row && tap < kernel_w) {
                count = (kernel_w - 1 - tap) / stride_w + 1;
                if (count > ox + 1) count = ox + 1;
            }
            const float *x = count != 0 ? td_at(row, ox * pitch + 4 * tap * channels) : row;
            uint32_t c = 0;
            for (; c + 4 <= channels; c += 4) add4(x + c, out + c, count, step, args->accumulate);
            for (; c < channels; c++) add1(x + c, out + c, count, step, args->accumulate);
        }
    }
}
