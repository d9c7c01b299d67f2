// SPDX-License-Identifier: Apache-2.0
// What generated code calls. All eight cores run `td_main(core)`; a core that returns from it waits in the final barrier,
// and core 0 then ends the computation with code 0. DMA, HyperBus and RedMule are driven by core 0 only.
#ifndef TD_RUNTIME_H
#define TD_RUNTIME_H

#include <stdint.h>

#include "hyperbus_regs.h"
#include "td_kernels.h"
#include "td_platform.h"

typedef td_gemm_args_t td_redmule_job_t;

// Addresses and lengths in bytes. `rows` rows of `len` bytes per plane, `planes` planes; 0 rows or planes mean 1.
typedef struct {
    uint32_t src, dst, len;
    uint32_t src_stride, dst_stride, rows;
    uint32_t src_stride2, dst_stride2, planes;
} td_dma_t;

#define TD_HYPER_L3_TO_L2 0u
#define TD_HYPER_L2_TO_L3 TD_HYPERBUS_DIR_TO_L3_MASK

typedef struct {
    uint32_t l3_addr, l2_addr, len, dir;
} td_hyper_t;

uint32_t td_core_id(void);
void td_barrier(void); // all eight cores; sleeps

uint32_t td_dma_start(const td_dma_t *transfer);
void td_dma_wait(uint32_t id); // until transfer `id` and all before it are complete
uint32_t td_hyper_start(const td_hyper_t *transfer);
void td_hyper_wait(uint32_t id);
void td_redmule_start(const td_redmule_job_t *job); // queues; waits while both contexts are taken
void td_redmule_wait(void);                         // until every queued job is done
void td_redmule_wait_left(uint32_t jobs);           // until at most `jobs` of the queued jobs are not done

void td_report(uint32_t word); // mailbox
void td_exit(uint32_t code) __attribute__((noreturn)); // end of computation: TD_EXIT_..., or a small number

typedef struct {
    uint32_t mcause, mepc, mtval;
} td_trap_record_t;
extern volatile td_trap_record_t td_trap_record[TD_NUM_CORES];

void td_main(uint32_t core); // the program, provided by generated code

#endif
