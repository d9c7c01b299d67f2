// SPDX-License-Identifier: Apache-2.0
// Softmax cross-entropy of one sample: probs = softmax(logits) (softmax_row.h), loss = log(sum) + (max - logits[label]),
// which stays finite where the probability underflows. Gradient: probs - onehot(label). Core 0 works alone: n is the number
// of classes. A label outside 0..n-1 gives loss NaN and leaves the gradient equal to probs.
#include "td_kernels.h"
#include "softmax_row.h"

void td_softmax_cross_entropy(const td_softmax_cross_entropy_args_t *args, uint32_t core) {
    if (core != 0) return;
    float max, sum;
    td_softmax_row(args->logits, args->probs, args->n, &max, &sum);
    uint32_t label = (uint32_t)args->label[0];
    args->loss[0] = label < args->n ? td_log(sum) + (max - args->logits[label]) : td_float(0x7fc00000u);
}

void td_softmax_cross_entropy_grad(const td_softmax_cross_entropy_grad_args_t *args, uint32_t core) {
    if (core != 0) return;
    uint32_t label = (uint32_t)args->label[0];
    for (uint32_t c = 0; c < args->n; c++) {
        float p = args->probs[c];
        args->dlogits[c] = c == label ? p - 1.0f : p;
    }
}
