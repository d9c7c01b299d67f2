// SPDX-License-Identifier: Apache-2.0
// Register accesses and the starts of the engines, for the runtime's own sources: a descriptor that is put together from two
// tables need not be written to memory first.
#ifndef TD_START_H
#define TD_START_H

#include "dma_regs.h"
#include "event_unit_regs.h"
#include "hyperbus_regs.h"
#include "redmule_regs.h"
#include "td_platform.h"
#include "td_runtime.h"

#define ACQUIRE_REFUSED 0x80000000u // set in each of ACQUIRE's answers but an identifier

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

static inline uint32_t start_dma(const td_dma_t *transfer) {
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

static inline uint32_t start_hyper(const td_hyper_t *transfer) {
    write_register(TD_HYPERBUS_BASE + TD_HYPERBUS_L3_ADDR_OFFSET, transfer->l3_addr);
    write_register(TD_HYPERBUS_BASE + TD_HYPERBUS_L2_ADDR_OFFSET, transfer->l2_addr);
    write_register(TD_HYPERBUS_BASE + TD_HYPERBUS_LEN_OFFSET, transfer->len);
    write_register(TD_HYPERBUS_BASE + TD_HYPERBUS_DIR_OFFSET, transfer->dir);
    return read_register(TD_HYPERBUS_BASE + TD_HYPERBUS_COMMIT_OFFSET);
}

static inline void start_redmule(const td_redmule_job_t *job) {
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

#endif
