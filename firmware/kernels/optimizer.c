// SPDX-License-Identifier: Apache-2.0
// Updates of parameters, element by element; a result may take the place of any operand. Any n; contiguous shares of a multiple
// of four elements a core.
#include "td_kernels.h"
#include "td_xpulp.h"

#define SGD(i) TD_FMADD(a##i, s, b##i, a##i)

TD_STREAM2(stream_sgd, 16, SGD, td_fma(s, y, x))

void td_sgd(const td_sgd_args_t *args, uint32_t core) {
    td_stagger(core, 3);
    td_range_t r = td_share(args->n, 4, core);
    stream_sgd(args->w + r.begin, args->g + r.begin, args->w_new + r.begin, r.end - r.begin, -args->lr);
}

#define MOST_KEPT 3 // a parameter and two states

// What a step that is not the last of its batch leaves alone: `count` tensors, of which each element is read from all before it
// is written to one, since a result may take the place of any operand.
static inline __attribute__((always_inline)) void keep_as_is(td_range_t r, uint32_t count, const float *const *old,
                                                             float *const *new) {
    for (uint32_t i = r.begin; i < r.end; i++) {
        float held[MOST_KEPT];
        for (uint32_t k = 0; k < count; k++) held[k] = old[k][i];
        for (uint32_t k = 0; k < count; k++) new[k][i] = held[k];
    }
}

#define KEEP_W(r, args) keep_as_is(r, 1, (const float *const[]){args->w}, (float *const[]){args->w_new})
#define KEEP_WM(r, args) \
    keep_as_is(r, 2, (const float *const[]){args->w, args->m}, (float *const[]){args->w_new, args->m_new})
#define KEEP_WMV(r, args)                                        \
    keep_as_is(r, 3, (const float *const[]){args->w, args->m, args->v}, \
               (float *const[]){args->w_new, args->m_new, args->v_new})

void td_sgd_rate(const td_sgd_rate_args_t *args, uint32_t core) {
    td_range_t r = td_share(args->n, 4, core);
    if (*args->gate == 0.0f) {
        KEEP_W(r, args);
        return;
    }
    const float rate = *args->rate, decay = args->decay;
    for (uint32_t i = r.begin; i < r.end; i++) {
        float w = args->w[i];
        args->w_new[i] = td_fma(-rate, td_fma(decay, w, args->g[i]), w);
    }
}

void td_momentum(const td_momentum_args_t *args, uint32_t core) {
    td_range_t r = td_share(args->n, 4, core);
    if (*args->gate == 0.0f) {
        KEEP_WM(r, args);
        return;
    }
    const float rate = *args->rate, momentum = args->momentum, decay = args->decay;
    for (uint32_t i = r.begin; i < r.end; i++) {
        float w = args->w[i];
        float m = td_fma(momentum, args->m[i], td_fma(decay, w, args->g[i]));
        args->m_new[i] = m;
        args->w_new[i] = td_fma(-rate, m, w);
    }
}

void td_nesterov(const td_nesterov_args_t *args, uint32_t core) {
    td_range_t r = td_share(args->n, 4, core);
    if (*args->gate == 0.0f) {
        KEEP_WM(r, args);
        return;
    }
    const float rate = *args->rate, momentum = args->momentum, decay = args->decay;
    for (uint32_t i = r.begin; i < r.end; i++) {
        float w = args->w[i];
        float d = td_fma(decay, w, args->g[i]);
        float m = td_fma(momentum, args->m[i], d);
        args->m_new[i] = m;
        args->w_new[i] = td_fma(-rate, td_fma(momentum, m, d), w);
    }
}

// w - rate * m / (sqrt(v) * scale + epsilon); the root is that of at least the smallest normal number.
static inline float adam_step(float w, float m, float v, float rate, float scale, float epsilon) {
    float positive = td_fmax(v, 0x1p-126f);
    float q = td_recip(td_fma(positive * td_rsqrt(positive), scale, epsilon));
    return td_fma(-(rate * m), q, w);
}

void td_adam(const td_adam_args_t *args, uint32_t core) {
    td_range_t r = td_share(args->n, 4, core);
    if (*args->gate == 0.0f) {
        KEEP_WMV(r, args);
        return;
    }
    const float rate = *args->rate, scale = *args->scale, beta1 = args->beta1, beta2 = args->beta2;
    const float rest1 = 1.0f - beta1, rest2 = 1.0f - beta2;
    for (uint32_t i = r.begin; i < r.end; i++) {
        float w = args->w[i], g = td_fma(args->decay, w, args->g[i]);
        float m = td_fma(beta1, args->m[i], rest1 * g), v = td_fma(beta2, args->v[i], rest2 * g * g);
        args->m_new[i] = m;
        args->v_new[i] = v;
        args->w_new[i] = adam_step(w, m, v, rate, scale, args->epsilon);
    }
}

void td_adamw(const td_adamw_args_t *args, uint32_t core) {
    td_range_t r = td_share(args->n, 4, core);
    if (*args->gate == 0.0f) {
        KEEP_WMV(r, args);
        return;
    }
    const float rate = *args->rate, scale = *args->scale, keep = *args->keep, beta1 = args->beta1, beta2 = args->beta2;
    const float rest1 = 1.0f - beta1, rest2 = 1.0f - beta2;
    for (uint32_t i = r.begin; i < r.end; i++) {
        float w = args->w[i], g = args->g[i];
        float m = td_fma(beta1, args->m[i], rest1 * g), v = td_fma(beta2, args->v[i], rest2 * g * g);
        args->m_new[i] = m;
        args->v_new[i] = v;
        args->w_new[i] = adam_step(keep * w, m, v, rate, scale, args->epsilon);
    }
}

void td_accumulate(const td_accumulate_args_t *args, uint32_t core) {
    td_range_t r = td_share(args->n, 4, core);
    const float share = args->share;
    const int last = *args->gate != 0.0f;
    for (uint32_t i = r.begin; i < r.end; i++) {
        float sum = args->acc[i] + args->g[i];
        args->mean[i] = sum * share;
        args->acc_new[i] = last ? 0.0f : sum;
    }
}

void td_scale_by(const td_scale_by_args_t *args, uint32_t core) {
    td_range_t r = td_share(args->n, 4, core);
    const float factor = *args->factor;
    for (uint32_t i = r.begin; i < r.end; i++) args->out[i] = args->g[i] * factor;
}
