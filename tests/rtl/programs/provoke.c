// SPDX-License-Identifier: Apache-2.0
// One mistake a run, CASE says which: what the bench makes of it is tests/rtl/test_faults.py. HERE marks the lines that it
// must name.
#include "cluster.h"

#define AT(address) (*(volatile uint32_t *)(address))

static void after(void) { wait_cycles(400); }  // the mistake is made; the run goes on as if nothing were wrong

void td_main(uint32_t core) {
    (void)core;
#if CASE == 1  // beyond the end of TCDM
    if (core == 3) AT(SHARED(0)) = AT(TD_TCDM_BASE + TD_TCDM_SIZE);  // HERE
#elif CASE == 2  // below its beginning
    if (core == 7) AT(TD_TCDM_BASE - 4) = 1;  // HERE
#elif CASE == 3  // a byte of a register
    if (core == 5) *(volatile uint8_t *)CONTROL(TCDM_WIDE_MAX) = 1;  // HERE
#elif CASE == 4  // a word across two registers
    if (core == 0) AT(CONTROL(TCDM_WIDE_MAX) + 2) = 1;  // HERE
#elif CASE == 5  // beyond the end of L2
    if (core == 6) AT(TD_L2_BASE + TD_L2_SIZE) = 1;  // HERE
#elif CASE == 6  // no instruction
    if (core == 2) __asm__ volatile(".word 0xffffffff");  // HERE
#elif CASE == 7  // a jump to nowhere
    if (core == 1) ((void (*)(void))0x20000004)();
#elif CASE == 8  // a transfer from nowhere, behind one that is right
    if (core == 4) {
        td_dma_t right = {.src = TD_L2_BASE, .dst = TD_TCDM_BASE, .len = 256}, wrong = right;
        wrong.src = TD_TCDM_BASE + TD_TCDM_SIZE;
        td_dma_start(&right);
        td_dma_start(&wrong);
        td_dma_start(&right);
    }
#elif CASE == 9  // a transfer to nowhere
    if (core == 2) {
        td_dma_t wrong = {.src = TD_L2_BASE, .dst = TD_L2_BASE + TD_L2_SIZE - 8, .len = 16};
        td_dma_start(&wrong);
    }
#elif CASE == 10  // L3 to nowhere
    if (core == 6) {
        td_hyper_t wrong = {0, TD_L2_BASE + TD_L2_SIZE, 16, TD_HYPER_L3_TO_L2};
        td_hyper_start(&wrong);
        wait_cycles(1000);
    }
#elif CASE == 11  // an event that never comes
    put(EVENT_UNIT(EVT_MASK), 1u << 3);
    uint32_t event;
    __asm__ volatile("cv.elw %0, 0(%1)" : "=r"(event) : "r"(EVENT_UNIT(EVT_WAIT_CLEAR)));  // HERE
#elif CASE == 12  // one core alone never arrives
    uint32_t event;
    put(EVENT_UNIT(EVT_MASK), 0);
    if (core == 5) __asm__ volatile("cv.elw %0, 0(%1)" : "=r"(event) : "r"(EVENT_UNIT(EVT_WAIT)));  // HERE
#elif CASE == 13  // no end
    for (;;) (void)AT(SHARED(0));  // HERE
#elif CASE == 14  // a product outside TCDM
    if (core == 0) {
        td_redmule_job_t job = {0};
        job.x = job.w = (const float *)TD_TCDM_BASE;
        job.z = (float *)(TD_TCDM_BASE - 64);
        job.m = job.n = job.k = 8;
        td_redmule_start(&job);
        td_redmule_wait();
    }
#elif CASE == 15  // a read-only register
    if (core == 1) AT(CONTROL(STATUS)) = 0;  // HERE
#elif CASE == 16  // a breakpoint that nobody set
    if (core == 3) __asm__ volatile("ebreak");  // HERE
#endif
    after();
}
