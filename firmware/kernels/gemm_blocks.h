// SPDX-License-Identifier: Apache-2.0
// The inner blocks of td_gemm: all of N for a few outputs that stay in registers. Offsets are known to gemm_blocks.S.
#ifndef TD_GEMM_BLOCKS_H
#define TD_GEMM_BLOCKS_H

#ifndef __ASSEMBLER__
#include <stdint.h>

// Steps in bytes. x walks m by x_step and, after the block's last m, goes on to the next n by x_next; w alike over k.
typedef struct {
    const float *x;
    uint32_t x_step, x_next;
    const float *w;
    uint32_t w_step, w_next;
    const float *y;
    uint32_t y_step;
    float *z;
    uint32_t z_step;
    uint32_t n; // >= 1
} td_gemm_block_t;

void td_gemm_block_4x4(const td_gemm_block_t *block); // y, z: 4 rows y_step, z_step apart, of 4 adjacent elements
void td_gemm_block_4x1(const td_gemm_block_t *block); // y, z: 4 elements y_step, z_step apart
void td_gemm_block_1x1(const td_gemm_block_t *block);
#endif

#define BLOCK_X 0
#define BLOCK_X_STEP 4
#define BLOCK_X_NEXT 8
#define BLOCK_W 12
#define BLOCK_W_STEP 16
#define BLOCK_W_NEXT 20
#define BLOCK_Y 24
#define BLOCK_Y_STEP 28
#define BLOCK_Z 32
#define BLOCK_Z_STEP 36
#define BLOCK_N 40

#endif
