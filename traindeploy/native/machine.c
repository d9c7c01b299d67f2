// SPDX-License-Identifier: Apache-2.0
// RedMule's product on the host, bit for bit: one fused multiply-add per n, n ascending, from Y or +0. It is vectorised over
// the columns, which do not meet, so that the order of operations of each element stays as it is. And the loop that runs a
// whole training step: kernels of the firmware, core after core, and products.
#include <stdint.h>

#if defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
#endif

#define LANES 8u
#define ROWS 6u // of a block: 6 x 2 vectors of accumulators, two of W and one of X fill 16 registers
#define COLS (2 * LANES)

typedef float vec_t __attribute__((vector_size(4 * LANES)));

static inline vec_t fma_lanes(vec_t a, vec_t b, vec_t c) {
#if defined(__AVX2__) && defined(__FMA__)
    return _mm256_fmadd_ps(a, b, c);
#else
    for (uint32_t i = 0; i < LANES; i++) c[i] = __builtin_fmaf(a[i], b[i], c[i]);
    return c;
#endif
}

static inline vec_t load(const float *from) {
    vec_t v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
}

static inline float canonical(float x) {
    union {
        uint32_t u;
        float f;
    } nan = {0x7fc00000u};
    return x != x ? nan.f : x;
}

// Z[m][k] = (Y[m][k] or +0) + X[m][n] W[n][k]; steps count elements of what is stored, `pack` holds n x COLS of them.
typedef struct {
    const float *x, *w, *y;
    float *z, *pack;
    uint32_t m, n, k;
    int32_t xm, xn, wn, wk, ym, yk, zm, zk;
} td_product_args_t;

// `rows` x `cols` outputs from (row, col) on; w holds COLS columns, w_step apart from one n to the next.
static inline __attribute__((always_inline)) void block(const td_product_args_t *a, const float *w, int64_t w_step,
                                                        uint32_t row, uint32_t col, uint32_t rows, uint32_t cols) {
    float z[ROWS][COLS] __attribute__((aligned(64))) = {{0}};
    if (a->y) {
        for (uint32_t i = 0; i < rows; i++) {
            for (uint32_t j = 0; j < cols; j++) {
                z[i][j] = a->y[(int64_t)(row + i) * a->ym + (int64_t)(col + j) * a->yk];
            }
        }
    }
    vec_t low[ROWS], high[ROWS];
    for (uint32_t i = 0; i < rows; i++) {
        low[i] = load(z[i]);
        high[i] = load(z[i] + LANES);
    }
    const float *x = a->x + (int64_t)row * a->xm;
    for (uint32_t n = 0; n < a->n; n++, x += a->xn, w += w_step) {
        const vec_t w_low = load(w), w_high = load(w + LANES);
        for (uint32_t i = 0; i < rows; i++) {
            const vec_t factor = x[(int64_t)i * a->xm] - (vec_t){0}; // - +0 changes no number, -0 included
            low[i] = fma_lanes(factor, w_low, low[i]);
            high[i] = fma_lanes(factor, w_high, high[i]);
        }
    }
    for (uint32_t i = 0; i < rows; i++) {
        __builtin_memcpy(z[i], &low[i], sizeof low[i]);
        __builtin_memcpy(z[i] + LANES, &high[i], sizeof high[i]);
        float *out = a->z + (int64_t)(row + i) * a->zm + (int64_t)col * a->zk;
        for (uint32_t j = 0; j < cols; j++, out += a->zk) *out = canonical(z[i][j]);
    }
}

void td_native_product(const td_product_args_t *args, uint32_t core) {
    td_product_args_t a = *args;
    (void)core;
    if (a.k < COLS && a.k < a.m) { // the transposed product, whose columns fill the vectors: factors may change places
        a = (td_product_args_t){args->w,  args->x,  args->y,  args->z,  args->pack, args->k, args->n, args->m,
                                args->wk, args->wn, args->xn, args->xm, args->yk,   args->ym, args->zk, args->zm};
    }
    for (uint32_t col = 0; col < a.k; col += COLS) {
        const uint32_t cols = a.k - col < COLS ? a.k - col : COLS;
        const float *w = a.w + (int64_t)col * a.wk;
        int64_t w_step = a.wn;
        if (a.wk != 1 || cols < COLS) {
            for (uint32_t n = 0; n < a.n; n++) {
                for (uint32_t j = 0; j < COLS; j++) {
                    a.pack[n * COLS + j] = j < cols ? w[(int64_t)n * a.wn + (int64_t)j * a.wk] : 0.0f;
                }
            }
            w = a.pack;
            w_step = COLS;
        }
        uint32_t row = 0;
        for (; row + ROWS <= a.m; row += ROWS) block(&a, w, w_step, row, col, ROWS, cols);
        for (; row + 2 <= a.m; row += 2) block(&a, w, w_step, row, col, 2, cols);
        if (row < a.m) block(&a, w, w_step, row, col, 1, cols);
    }
}

// x86 and the cores do not agree on the bits of a NaN that an operation makes: here it becomes the cores'.
typedef struct {
    float *x;
    uint32_t n;
} td_canonical_args_t;

void td_native_canonical(const td_canonical_args_t *args, uint32_t core) {
    (void)core;
    for (uint32_t i = 0; i < args->n; i++) args->x[i] = canonical(args->x[i]);
}

typedef struct {
    void (*function)(const void *args, uint32_t core);
    const void *args;
    uint32_t cores;
} td_call_t;

void td_native_run(const td_call_t *calls, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t core = 0; core < calls[i].cores; core++) calls[i].function(calls[i].args, core);
    }
}

// Whether this processor has the instructions that the library was compiled for.
int td_native_runs_here(void) {
#if defined(__x86_64__) && defined(__FMA__)
    return __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2");
#else
    return 1;
#endif
}
