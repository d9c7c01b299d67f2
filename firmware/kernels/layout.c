// SPDX-License-Identifier: Apache-2.0
// out[c][r] = x[r][c], a copy. Rows of x are shared over the cores.
#include "td_kernels.h"
#include "td_xpulp.h"

void td_transpose(const td_transpose_args_t *args, uint32_t core) {
    const uint32_t rows = args->rows, cols = args->cols;
    const uint32_t x_pitch = args->x_pitch != 0 ? args->x_pitch : 4 * cols;
    const uint32_t out_pitch = args->out_pitch != 0 ? args->out_pitch : 4 * rows;
    td_range_t share = td_share(rows, 1, core);
    td_stagger(core, 1);
    for (uint32_t r = share.begin; r < share.end; r++) {
        const float *x = td_at(args->x, r * x_pitch);
        float *out = args->out + r;
        uint32_t rest = cols;
#ifdef __riscv
        if (cols >= 4) {
            float t0, t1, t2, t3;
            __asm__ volatile(TD_HWLOOP("%[count]", 8)
                             "cv.lw %[t0], (%[x]), 4\n cv.lw %[t1], (%[x]), 4\n cv.lw %[t2], (%[x]), 4\n"
                             "cv.lw %[t3], (%[x]), 4\n"
                             "cv.sw %[t0], (%[out]), %[pitch]\n cv.sw %[t1], (%[out]), %[pitch]\n"
                             "cv.sw %[t2], (%[out]), %[pitch]\n cv.sw %[t3], (%[out]), %[pitch]\n" TD_HWLOOP_END
                             : [x] "+r"(x), [out] "+r"(out), [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3)
                             : [count] "r"(cols / 4), [pitch] "r"(out_pitch)
                             : "memory");
            rest = cols % 4;
        }
#endif
        for (; rest != 0; rest--) {
            *out = *x++;
            out = td_at_out(out, out_pitch);
        }
    }
}
