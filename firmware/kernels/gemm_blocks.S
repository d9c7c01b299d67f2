// SPDX-License-Identifier: Apache-2.0
// Inner blocks of td_gemm (gemm_blocks.h). In assembly because 4x4 needs every register: 16 sums, 4 + 4 operands, 2 pointers
// and 4 steps. Loads stand between multiply-adds, each at least one instruction ahead of its use: two cores share an FPU, and
// while one loads the other has it to itself. Measured: 0.42-0.45 multiply-adds a cycle and core; two cores on one FPU reach 0.5.
#include "gemm_blocks.h"
#include "td_hwloop.h"

    .option norvc
    .section .text.td_gemm_blocks, "ax"

    .balign 4
    .globl td_gemm_block_4x4
    .type td_gemm_block_4x4, @function
td_gemm_block_4x4:
    addi sp, sp, -64
    sw ra, 0(sp)
    sw gp, 4(sp)
    sw tp, 8(sp)
    sw s0, 12(sp)
    sw s1, 16(sp)
    sw s2, 20(sp)
    sw s3, 24(sp)
    sw s4, 28(sp)
    sw s5, 32(sp)
    sw s6, 36(sp)
    sw s7, 40(sp)
    sw s8, 44(sp)
    sw s9, 48(sp)
    sw s10, 52(sp)
    sw s11, 56(sp)
    sw a0, 60(sp)
    // Sums start from Y: rows s0-s3, s4-s7, s8-s11, t3-t6.
    lw a1, BLOCK_Y(a0)
    lw a2, BLOCK_Y_STEP(a0)
    lw s0, 0(a1)
    lw s1, 4(a1)
    lw s2, 8(a1)
    lw s3, 12(a1)
    add a1, a1, a2
    lw s4, 0(a1)
    lw s5, 4(a1)
    lw s6, 8(a1)
    lw s7, 12(a1)
    add a1, a1, a2
    lw s8, 0(a1)
    lw s9, 4(a1)
    lw s10, 8(a1)
    lw s11, 12(a1)
    add a1, a1, a2
    lw t3, 0(a1)
    lw t4, 4(a1)
    lw t5, 8(a1)
    lw t6, 12(a1)
    lw t1, BLOCK_X(a0)
    lw ra, BLOCK_X_STEP(a0)
    lw gp, BLOCK_X_NEXT(a0)
    lw t2, BLOCK_W(a0)
    lw tp, BLOCK_W_STEP(a0)
    lw a1, BLOCK_N(a0)
    lw a0, BLOCK_W_NEXT(a0)
    td_hwloop a1, 24
    cv.lw a5, (t2), tp
    cv.lw a1, (t1), ra
    cv.lw a2, (t1), ra
    fmadd.s s0, a1, a5, s0
    cv.lw a3, (t1), ra
    fmadd.s s4, a2, a5, s4
    cv.lw a4, (t1), gp
    fmadd.s s8, a3, a5, s8
    cv.lw a6, (t2), tp
    fmadd.s t3, a4, a5, t3
    fmadd.s s1, a1, a6, s1
    cv.lw a7, (t2), tp
    fmadd.s s5, a2, a6, s5
    fmadd.s s9, a3, a6, s9
    fmadd.s t4, a4, a6, t4
    cv.lw t0, (t2), a0
    fmadd.s s2, a1, a7, s2
    fmadd.s s6, a2, a7, s6
    fmadd.s s10, a3, a7, s10
    fmadd.s t5, a4, a7, t5
    fmadd.s s3, a1, t0, s3
    fmadd.s s7, a2, t0, s7
    fmadd.s s11, a3, t0, s11
    fmadd.s t6, a4, t0, t6
    // Loop end.
    lw a0, 60(sp)
    lw a1, BLOCK_Z(a0)
    lw a2, BLOCK_Z_STEP(a0)
    sw s0, 0(a1)
    sw s1, 4(a1)
    sw s2, 8(a1)
    sw s3, 12(a1)
    add a1, a1, a2
    sw s4, 0(a1)
    sw s5, 4(a1)
    sw s6, 8(a1)
    sw s7, 12(a1)
    add a1, a1, a2
    sw s8, 0(a1)
    sw s9, 4(a1)
    sw s10, 8(a1)
    sw s11, 12(a1)
    add a1, a1, a2
    sw t3, 0(a1)
    sw t4, 4(a1)
    sw t5, 8(a1)
    sw t6, 12(a1)
    lw ra, 0(sp)
    lw gp, 4(sp)
    lw tp, 8(sp)
    lw s0, 12(sp)
    lw s1, 16(sp)
    lw s2, 20(sp)
    lw s3, 24(sp)
    lw s4, 28(sp)
    lw s5, 32(sp)
    lw s6, 36(sp)
    lw s7, 40(sp)
    lw s8, 44(sp)
    lw s9, 48(sp)
    lw s10, 52(sp)
    lw s11, 56(sp)
    addi sp, sp, 64
    ret
    .size td_gemm_block_4x4, . - td_gemm_block_4x4

    .balign 4
    .globl td_gemm_block_4x1
    .type td_gemm_block_4x1, @function
td_gemm_block_4x1:
    lw a1, BLOCK_Y(a0)
    lw a2, BLOCK_Y_STEP(a0)
    cv.lw t3, (a1), a2
    cv.lw t4, (a1), a2
    cv.lw t5, (a1), a2
    cv.lw t6, (a1), a2
    lw t1, BLOCK_X(a0)
    lw a6, BLOCK_X_STEP(a0)
    lw a7, BLOCK_X_NEXT(a0)
    lw t2, BLOCK_W(a0)
    lw t0, BLOCK_W_NEXT(a0)
    lw a1, BLOCK_N(a0)
    td_hwloop a1, 9
    cv.lw a1, (t1), a6
    cv.lw a2, (t1), a6
    cv.lw a3, (t1), a6
    cv.lw a5, (t2), t0
    cv.lw a4, (t1), a7
    fmadd.s t3, a1, a5, t3
    fmadd.s t4, a2, a5, t4
    fmadd.s t5, a3, a5, t5
    fmadd.s t6, a4, a5, t6
    // Loop end.
    lw a1, BLOCK_Z(a0)
    lw a2, BLOCK_Z_STEP(a0)
    cv.sw t3, (a1), a2
    cv.sw t4, (a1), a2
    cv.sw t5, (a1), a2
    cv.sw t6, (a1), a2
    ret
    .size td_gemm_block_4x1, . - td_gemm_block_4x1

    .balign 4
    .globl td_gemm_block_1x1
    .type td_gemm_block_1x1, @function
td_gemm_block_1x1:
    lw a1, BLOCK_Y(a0)
    lw t3, 0(a1)
    lw t1, BLOCK_X(a0)
    lw a7, BLOCK_X_NEXT(a0)
    lw t2, BLOCK_W(a0)
    lw t0, BLOCK_W_NEXT(a0)
    lw a1, BLOCK_N(a0)
    td_hwloop a1, 3
    cv.lw a1, (t1), a7
    cv.lw a5, (t2), t0
    fmadd.s t3, a1, a5, t3
    // Loop end.
    lw a1, BLOCK_Z(a0)
    sw t3, 0(a1)
    ret
    .size td_gemm_block_1x1, . - td_gemm_block_1x1
