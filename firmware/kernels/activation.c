// SPDX-License-Identifier: Apache-2.0
// Activation functions and their gradients, element by element. Any n; contiguous shares of a multiple of four elements a core.
#include "td_kernels.h"
#include "td_xpulp.h"

// ReLU: y = fmax(x, +0), dx = x > 0 ? dy : +0.
#define RELU(i) "fmax.s %[a" #i "], %[a" #i "], zero\n"
#define RELU_GRAD(i) \
    "flt.s %[b" #i "], zero, %[b" #i "]\n neg %[b" #i "], %[b" #i "]\n and %[a" #i "], %[a" #i "], %[b" #i "]\n"

TD_STREAM2(stream_relu_grad, 24, RELU_GRAD, y > 0.0f ? x : 0.0f)
TD_STREAM1(stream_relu, RELU, td_fmax(x, 0.0f))

void td_relu(const td_relu_args_t *args, uint32_t core) {
    td_stagger(core, 3);
    td_range_t r = td_share(args->n, 4, core);
    stream_relu(args->x + r.begin, args->out + r.begin, r.end - r.begin, 0.0f);
}

void td_relu_grad(const td_relu_grad_args_t *args, uint32_t core) {
    td_stagger(core, 3);
    td_range_t r = td_share(args->n, 4, core);
    stream_relu_grad(args->dy + r.begin, args->x + r.begin, args->dx + r.begin, r.end - r.begin, 0.0f);
}

// GELU in its exact form, y = x Phi(x), and its gradient dx = dy (Phi(x) + x phi(x)); Phi and phi(x) = exp(-x^2/2)/sqrt(2 pi)
// come from the same td_normal, so forward and backward are consistent.
// Errors: y at most 4 ULP; dx/dy at most 1.3e-7 absolute (it passes through zero at x = -0.7518).

// Cores read it for every element: it lives in TCDM (copied there at start-up), not in L2.
const float td_normal_table[TD_NORMAL_SEGMENTS][8]
#ifdef __riscv
    __attribute__((section(".tcdm_rodata")))
#endif
    = {TD_NORMAL_TABLE};

static inline __attribute__((always_inline)) void gelu2(const float *x, float *out, uint32_t second) {
    td_pair_t cdf, kernel, pair = {x[0], x[second]};
    td_normal2(pair, &cdf, &kernel);
    pair = td_mul2(pair, cdf);
    out[0] = pair.a;
    out[second] = pair.b;
}

static inline __attribute__((always_inline)) void gelu_grad2(const float *dy, const float *x, float *dx, uint32_t second) {
    td_pair_t cdf, kernel, pair = {x[0], x[second]}, upstream = {dy[0], dy[second]};
    td_normal2(pair, &cdf, &kernel);
    pair = td_mul2(upstream, td_fma2(pair, td_mul2(kernel, td_both(TD_INV_SQRT_2PI)), cdf));
    dx[0] = pair.a;
    dx[second] = pair.b;
}

// An odd last element is done as both of a pair, out of line so that the loops keep their constants in registers.
static __attribute__((noinline)) void gelu1(const float *x, float *out) { gelu2(x, out, 0); }
static __attribute__((noinline)) void gelu_grad1(const float *dy, const float *x, float *dx) { gelu_grad2(dy, x, dx, 0); }

void td_gelu(const td_gelu_args_t *args, uint32_t core) {
    td_range_t r = td_share(args->n, 4, core);
    const float *x = args->x + r.begin;
    float *out = args->out + r.begin;
    uint32_t n = r.end - r.begin;
    for (const float *end = x + (n & ~1u); x != end; x += 2, out += 2) gelu2(x, out, 1);
    if (n & 1) gelu1(x, out);
}

void td_gelu_grad(const td_gelu_grad_args_t *args, uint32_t core) {
    td_range_t r = td_share(args->n, 4, core);
    const float *dy = args->dy + r.begin, *x = args->x + r.begin;
    float *dx = args->dx + r.begin;
    uint32_t n = r.end - r.begin;
    for (const float *end = x + (n & ~1u); x != end; dy += 2, x += 2, dx += 2) gelu_grad2(dy, x, dx, 1);
    if (n & 1) gelu_grad1(dy, x, dx);
}

// Sigmoid: with e = exp(-|x|), y = 1 / (1 + e) for x >= 0 and e / (1 + e) below; dx = dy (y - y^2).

// td_recip on two arguments.
static inline __attribute__((always_inline)) td_pair_t recip2(td_pair_t a) {
    td_pair_t minus = {-a.a, -a.b}, r = {td_float(TD_RECIP_SEED - td_bits(a.a)), td_float(TD_RECIP_SEED - td_bits(a.b))};
    for (int i = 0; i < 4; i++) r = td_fma2(r, td_fma2(minus, r, td_both(1.0f)), r);
    return r;
}

// -|x|
static inline float td_minus_magnitude(float x) { return td_float(td_magnitude(x) | 0x80000000u); }

// x < 0 (by its sign bit) ? below : 1
static inline float td_below_or_one(float x, float below) {
    uint32_t mask = td_sign_mask(td_bits(x));
    return td_float((td_bits(below) & mask) | (td_bits(1.0f) & ~mask));
}

static inline __attribute__((always_inline)) void sigmoid2(const float *x, float *out, uint32_t second) {
    td_pair_t e = td_exp2((td_pair_t){td_minus_magnitude(x[0]), td_minus_magnitude(x[second])});
    td_pair_t factor = {td_below_or_one(x[0], e.a), td_below_or_one(x[second], e.b)};
    td_pair_t y = td_mul2(recip2(td_add2(td_both(1.0f), e)), factor);
    out[0] = y.a;
    out[second] = y.b;
}

static __attribute__((noinline)) void sigmoid1(const float *x, float *out) { sigmoid2(x, out, 0); }

void td_sigmoid(const td_sigmoid_args_t *args, uint32_t core) {
    td_range_t r = td_share(args->n, 4, core);
    const float *x = args->x + r.begin;
    float *out = args->out + r.begin;
    uint32_t n = r.end - r.begin;
    for (const float *end = x + (n & ~1u); x != end; x += 2, out += 2) sigmoid2(x, out, 1);
    if (n & 1) sigmoid1(x, out);
}

void td_sigmoid_grad(const td_sigmoid_grad_args_t *args, uint32_t core) {
    td_stagger(core, 3);
    td_range_t r = td_share(args->n, 4, core);
    for (uint32_t i = r.begin; i < r.end; i++) {
        float y = args->y[i];
        args->dx[i] = args->dy[i] * td_fma(-y, y, y);
    }
}

// Tanh: with m = expm1(-2|x|), y = -m / (m + 2) with the sign of x, so that small x lose nothing; dx = dy (1 - y^2).
// m = 2^n p + (2^n - 1), where p = expm1(r) for exp's reduced argument r. Beyond exp's range m is -1.

// 2^n for the float that holds n in its low bits.
static inline float td_power_of_two(float scale) { return td_float((td_bits(scale) << 23) + td_bits(1.0f)); }

// -1 where exp(x) would be subnormal, else m.
static inline float td_minus_one_below(float x, float m) {
    uint32_t mask = td_exp_mask(x);
    return td_float((td_bits(m) & mask) | (td_bits(-1.0f) & ~mask));
}

// 1 with the sign of x.
static inline float td_sign(float x) { return td_float(td_bits(1.0f) | (td_bits(x) & 0x80000000u)); }

// e^a - 1 for a <= 0; -1 where e^a would be subnormal.
static inline __attribute__((always_inline)) td_pair_t expm1_2(td_pair_t a) {
    td_pair_t n, scale, high = td_exp_reduce2(a, &n, &scale);
    td_pair_t r = td_fma2(n, td_both(-TD_LN2_LO), high);
    td_pair_t tail = td_fma2(r, td_both(TD_EXP_C6), td_both(TD_EXP_C5));
    tail = td_fma2(r, tail, td_both(TD_EXP_C4));
    tail = td_fma2(r, tail, td_both(TD_EXP_C3));
    tail = td_fma2(r, tail, td_both(TD_EXP_C2));
    td_pair_t p = td_fma2(td_mul2(r, r), tail, r);
    td_pair_t power = {td_power_of_two(scale.a), td_power_of_two(scale.b)};
    td_pair_t m = td_fma2(power, p, td_sub2(power, td_both(1.0f)));
    return (td_pair_t){td_minus_one_below(a.a, m.a), td_minus_one_below(a.b, m.b)};
}

static inline __attribute__((always_inline)) void tanh2(const float *x, float *out, uint32_t second) {
    td_pair_t magnitude = {td_float(td_magnitude(x[0])), td_float(td_magnitude(x[second]))};
    td_pair_t m = expm1_2(td_mul2(td_both(-2.0f), magnitude));
    td_pair_t y = td_mul2(m, recip2(td_add2(m, td_both(2.0f))));
    y = (td_pair_t){td_float(td_magnitude(y.a)), td_float(td_magnitude(y.b))};
    y = td_mul2(y, (td_pair_t){td_sign(x[0]), td_sign(x[second])});
    out[0] = y.a;
    out[second] = y.b;
}

static __attribute__((noinline)) void tanh1(const float *x, float *out) { tanh2(x, out, 0); }

void td_tanh(const td_tanh_args_t *args, uint32_t core) {
    td_range_t r = td_share(args->n, 4, core);
    const float *x = args->x + r.begin;
    float *out = args->out + r.begin;
    uint32_t n = r.end - r.begin;
    for (const float *end = x + (n & ~1u); x != end; x += 2, out += 2) tanh2(x, out, 1);
    if (n & 1) tanh1(x, out);
}

void td_tanh_grad(const td_tanh_grad_args_t *args, uint32_t core) {
    td_stagger(core, 3);
    td_range_t r = td_share(args->n, 4, core);
    for (uint32_t i = r.begin; i < r.end; i++) {
        float y = args->y[i];
        args->dx[i] = args->dy[i] * td_fma(-y, y, 1.0f);
    }
}

// Clip: NaN stays as it is; ELU: y = x > 0 ? x : alpha expm1(x), so that dx = dy (y + alpha) where y is not positive.
void td_clip(const td_clip_args_t *args, uint32_t core) {
    td_stagger(core, 3);
    td_range_t r = td_share(args->n, 4, core);
    const float low = args->low, high = args->high;
    for (uint32_t i = r.begin; i < r.end; i++) {
        float x = args->x[i];
        float t = x < low ? low : x;
        args->out[i] = t > high ? high : t;
    }
}

void td_clip_grad(const td_clip_grad_args_t *args, uint32_t core) {
    td_stagger(core, 3);
    td_range_t r = td_share(args->n, 4, core);
    const float low = args->low, high = args->high;
    for (uint32_t i = r.begin; i < r.end; i++) {
        float x = args->x[i], dy = args->dy[i];
        args->dx[i] = x > low && x < high ? dy : 0.0f;
    }
}

static inline __attribute__((always_inline)) void elu2(const float *x, float *out, uint32_t second, float alpha) {
    float xa = x[0], xb = x[second];
    td_pair_t m = expm1_2((td_pair_t){td_minus_magnitude(xa), td_minus_magnitude(xb)});
    m = td_mul2(td_both(alpha), m);
    out[0] = xa > 0.0f ? xa : m.a;
    out[second] = xb > 0.0f ? xb : m.b;
}

static __attribute__((noinline)) void elu1(const float *x, float *out, float alpha) { elu2(x, out, 0, alpha); }

void td_elu(const td_elu_args_t *args, uint32_t core) {
    td_range_t r = td_share(args->n, 4, core);
    const float *x = args->x + r.begin;
    float *out = args->out + r.begin;
    uint32_t n = r.end - r.begin;
    for (const float *end = x + (n & ~1u); x != end; x += 2, out += 2) elu2(x, out, 1, args->alpha);
    if (n & 1) elu1(x, out, args->alpha);
}

void td_elu_grad(const td_elu_grad_args_t *args, uint32_t core) {
    td_stagger(core, 3);
    td_range_t r = td_share(args->n, 4, core);
    const float alpha = args->alpha;
    for (uint32_t i = r.begin; i < r.end; i++) {
        float y = args->y[i], dy = args->dy[i];
        args->dx[i] = y > 0.0f ? dy : dy * (y + alpha);
    }
}

// Softplus: log(1 + exp(-|x|)) + max(x, 0), which neither overflows nor loses what is small beside x; NaN comes
// through the second term.
void td_softplus(const td_softplus_args_t *args, uint32_t core) {
    td_range_t r = td_share(args->n, 4, core);
    for (uint32_t i = r.begin; i < r.end; i++) {
        float x = args->x[i];
        td_pair_t e = td_exp2(td_both(td_minus_magnitude(x)));
        args->out[i] = td_log(1.0f + e.a) + (x < 0.0f ? 0.0f : x);
    }
}
