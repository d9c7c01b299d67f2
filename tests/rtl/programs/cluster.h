// SPDX-License-Identifier: Apache-2.0
// For the cluster's own test programs: registers, event loads, and a check that ends the run with its line number.
#ifndef CLUSTER_H
#define CLUSTER_H

#include "cluster_control_regs.h"
#include "event_unit_regs.h"
#include "soc_control_regs.h"
#include "td_platform.h"
#include "td_runtime.h"
#include "timer_regs.h"

#define EVENT_UNIT(name) (TD_EVENT_UNIT_BASE + TD_EVENT_UNIT_##name##_OFFSET)
#define BARRIER(number, name) (EVENT_UNIT(BARRIER_##name) + (number) * TD_EVENT_UNIT_BARRIER_STRIDE)
#define SW_EVENT(number) (EVENT_UNIT(SW_EVENT) + (number) * TD_EVENT_UNIT_SW_EVENT_STRIDE)
#define PERF(core, name) (CONTROL(PERF_##name) + (core) * TD_CLUSTER_CONTROL_PERF_STRIDE)
#define CONTROL(name) (TD_CLUSTER_CONTROL_BASE + TD_CLUSTER_CONTROL_##name##_OFFSET)
#define SOC(name) (TD_SOC_CONTROL_BASE + TD_SOC_CONTROL_##name##_OFFSET)
#define SHARED(index) (TD_TCDM_BASE + 4u * (index))  // words of TCDM that the programs use as they like

static inline __attribute__((unused)) void put(uint32_t address, uint32_t value) { *(volatile uint32_t *)address = value; }
static inline __attribute__((unused)) uint32_t get(uint32_t address) { return *(volatile uint32_t *)address; }
static inline __attribute__((unused)) uint32_t event_load(uint32_t address) {
    uint32_t value;
    __asm__ volatile("cv.elw %0, 0(%1)" : "=r"(value) : "r"(address) : "memory");
    return value;
}
static inline __attribute__((unused)) uint32_t now(void) { return get(TD_TIMER_BASE + TD_TIMER_CYCLE_LO_OFFSET); }
static inline __attribute__((unused)) void wait_cycles(uint32_t cycles) {
    for (uint32_t start = now(); now() - start < cycles;) {
    }
}

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) td_exit(__LINE__);                                                                           \
    } while (0)

#endif
