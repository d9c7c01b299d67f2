// SPDX-License-Identifier: Apache-2.0
// Counters of RedMule, DMA and HyperBus against what the work must count; and that nothing but work counts.
#include "cluster.h"
#include "dma_regs.h"
#include "hyperbus_regs.h"

#define DMA(name) (TD_DMA_BASE + TD_DMA_##name##_OFFSET)
#define HYPERBUS(name) (TD_HYPERBUS_BASE + TD_HYPERBUS_##name##_OFFSET)
#define ARRAY_HEIGHT 4u  // of the configuration that the test builds: 4 columns of ...
#define ARRAY_COLUMNS 8u

// Cycles of the array's movement for one tile with n products a sum: busy and not stalled.
static uint32_t moved(uint32_t n) {
    td_redmule_job_t job = {0};
    job.x = (const float *)(TD_TCDM_BASE + 0x2000);
    job.w = (const float *)(TD_TCDM_BASE + 0x4000);
    job.z = (float *)(TD_TCDM_BASE + 0x8000);
    job.m = 4, job.n = n, job.k = 4;
    uint32_t busy = get(CONTROL(REDMULE_BUSY)), stalled = get(CONTROL(REDMULE_STALLED)), start = now();
    td_redmule_start(&job);
    td_redmule_wait();
    uint32_t elapsed = now() - start;
    busy = get(CONTROL(REDMULE_BUSY)) - busy, stalled = get(CONTROL(REDMULE_STALLED)) - stalled;
    CHECK(busy > 0 && busy < elapsed && stalled < busy);
    return busy - stalled;
}

static void words(uint32_t bytes) {
    uint32_t before = get(DMA(BYTES)), busy = get(DMA(BUSY_CYCLES)), start = now();
    td_dma_t transfer = {.src = TD_L2_BASE, .dst = TD_TCDM_BASE + 1, .len = bytes};
    td_dma_wait(td_dma_start(&transfer));
    uint32_t elapsed = now() - start;
    CHECK(get(DMA(BYTES)) - before == bytes);
    busy = get(DMA(BUSY_CYCLES)) - busy;
    CHECK(busy >= bytes / 8 && busy < elapsed);
}

static void from_l3(uint32_t bytes) {
    uint32_t before = get(HYPERBUS(BYTES)), busy = get(HYPERBUS(BUSY_CYCLES)), start = now();
    td_hyper_t transfer = {0, TD_L2_BASE + TD_L2_SIZE - 4096, bytes, TD_HYPER_L3_TO_L2};
    td_hyper_wait(td_hyper_start(&transfer));
    uint32_t elapsed = now() - start;
    CHECK(get(HYPERBUS(BYTES)) - before == bytes);
    busy = get(HYPERBUS(BUSY_CYCLES)) - busy;
    CHECK(busy >= bytes && busy < elapsed);
}

// Awake and asleep together are all cycles: exact, for a core that nobody disturbs between its reads.
static void every_cycle(uint32_t core) {
    for (uint32_t round = 0; round < 3; ++round) {  // the first one misses in the instruction cache
        uint32_t start = now(), active = get(PERF(core, ACTIVE)), asleep = get(PERF(core, ASLEEP));
        put(EVENT_UNIT(EVT_MASK), 1);
        put(SW_EVENT(0), 1u << core);
        event_load(EVENT_UNIT(EVT_WAIT_CLEAR));
        for (volatile uint32_t i = 0; i < 50; ++i) {
        }
        uint32_t elapsed = now() - start;
        active = get(PERF(core, ACTIVE)) - active, asleep = get(PERF(core, ASLEEP)) - asleep;
        if (round == 2) CHECK(active + asleep == elapsed);
    }
}

// A loop in the private cache never waits for an instruction; code seen for the first time does.
static void fetches(uint32_t core) {
    uint32_t stalls = PERF(core, FETCH_STALL);
    uint32_t warm = 0, cold;
    for (uint32_t round = 0; round < 2; ++round) {
        uint32_t before = get(stalls);
        __asm__ volatile("li t0, 200\n .balign 16\n 1: addi t0, t0, -1\n nop\n nop\n bnez t0, 1b" ::: "t0");
        warm = get(stalls) - before;
    }
    cold = get(stalls);
    __asm__ volatile(".rept 512\n .word 0x13\n .endr");
    cold = get(stalls) - cold;
    CHECK(warm <= 2);
    CHECK(cold >= 128);  // 128 lines of 16 bytes, none of them known
}

void td_main(uint32_t core) {
    if (core == 0) {
        uint32_t short_sums = moved(64), long_sums = moved(128);
        // 64 more products a sum are 64 / height groups more, each a pass over all columns.
        CHECK(long_sums - short_sums == 64 / ARRAY_HEIGHT * ARRAY_COLUMNS);
        uint32_t busy = get(CONTROL(REDMULE_BUSY));
        wait_cycles(100);
        CHECK(get(CONTROL(REDMULE_BUSY)) == busy);
        words(8), words(1000), words(3);
        from_l3(64), from_l3(1024);
        every_cycle(core);
        fetches(core);
    }
    td_barrier();
    // Conflicts of RedMule: the cores take its banks away.
    uint32_t before = get(CONTROL(REDMULE_CONFLICT));
    td_barrier();
    if (core == 0) moved(256);
    else for (uint32_t i = 0; i < 400; ++i) (void)get(TD_TCDM_BASE + 0x2000 + 4 * i);
    td_barrier();
    if (core == 0) {
        CHECK(get(CONTROL(REDMULE_CONFLICT)) - before > 10);
        uint32_t counters[] = {CONTROL(REDMULE_BUSY), CONTROL(REDMULE_STALLED), CONTROL(REDMULE_CONFLICT), DMA(BYTES),
                               DMA(BUSY_CYCLES), HYPERBUS(BYTES), HYPERBUS(BUSY_CYCLES)};
        for (uint32_t i = 0; i < sizeof counters / 4; ++i) td_report(0x60000000u | get(counters[i]));
    }
    td_barrier();
}
