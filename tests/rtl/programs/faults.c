// SPDX-License-Identifier: Apache-2.0
// Accesses that must fail: each is answered, does nothing, and is recorded with its core and address.
#include "cluster.h"

#define HOLE (TD_TCDM_BASE + 8 * TD_TCDM_SIZE)  // far from everything

// The program counter on record lies in this function, which alone makes the accesses.
static __attribute__((noinline)) uint32_t access(uint32_t address, uint32_t write) {
    if (write) put(address, 0x12345678);
    else return get(address);
    return 0;
}

static void expect(uint32_t core, uint32_t address, uint32_t write) {
    CHECK(access(address, write) == 0);
    wait_cycles(4);
    uint32_t fault = get(SOC(FAULT));
    CHECK(TD_SOC_CONTROL_FAULT_VALID_GET(fault));
    CHECK(TD_SOC_CONTROL_FAULT_SOURCE_GET(fault) == core);
    CHECK(TD_SOC_CONTROL_FAULT_CORE_GET(fault) == core);
    uint32_t begin = (uint32_t)access, pc = get(SOC(FAULT_PC));
    CHECK(pc >= begin && pc < begin + 32);
    CHECK(get(SOC(FAULT_ADDR)) == address);
    CHECK(get(SOC(FAULT_COUNT)) == 1);
    put(SOC(FAULT), 0);
    CHECK(!TD_SOC_CONTROL_FAULT_VALID_GET(get(SOC(FAULT))));
}

void td_main(uint32_t core) {
    static const uint32_t unmapped[] = {
        0x00000000, 0x0FFFFFFC, TD_TCDM_BASE + TD_TCDM_SIZE, HOLE, TD_DMA_BASE + TD_DMA_SIZE,
        TD_CLUSTER_CONTROL_BASE - 4, TD_HYPERBUS_BASE + TD_HYPERBUS_SIZE, TD_L2_BASE - 4, TD_L2_BASE + TD_L2_SIZE, 0xFFFFFFFC,
    };
    static const uint32_t read_only[] = {EVENT_UNIT(EVT_BUFFER), EVENT_UNIT(EVT_WAIT), BARRIER(0, STATUS),
                                         CONTROL(STATUS), PERF(3, ACTIVE),
                                         TD_TIMER_BASE + TD_TIMER_CYCLE_LO_OFFSET};
    for (uint32_t turn = 0; turn < 8; ++turn) {
        if (core == turn) {
            for (uint32_t i = 0; i < sizeof unmapped / 4; ++i) {
                expect(core, unmapped[i], 0);
                expect(core, unmapped[i], 1);
            }
            for (uint32_t i = 0; i < sizeof read_only / 4; ++i) expect(core, read_only[i], 1);
            expect(core, PERF(0, FPU_CONTENTION) + 4, 0);  // a hole in a register map
            expect(core, BARRIER(3, TRIGGER_WAIT_CLEAR) + 4, 0);
            // Accesses around a failing one keep their order and data.
            put(SHARED(core), core + 1);
            uint32_t before = get(SHARED(core)), hole = get(HOLE), after = get(SHARED(core));
            CHECK(before == core + 1 && hole == 0 && after == core + 1);
            put(SOC(FAULT), 0);
        }
        td_barrier();
    }
}
