// SPDX-License-Identifier: Apache-2.0
// Work division and streaming inner loops shared by the kernels: hardware loops with post-increment accesses on the cores,
// plain C with the same operations in the same order on the host (tests/firmware).
#ifndef TD_XPULP_H
#define TD_XPULP_H

#include <stdint.h>

#include "td_asm.h"
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

// name(a, b, out, n, s): out[i] = f(a[i], b[i]), four elements an iteration. `op(i)` are the instructions on a = %[a<i>],
// b = %[b<i>] and the scalar s = %[s] that leave the result in %[a<i>]; `instructions` counts those of the whole loop, 12 and
// those of the four op. `expression` is the same on x = a[i], y = b[i], s.
#define TD_STREAM2(name, instructions, op, expression)                                                                 \
    static inline void name(const float *a, const float *b, float *out, uint32_t n, float s) {                         \
        uint32_t groups = n / 4;                                                                                       \
        if (groups != 0)                                                                                               \
            TD_LOOP_ASM(instructions, (TD_MOVED(a) TD_MOVED(b) TD_MOVED(out)), 8, (a0, a1, a2, a3, b0, b1, b2, b3),    \
                (TD_GIVEN(groups) [s] "r"(s)),                                                                         \
                TD_LOAD(a0, a) TD_LOAD(a1, a) TD_LOAD(a2, a) TD_LOAD(a3, a)                                            \
                TD_LOAD(b0, b) TD_LOAD(b1, b) TD_LOAD(b2, b) TD_LOAD(b3, b)                                            \
                op(0) op(1) op(2) op(3)                                                                                \
                TD_STORE(a0, out) TD_STORE(a1, out) TD_STORE(a2, out) TD_STORE(a3, out))                               \
        for (uint32_t i = 0; i < TD_LEFT_OVER(n, 4); i++) {                                                            \
            float x = a[i], y = b[i];                                                                                  \
            out[i] = (expression);                                                                                     \
        }                                                                                                              \
        (void)s;                                                                                                       \
    }
#define TD_STREAM1(name, op, expression)                                                                               \
    static inline void name(const float *a, float *out, uint32_t n, float s) {                                         \
        uint32_t groups = n / 4;                                                                                       \
        if (groups != 0)                                                                                               \
            TD_LOOP_ASM(12, (TD_MOVED(a) TD_MOVED(out)), 4, (a0, a1, a2, a3), (TD_GIVEN(groups) [s] "r"(s)),           \
                TD_LOAD(a0, a) TD_LOAD(a1, a) TD_LOAD(a2, a) TD_LOAD(a3, a)                                            \
                op(0) op(1) op(2) op(3)                                                                                \
                TD_STORE(a0, out) TD_STORE(a1, out) TD_STORE(a2, out) TD_STORE(a3, out))                               \
        for (uint32_t i = 0; i < TD_LEFT_OVER(n, 4); i++) {                                                            \
            float x = a[i];                                                                                            \
            out[i] = (expression);                                                                                     \
        }                                                                                                              \
        (void)s;                                                                                                       \
    }

#endif
