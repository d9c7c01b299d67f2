// SPDX-License-Identifier: Apache-2.0
// Drivers of the event unit, DMA, HyperBus, RedMule and SoC control. Waiting never polls: clear the engine's event, look at
// its state, sleep in cv.elw if it is not there yet; an engine updates its state no later than it raises its event, so an end
// between the look and the sleep is a pending event that ends the sleep at once.
#include "td_runtime.h"

#include "soc_control_regs.h"
#include "td_start.h"

volatile td_trap_record_t td_trap_record[TD_NUM_CORES];

uint32_t td_core_id(void) {
    uint32_t id;
    __asm__ volatile("csrr %0, mhartid" : "=r"(id));
    return id & 31u;
}

void td_barrier(void) { event_load(TD_EVENT_UNIT_BASE + TD_EVENT_UNIT_BARRIER_TRIGGER_WAIT_CLEAR_OFFSET); }

uint32_t td_dma_start(const td_dma_t *transfer) { return start_dma(transfer); }

void td_dma_wait(uint32_t id) {
    for (;;) {
        clear_event(TD_EVENT_DMA_MASK);
        if ((int32_t)(read_register(TD_DMA_BASE + TD_DMA_DONE_OFFSET) - id) >= 0) break;
        sleep_until(TD_EVENT_DMA_MASK);
    }
    if (read_register(TD_DMA_BASE + TD_DMA_ERROR_OFFSET) != 0) td_exit(TD_EXIT_DMA);
}

uint32_t td_hyper_start(const td_hyper_t *transfer) { return start_hyper(transfer); }

void td_hyper_wait(uint32_t id) {
    for (;;) {
        clear_event(TD_EVENT_HYPERBUS_MASK);
        if ((int32_t)(read_register(TD_HYPERBUS_BASE + TD_HYPERBUS_DONE_OFFSET) - id) >= 0) break;
        sleep_until(TD_EVENT_HYPERBUS_MASK);
    }
    if (read_register(TD_HYPERBUS_BASE + TD_HYPERBUS_ERROR_OFFSET) != 0) td_exit(TD_EXIT_HYPERBUS);
}

void td_redmule_start(const td_redmule_job_t *job) { start_redmule(job); }

void td_redmule_wait(void) { td_redmule_wait_left(0); }

void td_redmule_wait_left(uint32_t jobs) {
    for (;;) {
        clear_event(TD_EVENT_REDMULE_MASK);
        uint32_t status = read_register(TD_REDMULE_BASE + TD_REDMULE_STATUS_OFFSET);
        if (TD_REDMULE_STATUS_CONTEXT0_GET(status) + TD_REDMULE_STATUS_CONTEXT1_GET(status) <= jobs) break;
        sleep_until(TD_EVENT_REDMULE_MASK);
    }
    uint32_t error = read_register(TD_REDMULE_BASE + TD_REDMULE_ERROR_OFFSET);
    if (error != 0) td_exit(TD_EXIT_REDMULE | (error & ~TD_EXIT_KIND));
}

void td_report(uint32_t word) { write_register(TD_SOC_CONTROL_BASE + TD_SOC_CONTROL_MAILBOX_OFFSET, word); }

void td_exit(uint32_t code) {
    write_register(TD_SOC_CONTROL_BASE + TD_SOC_CONTROL_EOC_OFFSET, code);
    write_register(TD_EVENT_UNIT_BASE + TD_EVENT_UNIT_EVT_MASK_OFFSET, 0);
    for (;;) event_load(TD_EVENT_UNIT_BASE + TD_EVENT_UNIT_EVT_WAIT_OFFSET);
}

// Called by td_trap_vector.
__attribute__((noreturn)) void td_trap(uint32_t core, uint32_t cause, uint32_t pc, uint32_t value) {
    td_trap_record[core].mcause = cause;
    td_trap_record[core].mepc = pc;
    td_trap_record[core].mtval = value;
    td_report(TD_EXIT_TRAP | core << 8 | (cause & 31u));
    td_report(pc);
    td_exit(TD_EXIT_TRAP | core << 8 | (cause & 31u));
}

// The compiler may call these; nothing else of a C library is linked.
void *memset(void *to, int value, uint32_t n) {
    for (uint8_t *p = to; n-- != 0;) *p++ = (uint8_t)value;
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, uint32_t n) {
    const uint8_t *source = from;
    for (uint8_t *p = to; n-- != 0;) *p++ = *source++;
    return to;
}
