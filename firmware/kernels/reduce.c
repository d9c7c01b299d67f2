// SPDX-License-Identifier: Apache-2.0
// Sum over rows, rows ascending: x[0][c] + x[1][c] + ..., or from out[c] where `accumulate` (bias gradients over tiles). Columns
// are shared over the cores in fours.
#include "td_kernels.h"
#include "td_xpulp.h"

void td_reduce_sum(const td_reduce_sum_args_t *args, uint32_t core) {
    const uint32_t cols = args->cols, rows = args->rows, pitch = 4 * cols;
    if (rows == 0) return;
    td_range_t share = td_share(cols, 4, core);
    uint32_t c = share.begin;
    for (; c + 4 <= share.end; c += 4) {
        const float *x = args->x + c;
        float *out = args->out + c;
        float s0 = x[0], s1 = x[1], s2 = x[2], s3 = x[3];
        if (args->accumulate) {
            s0 = out[0] + s0;
            s1 = out[1] + s1;
            s2 = out[2] + s2;
            s3 = out[3] + s3;
        }
        x = td_at(x, pitch);
#ifdef __riscv
        if (rows > 1) {
            float t0, t1, t2, t3;
            __asm__ volatile(TD_HWLOOP("%[count]", 8)
                             "cv.lw %[t0], (%[x]), 4\n cv.lw %[t1], (%[x]), 4\n cv.lw %[t2], (%[x]), 4\n"
                             "cv.lw %[t3], (%[x]), %[next]\n"
                             "fadd.s %[s0], %[s0], %[t0]\n fadd.s %[s1], %[s1], %[t1]\n"
                             "fadd.s %[s2], %[s2], %[t2]\n fadd.s %[s3], %[s3], %[t3]\n" TD_HWLOOP_END
                             : [x] "+r"(x), [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2), [s3] "+r"(s3), [t0] "=&r"(t0),
                               [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3)
                             : [count] "r"(rows - 1), [next] "r"(pitch - 12)
                             : "memory");
        }
#else
        for (uint32_t r = 1; r < rows; r++, x = td_at(x, pitch)) {
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
    for (; c < share.end; c++) {
        const float *x = args->x + c;
        float s = args->accumulate ? args->out[c] + x[0] : x[0];
        for (uint32_t r = 1; r < rows; r++) s += x[r * cols];
        args->out[c] = s;
    }
}
