// SPDX-License-Identifier: Apache-2.0
// Drivers of the event unit, DMA, HyperBus, RedMule and SoC control. Waiting never polls: clear the engine's event, look at
// its state, sleep in cv.elw if it is not there yet; an engine updates its state no later than it raises its event, so an end
// between the look and the sleep is a pending event that ends the sleep at once.
#include "td_runtime.h"

#include "dma_regs.h"
#include "event_unit_regs.h"
#include "hyperbus_regs.h"
#include "redmule_regs.h"
#include "soc_control_regs.h"
#include "td_platform.h"

#define ACQUIRE_REFUSED 0x80000000u // set in each of ACQUIRE's answers but an identifier

volatile td_trap_record_t td_trap_record[TD_NUM_CORES];

static inline void write_register(uint32_t address, uint32_t value) { *(volatile uint32_t *)address = value; }
static inline uint32_t read_register(uint32_t address) { return *(volatile uint32_t *)address; }

// A load that sleeps until its target answers.
static inline uint32_t event_load(uint32_t address) {
    uint32_t value;
    __asm__ volatile("cv.elw %0, 0(%1)" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static inline void clear_event(uint32_t event) {
    write_register(TD_EVENT_UNIT_BASE + TD_EVENT_UNIT_EVT_BUFFER_CLR_OFFSET, event);
}

static inline void sleep_until(uint32_t event) {
    write_register(TD_EVENT_UNIT_BASE + TD_EVENT_UNIT_EVT_MASK_OFFSET, event);
    event_load(TD_EVENT_UNIT_BASE + TD_EVENT_UNIT_EVT_WAIT_CLEAR_OFFSET);
}

uint32_t td_core_id(void) {
    uint32_t id;
    __asm__ volatile("csrr %0, mhartid" : "=r"(id));
    return id & 31u;
}

void td_barrier(void) { event_load(TD_EVENT_UNIT_BASE + TD_EVENT_UNIT_BARRIER_TRIGGER_WAIT_CLEAR_OFFSET); }

uint32_t td_dma_start(const td_dma_t *transfer) {
    write_register(TD_DMA_BASE + TD_DMA_SRC_OFFSET, transfer->src);
    write_register(TD_DMA_BASE + TD_DMA_DST_OFFSET, transfer->dst);
    write_register(TD_DMA_BASE + TD_DMA_LEN_OFFSET, transfer->len);
    write_register(TD_DMA_BASE + TD_DMA_SRC_STRIDE_OFFSET, transfer->src_stride);
    write_register(TD_DMA_BASE + TD_DMA_DST_STRIDE_OFFSET, transfer->dst_stride);
    write_register(TD_DMA_BASE + TD_DMA_ROWS_OFFSET, transfer->rows);
    write_register(TD_DMA_BASE + TD_DMA_SRC_STRIDE2_OFFSET, transfer->src_stride2);
    write_register(TD_DMA_BASE + TD_DMA_DST_STRIDE2_OFFSET, transfer->dst_stride2);
    write_register(TD_DMA_BASE + TD_DMA_PLANES_OFFSET, transfer->planes);
    return read_register(TD_DMA_BASE + TD_DMA_COMMIT_OFFSET);
}

void td_dma_wait(uint32_t id) {
    for (;;) {
        clear_event(TD_EVENT_DMA_MASK);
        if ((int32_t)(read_register(TD_DMA_BASE + TD_DMA_DONE_OFFSET) - id) >= 0) break;
        sleep_until(TD_EVENT_DMA_MASK);
    }
    if (read_register(TD_DMA_BASE + TD_DMA_ERROR_OFFSET) != 0) td_exit(TD_EXIT_DMA);
}

uint32_t td_hyper_start(const td_hyper_t *transfer) {
    write_register(TD_HYPERBUS_BASE + TD_HYPERBUS_L3_ADDR_OFFSET, transfer->l3_addr);
    write_register(TD_HYPERBUS_BASE + TD_HYPERBUS_L2_ADDR_OFFSET, transfer->l2_addr);
    write_register(TD_HYPERBUS_BASE + TD_HYPERBUS_LEN_OFFSET, transfer->len);
    write_register(TD_HYPERBUS_BASE + TD_HYPERBUS_DIR_OFFSET, transfer->dir);
    return read_register(TD_HYPERBUS_BASE + TD_HYPERBUS_COMMIT_OFFSET);
}

void td_hyper_wait(uint32_t id) {
    for (;;) {
        clear_event(TD_EVENT_HYPERBUS_MASK);
        if ((int32_t)(read_register(TD_HYPERBUS_BASE + TD_HYPERBUS_DONE_OFFSET) - id) >= 0) break;
        sleep_until(TD_EVENT_HYPERBUS_MASK);
    }
    if (read_register(TD_HYPERBUS_BASE + TD_HYPERBUS_ERROR_OFFSET) != 0) td_exit(TD_EXIT_HYPERBUS);
}

void td_redmule_start(const td_redmule_job_t *job) {
    for (;;) {
        clear_event(TD_EVENT_REDMULE_MASK);
        if ((read_register(TD_REDMULE_BASE + TD_REDMULE_ACQUIRE_OFFSET) & ACQUIRE_REFUSED) == 0) break;
        sleep_until(TD_EVENT_REDMULE_MASK);
    }
    write_register(TD_REDMULE_BASE + TD_REDMULE_X_PTR_OFFSET, (uint32_t)job->x);
    write_register(TD_REDMULE_BASE + TD_REDMULE_W_PTR_OFFSET, (uint32_t)job->w);
    write_register(TD_REDMULE_BASE + TD_REDMULE_Z_PTR_OFFSET, (uint32_t)job->z);
    write_register(TD_REDMULE_BASE + TD_REDMULE_MCFG0_OFFSET, TD_REDMULE_MCFG0_K_PUT(job->k) | TD_REDMULE_MCFG0_M_PUT(job->m));
    write_register(TD_REDMULE_BASE + TD_REDMULE_MCFG1_OFFSET, TD_REDMULE_MCFG1_N_PUT(job->n));
    uint32_t operation = job->y != 0 ? TD_REDMULE_OPERATION_GEMM : TD_REDMULE_OPERATION_MATMUL;
    write_register(TD_REDMULE_BASE + TD_REDMULE_ARITH_OFFSET,
                   TD_REDMULE_ARITH_FMT_PUT(TD_REDMULE_FORMAT_FP32) | TD_REDMULE_ARITH_OP_PUT(operation));
    // ACQUIRE has cleared the extension registers: 0 need not be written.
    if (job->y != 0) write_register(TD_REDMULE_BASE + TD_REDMULE_Y_PTR_OFFSET, (uint32_t)job->y);
    if (job->x_pitch != 0) write_register(TD_REDMULE_BASE + TD_REDMULE_X_PITCH_OFFSET, job->x_pitch);
    if (job->w_pitch != 0) write_register(TD_REDMULE_BASE + TD_REDMULE_W_PITCH_OFFSET, job->w_pitch);
    if (job->y_pitch != 0) write_register(TD_REDMULE_BASE + TD_REDMULE_Y_PITCH_OFFSET, job->y_pitch);
    if (job->z_pitch != 0) write_register(TD_REDMULE_BASE + TD_REDMULE_Z_PITCH_OFFSET, job->z_pitch);
    if (job->flags != 0) write_register(TD_REDMULE_BASE + TD_REDMULE_FLAGS_OFFSET, job->flags);
    write_register(TD_REDMULE_BASE + TD_REDMULE_TRIGGER_OFFSET, 0);
}

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
