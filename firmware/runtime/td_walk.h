// SPDX-License-Identifier: Apache-2.0
// A training step as data. What core 0 does is `actions` (td_actions.h), what all cores call is `calls`; both take what they
// need from the other tables in order of use.
#ifndef TD_WALK_H
#define TD_WALK_H

#include "td_actions.h"
#include "td_runtime.h"

typedef struct {
    void (*run)(const void *args, uint32_t core);
    uint32_t bytes; // of its arguments
} td_kernel_t;

typedef struct {
    uint32_t slots;
    uint32_t sample_stride;       // bytes in L3 from one training step's input and label to the next one's
    uint32_t training_steps;
    const uint16_t *actions;      // of core 0
    const uint8_t *calls;         // numbers in `kernels`, TD_CALLS_END behind each slot's
    const uint32_t *arguments;    // of the calls, one call's argument struct behind the other's
    const uint32_t *addresses;    // of transfers and jobs
    const td_dma_t *dma_shapes;   // without addresses, as those below
    const td_hyper_t *hyper_shapes;
    const td_redmule_job_t *job_shapes;
    const td_kernel_t *kernels;
} td_program_t;

extern volatile uint32_t td_slot; // 1 + number of the slot that core 0 is in: for who looks into a run

void td_walk(const td_program_t *program, uint32_t core, uint32_t training_step); // all eight cores

#endif
