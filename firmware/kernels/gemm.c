// SPDX-License-Identifier: Apache-2.0
// Z = Y + X.W, one fused multiply-add per n ascending from Y (or +0): bit-identical to RedMule on every shape, layout and pitch.
// Z may be Y. The outputs are cut into 4x4 blocks, the leftover columns and rows into 4x1 and 1x4 strips, the corner into
// single elements; unit u of this list is core u mod 8's. Where there are too few 4x4 blocks for eight cores, all is strips.
#include "redmule_regs.h"
#include "td_kernels.h"
#include "td_xpulp.h"
#include "gemm_blocks.h"

#ifndef __riscv
static void block_on_host(const td_gemm_block_t *b, uint32_t rows, uint32_t cols, uint32_t y_col, uint32_t z_col) {
    float z[4][4];
    for (uint32_t i = 0; i < rows; i++) {
        for (uint32_t j = 0; j < cols; j++) {
            const float *x = td_at(b->x, i * b->x_step), *w = td_at(b->w, j * b->w_step);
            float sum = *td_at(b->y, i * b->y_step + j * y_col);
            for (uint32_t n = 0; n < b->n; n++) {
                sum = td_fma(*x, *w, sum);
                x = (const float *)((const char *)x + (int32_t)(b->x_next + (rows - 1) * b->x_step));
                w = (const float *)((const char *)w + (int32_t)(b->w_next + (cols - 1) * b->w_step));
            }
            z[i][j] = sum;
        }
    }
    for (uint32_t i = 0; i < rows; i++) {
        for (uint32_t j = 0; j < cols; j++) *td_at_out(b->z, i * b->z_step + j * z_col) = z[i][j];
    }
}
void td_gemm_block_4x4(const td_gemm_block_t *block) { block_on_host(block, 4, 4, 4, 4); }
void td_gemm_block_4x1(const td_gemm_block_t *block) { block_on_host(block, 4, 1, 0, 0); }
void td_gemm_block_1x1(const td_gemm_block_t *block) { block_on_host(block, 1, 1, 0, 0); }
#endif

// In TCDM, where loads are fast; read with step 0 where there is no Y.
static const float zeros[4]
#ifdef __riscv
    __attribute__((section(".tcdm_rodata")))
#endif
    = {0.0f, 0.0f, 0.0f, 0.0f};

// Cores start one step of the inner loop (about 33 cycles) apart where that pays: with operands contiguous along n and pitches
// that are multiples of the number of banks, all cores would else want the same bank at the same n.
#define STAGGER_FROM 16384u // multiply-adds
#define STAGGER 11u

// All strides in bytes: of m in x, of k in w, of n in both, of m and k in y and z.
typedef struct {
    const float *x, *w, *y;
    float *z;
    uint32_t n, xm, xn, wk, wn, ym, yk, zm, zk;
} strides_t;

// Units u = first, first + 8, ... of a grid of rows x cols blocks, each row_size x col_size outputs, whose top left output is
// (row0, col0). Returns the first unit of the next grid for this core.
static uint32_t run_grid(const strides_t *s, void (*block)(const td_gemm_block_t *), uint32_t row0, uint32_t col0,
                         uint32_t rows, uint32_t cols, uint32_t row_size, uint32_t col_size, uint32_t first) {
    uint32_t count = rows * cols, unit = first;
    if (unit >= count) return unit - count;
    td_gemm_block_t b;
    b.n = s->n;
    // A strip of one row and four columns is a strip of four rows and one column of the transposed product.
    int swapped = row_size == 1 && col_size == 4;
    uint32_t x_size = swapped ? col_size : row_size, w_size = swapped ? row_size : col_size;
    b.x_step = swapped ? s->wk : s->xm;
    b.x_next = (swapped ? s->wn : s->xn) - (x_size - 1) * b.x_step;
    b.w_step = swapped ? s->xm : s->wk;
    b.w_next = (swapped ? s->xn : s->wn) - (w_size - 1) * b.w_step;
    b.y_step = swapped ? s->yk : s->ym;
    b.z_step = swapped ? s->zk : s->zm;
    uint32_t row = 0, col = unit;
    for (;;) {
        while (col >= cols) {
            col -= cols;
            row++;
        }
        if (row >= rows) break;
        uint32_t m = row0 + row * row_size, k = col0 + col * col_size;
        const float *x = td_at(s->x, m * s->xm), *w = td_at(s->w, k * s->wk);
        b.x = swapped ? w : x;
        b.w = swapped ? x : w;
        b.y = td_at(s->y, m * s->ym + k * s->yk);
        b.z = td_at_out(s->z, m * s->zm + k * s->zk);
        block(&b);
        col += TD_NUM_CORES;
        unit += TD_NUM_CORES;
    }
    return unit - count;
}

static void without_reduction(const strides_t *s, uint32_t m, uint32_t k, uint32_t core) { // n = 0: Z = Y
    for (uint32_t i = core; i < m; i += TD_NUM_CORES) {
        for (uint32_t j = 0; j < k; j++) {
            *td_at_out(s->z, i * s->zm + j * s->zk) = *td_at(s->y, i * s->ym + j * s->yk);
        }
    }
}

void td_gemm(const td_gemm_args_t *args, uint32_t core) {
    const uint32_t m = args->m, n = args->n, k = args->k, flags = args->flags;
    const uint32_t x_transposed = flags & TD_REDMULE_FLAGS_X_TRANSPOSED_MASK;
    const uint32_t w_transposed = flags & TD_REDMULE_FLAGS_W_TRANSPOSED_MASK;
    const uint32_t x_pitch = args->x_pitch != 0 ? args->x_pitch : 4 * (x_transposed ? m : n);
    const uint32_t w_pitch = args->w_pitch != 0 ? args->w_pitch : 4 * (w_transposed ? n : k);
    strides_t s;
    s.x = args->x;
    s.w = args->w;
    s.z = args->z;
    s.n = n;
    s.xm = x_transposed ? 4 : x_pitch;
    s.xn = x_transposed ? x_pitch : 4;
    s.wk = w_transposed ? w_pitch : 4;
    s.wn = w_transposed ? 4 : w_pitch;
    s.zm = args->z_pitch != 0 ? args->z_pitch : 4 * k;
    s.zk = 4;
    if (args->y != 0) {
        s.y = args->y;
        s.ym = (flags & TD_REDMULE_FLAGS_Y_BROADCAST_MASK) ? 0 : args->y_pitch != 0 ? args->y_pitch : 4 * k;
        s.yk = 4;
    } else {
        s.y = zeros; // the 4x4 block reads four of them, whatever the steps
        s.ym = 0;
        s.yk = 0;
    }
    if (n == 0) {
        without_reduction(&s, m, k, core);
        return;
    }
    if (n * m * k >= STAGGER_FROM) td_stagger(core, STAGGER);
    // Cycles per n of the busiest core: 32 a 4x4 block (16 multiply-adds at half of an FPU), about 10 a strip.
    uint32_t block_rows = m / 4, block_cols = k / 4, blocks = block_rows * block_cols;
    if (((blocks + 7) / 8) * 32 <= ((4 * blocks + 7) / 8) * 10) {
        uint32_t unit = run_grid(&s, td_gemm_block_4x4, 0, 0, block_rows, block_cols, 4, 4, core);
        unit = run_grid(&s, td_gemm_block_4x1, 0, 4 * block_cols, block_rows, k % 4, 4, 1, unit);
        unit = run_grid(&s, td_gemm_block_4x1, 4 * block_rows, 0, m % 4, block_cols, 1, 4, unit);
        run_grid(&s, td_gemm_block_1x1, 4 * block_rows, 4 * block_cols, m % 4, k % 4, 1, 1, unit);
    } else if (block_rows >= block_cols) {
        uint32_t unit = run_grid(&s, td_gemm_block_4x1, 0, 0, block_rows, k, 4, 1, core);
        run_grid(&s, td_gemm_block_1x1, 4 * block_rows, 0, m % 4, k, 1, 1, unit);
    } else {
        uint32_t unit = run_grid(&s, td_gemm_block_4x1, 0, 0, m, block_cols, 1, 4, core);
        run_grid(&s, td_gemm_block_1x1, 0, 4 * block_cols, m, k % 4, 1, 1, unit);
    }
}
