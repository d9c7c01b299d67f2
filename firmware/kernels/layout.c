// SPDX-License-Identifier: Apache-2.0
// A strided copy of four nested loops: any permutation of up to four groups of dimensions. Lines of `cols` elements are shared
// over the cores.
#include "td_kernels.h"
#include "td_xpulp.h"

static inline void copy_line(const float *x, uint32_t x_col, float *out, uint32_t out_col, uint32_t cols) {
    uint32_t rest = cols;
#ifdef __riscv
    if (cols >= 4) {
        float t0, t1, t2, t3;
        __asm__ volatile(TD_HWLOOP("%[count]", 8)
                         "cv.lw %[t0], (%[x]), %[x_col]\n cv.lw %[t1], (%[x]), %[x_col]\n"
                         "cv.lw %[t2], (%[x]), %[x_col]\n cv.lw %[t3], (%[x]), %[x_col]\n"
                         "cv.sw %[t0], (%[out]), %[out_col]\n cv.sw %[t1], (%[out]), %[out_col]\n"
                         "cv.sw %[t2], (%[out]), %[out_col]\n cv.sw %[t3], (%[out]), %[out_col]\n" TD_HWLOOP_END
                         : [x] "+r"(x), [out] "+r"(out), [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3)
                         : [count] "r"(cols / 4), [x_col] "r"(x_col), [out_col] "r"(out_col)
                         : "memory");
        rest = cols % 4;
    }
#endif
    for (; rest != 0; rest--) {
        *out = *x;
        x = td_at(x, x_col);
        out = td_at_out(out, out_col);
    }
}

void td_transpose(const td_transpose_args_t *args, uint32_t core) {
    const uint32_t rows = args->rows, planes = args->planes;
    td_range_t share = td_share(args->blocks * planes * rows, 1, core);
    uint32_t row = share.begin % rows, plane = share.begin / rows % planes, block = share.begin / rows / planes;
    td_stagger(core, 1);
    for (uint32_t line = share.begin; line < share.end; line++) {
        const float *x = td_at(args->x, block * args->x_block + plane * args->x_plane + row * args->x_row);
        float *out = td_at_out(args->out, block * args->out_block + plane * args->out_plane + row * args->out_row);
        copy_line(x, args->x_col, out, args->out_col, args->cols);
        if (++row == rows) {
            row = 0;
            if (++plane == planes) {
                plane = 0;
                block++;
            }
        }
    }
}
