// SPDX-License-Identifier: Apache-2.0
// Losses of one sample and their gradients. Sums run over elements ascending.
//
// Softmax cross-entropy: probs = softmax(logits) (softmax_row.h), loss = log(sum) + (max - logits[label]),
// which stays finite where the probability underflows. Gradient: probs - onehot(label). Core 0 works alone: n is the number
// of classes. A label outside 0..n-1 gives loss NaN and leaves the gradient equal to probs.
#include "td_kernels.h"
#include "rows.h"
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

// With a weight for each class and a share of the label's wish for every class (label smoothing): the wish for class c is
// q = weights[c] * (c is the label ? own : others), the loss the sum of q * (log(sum) + (max - logits[c])) by fma from +0, the
// gradient (sum of q) * probs - q. A label outside 0..n-1 gives loss NaN, and wishes every class others.
static inline float wished(const float *weights, uint32_t c, uint32_t label, float own, float others) {
    return weights[c] * (c == label ? own : others);
}

void td_weighted_cross_entropy(const td_weighted_cross_entropy_args_t *args, uint32_t core) {
    if (core != 0) return;
    float max, sum, loss = 0.0f;
    td_softmax_row(args->logits, args->probs, args->n, &max, &sum);
    const uint32_t label = (uint32_t)args->label[0];
    const float log_sum = td_log(sum);
    for (uint32_t c = 0; c < args->n; c++)
        loss = td_fma(wished(args->weights, c, label, args->own, args->others), log_sum + (max - args->logits[c]), loss);
    args->loss[0] = label < args->n ? loss : td_float(0x7fc00000u);
}

void td_weighted_cross_entropy_grad(const td_weighted_cross_entropy_grad_args_t *args, uint32_t core) {
    if (core != 0) return;
    const uint32_t label = (uint32_t)args->label[0];
    float total = -0.0f;
    for (uint32_t c = 0; c < args->n; c++) total += wished(args->weights, c, label, args->own, args->others);
    for (uint32_t c = 0; c < args->n; c++) {
        float q = wished(args->weights, c, label, args->own, args->others);
        args->dlogits[c] = td_fma(total, args->probs[c], -q);
    }
}

// Losses of an output and its target, element by element: core 0 adds up, all cores take the gradient.

// fma(d, d, ...) of d = y[i] - target[i], from +0.
static inline float squares(const float *y, const float *target, uint32_t n) {
    float sum = 0.0f;
    TD_LOOP(n, 2, 8, (TD_MOVED(y) TD_MOVED(target) TD_MOVED(sum)), 4, (y0, y1, t0, t1), (),
            TD_LOAD(y0, y) TD_LOAD(t0, target) TD_LOAD(y1, y) TD_FSUB(y0, y0, t0)
            TD_LOAD(t1, target) TD_FMADD(sum, y0, y0, sum) TD_FSUB(y1, y1, t1) TD_FMADD(sum, y1, y1, sum))
    for (uint32_t i = 0; i < n; i++) {
        float d = y[i] - target[i];
        sum = td_fma(d, d, sum);
    }
    return sum;
}

void td_squared_error(const td_squared_error_args_t *args, uint32_t core) {
    if (core == 0) args->loss[0] = squares(args->y, args->target, args->n) * args->scale;
}

#define TD_SCALED_DIFFERENCE(i) "fsub.s %[a" #i "], %[a" #i "], %[b" #i "]\n fmul.s %[a" #i "], %[a" #i "], %[s]\n"
TD_STREAM2(td_scaled_difference, 20, TD_SCALED_DIFFERENCE, (x - y) * s)

void td_squared_error_grad(const td_squared_error_grad_args_t *args, uint32_t core) {
    td_range_t r = td_share(args->n, 4, core);
    td_scaled_difference(args->y + r.begin, args->target + r.begin, args->dy + r.begin, r.end - r.begin, args->scale);
}

static inline float td_absolute(float x) { return td_float(td_magnitude(x)); }

void td_absolute_error(const td_absolute_error_args_t *args, uint32_t core) {
    if (core != 0) return;
    float sum = -0.0f;
    for (uint32_t i = 0; i < args->n; i++) sum += td_absolute(args->y[i] - args->target[i]);
    args->loss[0] = sum * args->scale;
}

void td_absolute_error_grad(const td_absolute_error_grad_args_t *args, uint32_t core) {
    td_range_t r = td_share(args->n, 4, core);
    const float scale = args->scale;
    for (uint32_t i = r.begin; i < r.end; i++) {
        float d = args->y[i] - args->target[i];
        args->dy[i] = d > 0.0f ? scale : d < 0.0f ? -scale : d;
    }
}

// Huber: c * (a - c / 2) of a = |d|, c = min(a, delta) is d * d / 2 below delta and delta * (a - delta / 2) above it.
void td_huber(const td_huber_args_t *args, uint32_t core) {
    if (core != 0) return;
    const float delta = args->delta;
    float sum = 0.0f;
    for (uint32_t i = 0; i < args->n; i++) {
        float a = td_absolute(args->y[i] - args->target[i]), c = a > delta ? delta : a;
        sum = td_fma(c, td_fma(-0.5f, c, a), sum);
    }
    args->loss[0] = sum * args->scale;
}

void td_huber_grad(const td_huber_grad_args_t *args, uint32_t core) {
    td_range_t r = td_share(args->n, 4, core);
    const float delta = args->delta, scale = args->scale;
    for (uint32_t i = r.begin; i < r.end; i++) {
        float d = args->y[i] - args->target[i];
        d = d < -delta ? -delta : d;
        args->dy[i] = (d > delta ? delta : d) * scale;
    }
}

// Binary cross-entropy of logits y: log(1 + exp(y)) - y * target, the logarithm as td_softplus has it, and the sigmoid of its
// gradient as td_sigmoid has it.
static inline float td_exp_minus_magnitude(float x) {
    return td_exp2(td_both(td_float(td_magnitude(x) | 0x80000000u))).a;
}

void td_binary_cross_entropy(const td_binary_cross_entropy_args_t *args, uint32_t core) {
    if (core != 0) return;
    float sum = -0.0f;
    for (uint32_t i = 0; i < args->n; i++) {
        float y = args->y[i];
        float above = td_log(1.0f + td_exp_minus_magnitude(y)) + (y < 0.0f ? 0.0f : y);
        sum += td_fma(-y, args->target[i], above);
    }
    args->loss[0] = sum * args->scale;
}

void td_binary_cross_entropy_grad(const td_binary_cross_entropy_grad_args_t *args, uint32_t core) {
    td_range_t r = td_share(args->n, 4, core);
    const float scale = args->scale;
    for (uint32_t i = r.begin; i < r.end; i++) {
        float y = args->y[i], e = td_exp_minus_magnitude(y);
        float sigmoid = td_recip(1.0f + e) * (td_sign_mask(td_bits(y)) != 0 ? e : 1.0f);
        args->dy[i] = (sigmoid - args->target[i]) * scale;
    }
}
