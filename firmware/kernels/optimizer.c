// SPDX-License-Identifier: Apache-2.0
// Updates of parameters, element by element. Any n; contiguous shares of a multiple of four elements a core.
#include "td_kernels.h"
#include "td_xpulp.h"

#define SGD(i) TD_FMADD(a##i, s, b##i, a##i)

TD_STREAM2(stream_sgd, 16, SGD, td_fma(s, y, x))

void td_sgd(const td_sgd_args_t *args, uint32_t core) {
    td_stagger(core, 3);
    td_range_t r = td_share(args->n, 4, core);
    stream_sgd(args->w + r.begin, args->g + r.begin, args->w_new + r.begin, r.end - r.begin, -args->lr);
}
