// SPDX-License-Identifier: Apache-2.0
// Start-up of every core: trap vector, stack, then core 0 fills .bss and .tcdm_data before the first barrier lets the cores
// into td_main. Boot address and entry point: TD_L2_BASE.
#include "td_platform.h"
#include "event_unit_regs.h"

    .option norvc
    .section .text.start, "ax"
    .globl _start
    .type _start, @function
_start:
    la t0, td_trap_vector
    csrw mtvec, t0
    csrr s0, mhartid
    andi s0, s0, 31
    li t0, TD_STACK_BYTES
    mul t0, t0, s0
    li sp, TD_TCDM_BASE + TD_TCDM_SIZE
    sub sp, sp, t0
    bnez s0, 3f
    la t0, __bss_start
    la t1, __bss_end
    beq t0, t1, 1f
0:  sw zero, 0(t0)
    addi t0, t0, 4
    bne t0, t1, 0b
1:  la t0, __tcdm_data_start
    la t1, __tcdm_data_end
    la t2, __tcdm_data_load
    beq t0, t1, 3f
2:  lw t3, 0(t2)
    sw t3, 0(t0)
    addi t2, t2, 4
    addi t0, t0, 4
    bne t0, t1, 2b
3:  call td_barrier
    mv a0, s0
    call td_main
    call td_barrier
    bnez s0, 4f
    li a0, TD_EXIT_PASSED
    call td_exit
4:  li t0, TD_EVENT_UNIT_BASE // the others sleep for an event that never comes
    sw zero, TD_EVENT_UNIT_EVT_MASK_OFFSET(t0)
    cv.elw t1, TD_EVENT_UNIT_EVT_WAIT_OFFSET(t0)
    j 4b
    .size _start, . - _start

// Exceptions only (no interrupt is ever enabled): record where, end the computation, stay.
    .section .text.trap, "ax"
    .balign 256
    .globl td_trap_vector
    .type td_trap_vector, @function
td_trap_vector:
    csrr a0, mhartid
    andi a0, a0, 31
    csrr a1, mcause
    csrr a2, mepc
    csrr a3, mtval
    li t0, TD_STACK_BYTES // a fresh stack: the old one may be why we are here
    mul t0, t0, a0
    li sp, TD_TCDM_BASE + TD_TCDM_SIZE
    sub sp, sp, t0
    j td_trap
    .size td_trap_vector, . - td_trap_vector
