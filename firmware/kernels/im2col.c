// SPDX-License-Identifier: Apache-2.0
// im2col of NHWC images: for each output pixel and kernel row, one contiguous run of kernel_w * channels words, clipped to the
// image and filled with +0 outside. Output pixels are shared over the cores.
#include "td_kernels.h"
#include "td_xpulp.h"

#ifdef __riscv
static inline float *copy(const float *from, float *to, uint32_t n) {
    uint32_t eights = n / 8, rest = n % 8;
    float t0, t1, t2, t3, t4, t5, t6, t7;
    if (eights != 0) {
        __asm__ volatile(TD_HWLOOP("%[count]", 16)
                         "cv.lw %[t0], (%[from]), 4\n cv.lw %[t1], (%[from]), 4\n cv.lw %[t2], (%[from]), 4\n"
                         "cv.lw %[t3], (%[from]), 4\n cv.lw %[t4], (%[from]), 4\n cv.lw %[t5], (%[from]), 4\n"
                         "cv.lw %[t6], (%[from]), 4\n cv.lw %[t7], (%[from]), 4\n"
                         "cv.sw %[t0], (%[to]), 4\n cv.sw %[t1], (%[to]), 4\n cv.sw %[t2], (%[to]), 4\n"
                         "cv.sw %[t3], (%[to]), 4\n cv.sw %[t4], (%[to]), 4\n cv.sw %[t5], (%[to]), 4\n"
                         "cv.sw %[t6], (%[to]), 4\n cv.sw %[t7], (%[to]), 4\n" TD_HWLOOP_END
                         : [from] "+r"(from), [to] "+r"(to), [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2),
                           [t3] "=&r"(t3), [t4] "=&r"(t4), [t5] "=&r"(t5), [t6] "=&r"(t6), [t7] "=&r"(t7)
                         : [count] "r"(eights)
                         : "memory");
    }
    if (rest != 0) {
        __asm__ volatile(TD_HWLOOP("%[count]", 3)
                         "cv.lw %[t0], (%[from]), 4\n nop\n cv.sw %[t0], (%[to]), 4\n" TD_HWLOOP_END
                         : [from] "+r"(from), [to] "+r"(to), [t0] "=&r"(t0)
                         : [count] "r"(rest)
                         : "memory");
    }
    return to;
}

static inline float *fill_zero(float *to, uint32_t n) {
    uint32_t quads = n / 4, rest = n % 4;
    if (quads != 0) {
        __asm__ volatile(TD_HWLOOP("%[count]", 4)
                         "cv.sw zero, (%[to]), 4\n cv.sw zero, (%[to]), 4\n cv.sw zero, (%[to]), 4\n cv.sw zero, (%[to]), 4\n"
                         TD_HWLOOP_END
                         : [to] "+r"(to)
                         : [count] "r"(quads)
                         : "memory");
    }
    while (rest-- != 0) *to++ = 0.0f;
    return to;
}
#else
static inline float *copy(const float *from, float *to, uint32_t n) {
    while (n-- != 0) *to++ = *from++;
    return to;
}

static inline float *fill_zero(float *to, uint32_t n) {
    while (n-- != 0) *to++ = 0.0f;
    return to;
}
#endif

void td_im2col(const td_im2col_args_t *args, uint32_t core) {
    const uint32_t height = args->height, width = args->width, channels = args->channels;
    const uint32_t kernel_h = args->kernel_h, kernel_w = args->kernel_w, out_width = args->out_width;
    const uint32_t stride_h = args->stride_h, stride_w = args->stride_w;
    const int32_t pad_top = (int32_t)args->pad_top, pad_left = (int32_t)args->pad_left;
    const int32_t x_row_begin = (int32_t)args->x_row_begin;
    const float *x = args->x;
    td_stagger(core, 1);
    const uint32_t run = kernel_w * channels, row_words = width * channels;
    td_range_t pixels = td_share((args->row_end - args->row_begin) * out_width, 1, core);
    float *out = args->out + pixels.begin * kernel_h * run;
    uint32_t oy = args->row_begin + pixels.begin / out_width, ox = pixels.begin % out_width;
    for (uint32_t pixel = pixels.begin; pixel < pixels.end; pixel++) {
        int32_t left = (int32_t)(ox * stride_w) - pad_left, top = (int32_t)(oy * stride_h) - pad_top;
        // Kernel columns first..last-1 lie inside the image.
        uint32_t first = left < 0 ? (uint32_t)-left : 0;
        first = first < kernel_w ? first : kernel_w;
        int32_t inside = (int32_t)width - left;
        uint32_t last = inside < 0 ? 0 : (uint32_t)inside < kernel_w ? (uint32_t)inside : kernel_w;
        last = last > first ? last : first;
        for (uint32_t i = 0; i < kernel_h; i++) {
            int32_t iy = top + (int32_t)i;
            if (iy < 0 || iy >= (int32_t)height) {
                out = fill_zero(out, run);
                continue;
            }
            const float *from = x + (iy - x_row_begin) * (int32_t)row_words + (left + (int32_t)first) * (int32_t)channels;
            if (first != 0) out = fill_zero(out, first * channels);
            out = copy(from, out, (last - first) * channels);
            if (last != kernel_w) out = fill_zero(out, (kernel_w - last) * channels);
        }
        if (++ox == out_width) {
            ox = 0;
            oy++;
        }
    }
}
