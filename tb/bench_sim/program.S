// SPDX-License-Identifier: Apache-2.0
// What the bare cores run for ever: the inner loop of a 4x4 block of a matrix product, 16 multiply-adds and 8 loads.
#include "td_hwloop.h"

    .option norvc
    .text
    .globl _start
_start:
    li x31, 0x1000      // operands, two regions of 2 KB
again:
    mv x29, x31
    addi x30, x31, 0x400
    addi x30, x30, 0x400
    li x28, 128
    .balign 4
    td_hwloop x28, 24
    cv.lw x1, (x29), 4
    cv.lw x5, (x30), 4
    cv.lw x2, (x29), 4
    fmadd.s x9, x1, x5, x9
    cv.lw x3, (x29), 4
    fmadd.s x10, x2, x5, x10
    cv.lw x4, (x29), 4
    fmadd.s x11, x3, x5, x11
    cv.lw x6, (x30), 4
    fmadd.s x12, x4, x5, x12
    fmadd.s x13, x1, x6, x13
    cv.lw x7, (x30), 4
    fmadd.s x14, x2, x6, x14
    fmadd.s x15, x3, x6, x15
    fmadd.s x16, x4, x6, x16
    cv.lw x8, (x30), 4
    fmadd.s x17, x1, x7, x17
    fmadd.s x18, x2, x7, x18
    fmadd.s x19, x3, x7, x19
    fmadd.s x20, x4, x7, x20
    fmadd.s x21, x1, x8, x21
    fmadd.s x22, x2, x8, x22
    fmadd.s x23, x3, x8, x23
    fmadd.s x24, x4, x8, x24
    sw x9, 0(x31)
    j again
