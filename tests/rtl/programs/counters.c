// SPDX-License-Identifier: Apache-2.0
// The performance counters see what a program does on purpose: sleep, conflicts on a bank, waiting for L2, a shared FPU.
#include "cluster.h"

#define COUNTER(core, name) get(PERF(core, name))

void td_main(uint32_t core) {
    // Asleep: all but core 0 wait for it at a barrier.
    uint32_t active = COUNTER(core, ACTIVE), asleep = COUNTER(core, ASLEEP);
    td_barrier();
    if (core == 0) wait_cycles(2000);
    td_barrier();
    active = COUNTER(core, ACTIVE) - active, asleep = COUNTER(core, ASLEEP) - asleep;
    CHECK(active + asleep > 2000 && active + asleep < 2400);
    if (core == 0) CHECK(asleep < 200);
    else CHECK(asleep > 1700);
    td_barrier();

    // All cores load from one bank: seven of eight wait; then from eight banks: hardly any.
    for (uint32_t spread = 0; spread < 2; ++spread) {
        uint32_t before = COUNTER(core, TCDM_CONFLICT);
        volatile uint32_t *word = (volatile uint32_t *)(TD_TCDM_BASE + 0x1000 + 4 * core * spread);
        td_barrier();
        for (uint32_t i = 0; i < 50; ++i) (void)word[0], (void)word[0], (void)word[0], (void)word[0];
        td_barrier();
        uint32_t conflicts = COUNTER(core, TCDM_CONFLICT) - before;
        if (spread) CHECK(conflicts < 40);
        else CHECK(conflicts > 200 * 3);
        td_barrier();
    }

    // Loads from L2 wait for their answers (two are under way at a time), alone in TCDM they never do.
    for (uint32_t turn = 0; turn < 16; ++turn) {
        if (core == turn / 2) {
            uint32_t before = COUNTER(core, LOAD_STALL);
            volatile uint32_t *word = (volatile uint32_t *)(turn & 1 ? TD_TCDM_BASE : TD_L2_BASE + TD_L2_SIZE - 64);
            for (uint32_t i = 0; i < 50; ++i) (void)word[0];
            uint32_t stalls = COUNTER(core, LOAD_STALL) - before;
            if (turn & 1) CHECK(stalls == 0);
            else CHECK(stalls >= 50 && stalls < 50 * 8);
        }
        td_barrier();
    }

    // Two cores of one FPU (0 and 1) hinder each other, two of different ones (0 and 2) do not.
    for (uint32_t partner = 1; partner <= 2; ++partner) {
        uint32_t before = COUNTER(core, FPU_CONTENTION);
        td_barrier();
        if (core == 0 || core == partner) {
            float a = 1.0f, b = 2.0f, c = 3.0f, d = 4.0f;
            for (uint32_t i = 0; i < 50; ++i)
                __asm__ volatile("fadd.s %0, %0, %0\nfadd.s %1, %1, %1\nfadd.s %2, %2, %2\nfadd.s %3, %3, %3"
                                 : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
        }
        td_barrier();
        uint32_t contention = COUNTER(core, FPU_CONTENTION) - before;
        if (core == 0) {
            if (partner == 1) CHECK(contention > 20);
            else CHECK(contention == 0);
        }
        td_barrier();
    }

    // Each pair of cores in turn hinders itself in a bank and in its FPU: the counters of the others, asleep, stand still.
    for (uint32_t pair = 0; pair < 4; ++pair) {
        uint32_t conflicts = COUNTER(core, TCDM_CONFLICT), contention = COUNTER(core, FPU_CONTENTION);
        uint32_t stalls = COUNTER(core, LOAD_STALL);
        volatile uint32_t *word = (volatile uint32_t *)(TD_TCDM_BASE + 0x1000);
        td_barrier();
        if (core / 2 == pair) {
            float a = 1.0f, b = 2.0f, c = 3.0f, d = 4.0f;
            for (uint32_t i = 0; i < 50; ++i) {
                (void)word[0], (void)word[0], (void)word[0], (void)word[0];
                __asm__ volatile("fadd.s %0, %0, %0\nfadd.s %1, %1, %1\nfadd.s %2, %2, %2\nfadd.s %3, %3, %3"
                                 : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
            }
        }
        td_barrier();
        conflicts = COUNTER(core, TCDM_CONFLICT) - conflicts, contention = COUNTER(core, FPU_CONTENTION) - contention;
        stalls = COUNTER(core, LOAD_STALL) - stalls;
        if (core / 2 == pair) CHECK(conflicts + contention > 40);
        else CHECK(conflicts < 12 && contention == 0 && stalls < 12);
        td_barrier();
    }
}
