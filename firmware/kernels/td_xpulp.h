// SPDX-License-Identifier: Apache-2.0
// Work division and streaming inner loops shared by the kernels: hardware loops with post-increment accesses on the cores,
// plain C with the same operations in the same order on the host (tests/firmware).
#ifndef TD_XPULP_H
#define TD_XPULP_H

#include <stdint.h>

#include "td_hwloop.h"
#include "td_math.h"
#include "td_platform.h"

typedef struct {
    uint32_t begin, end;
} td_range_t;

// This core's contiguous share of n items, in multiples of `unit` (a power of two).
static inline td_range_t td_share(uint32_t n, uint32_t unit, uint32_t core) {
    uint32_t size = ((n + TD_NUM_CORES * unit - 1) / (TD_NUM_CORES * unit)) * unit;
    uint32_t begin = core * size < n ? core * size : n;
    return (td_range_t){begin, n - begin < size ? n : begin + size};
}

// Delays core c by 3 * c * steps cycles. Cores that walk rows of a multiple of the number of banks in step would all want the
// same bank all the time; a few cycles apart they never meet. Worth it where a kernel runs for thousands of cycles.
static inline void td_stagger(uint32_t core, uint32_t steps) {
#ifdef __riscv
    uint32_t count = core * steps;
    if (count != 0) __asm__ volatile(TD_HWLOOP("%[count]", 3) "nop\n nop\n nop\n" TD_HWLOOP_END : : [count] "r"(count));
#else
    (void)core;
    (void)steps;
#endif
}

static inline const float *td_at(const float *base, uint32_t bytes) { return (const float *)((const char *)base + bytes); }
static inline float *td_at_out(float *base, uint32_t bytes) { return (float *)((char *)base + bytes); }

// name(a, b, out, n, s): out[i] = f(a[i], b[i]); four elements an iteration, `op(i)` the instructions on a = %[a<i>],
// b = %[b<i>], scalar s = %[s], leaving the result in %[a<i>].
#ifdef __riscv
#define TD_STREAM2(name, body, op, expression)                                                                         \
    static inline void name(const float *a, const float *b, float *out, uint32_t n, float s) {                         \
        uint32_t quads = n / 4;                                                                                        \
        if (quads != 0) {                                                                                              \
            float a0, a1, a2, a3, b0, b1, b2, b3;                                                                      \
            __asm__ volatile(TD_HWLOOP("%[quads]", body)                                                               \
                             "cv.lw %[a0], (%[a]), 4\n cv.lw %[a1], (%[a]), 4\n cv.lw %[a2], (%[a]), 4\n"              \
                             "cv.lw %[a3], (%[a]), 4\n cv.lw %[b0], (%[b]), 4\n cv.lw %[b1], (%[b]), 4\n"              \
                             "cv.lw %[b2], (%[b]), 4\n cv.lw %[b3], (%[b]), 4\n" op(0) op(1) op(2) op(3)               \
                             "cv.sw %[a0], (%[out]), 4\n cv.sw %[a1], (%[out]), 4\n"                                   \
                             "cv.sw %[a2], (%[out]), 4\n cv.sw %[a3], (%[out]), 4\n" TD_HWLOOP_END                     \
                             : [a] "+r"(a), [b] "+r"(b), [out] "+r"(out), [a0] "=&r"(a0), [a1] "=&r"(a1),              \
                               [a2] "=&r"(a2), [a3] "=&r"(a3), [b0] "=&r"(b0), [b1] "=&r"(b1), [b2] "=&r"(b2),         \
                               [b3] "=&r"(b3)                                                                          \
                             : [quads] "r"(quads), [s] "r"(s)                                                          \
                             : "memory");                                                                              \
        }                                                                                                              \
        for (uint32_t i = 0; i < n % 4; i++) {                                                                         \
            float x = a[i], y = b[i];                                                                                  \
            out[i] = (expression);                                                                                     \
        }                                                                                                              \
        (void)s;                                                                                                       \
    }
#define TD_STREAM1(name, op, expression)                                                                               \
    static inline void name(const float *a, float *out, uint32_t n, float s) {                                         \
        uint32_t quads = n / 4;                                                                                        \
        if (quads != 0) {                                                                                              \
            float a0, a1, a2, a3;                                                                                      \
            __asm__ volatile(TD_HWLOOP("%[quads]", 12)                                                                 \
                             "cv.lw %[a0], (%[a]), 4\n cv.lw %[a1], (%[a]), 4\n cv.lw %[a2], (%[a]), 4\n"              \
                             "cv.lw %[a3], (%[a]), 4\n" op(0) op(1) op(2) op(3)                                        \
                             "cv.sw %[a0], (%[out]), 4\n cv.sw %[a1], (%[out]), 4\n"                                   \
                             "cv.sw %[a2], (%[out]), 4\n cv.sw %[a3], (%[out]), 4\n" TD_HWLOOP_END                     \
                             : [a] "+r"(a), [out] "+r"(out), [a0] "=&r"(a0), [a1] "=&r"(a1), [a2] "=&r"(a2),           \
                               [a3] "=&r"(a3)                                                                          \
                             : [quads] "r"(quads), [s] "r"(s)                                                          \
                             : "memory");                                                                              \
        }                                                                                                              \
        for (uint32_t i = 0; i < n % 4; i++) {                                                                         \
            float x = a[i];                                                                                            \
            out[i] = (expression);                                                                                     \
        }                                                                                                              \
        (void)s;                                                                                                       \
    }
#else
#define TD_STREAM2(name, body, op, expression)                                                                         \
    static inline void name(const float *a, const float *b, float *out, uint32_t n, float s) {                         \
        for (uint32_t i = 0; i < n; i++) {                                                                             \
            float x = a[i], y = b[i];                                                                                  \
            out[i] = (expression);                                                                                     \
        }                                                                                                              \
        (void)s;                                                                                                       \
    }
#define TD_STREAM1(name, op, expression)                                                                               \
    static inline void name(const float *a, float *out, uint32_t n, float s) {                                         \
        for (uint32_t i = 0; i < n; i++) {                                                                             \
            float x = a[i];                                                                                            \
            out[i] = (expression);                                                                                     \
        }                                                                                                              \
        (void)s;                                                                                                       \
    }
#endif

#endif
