// SPDX-License-Identifier: Apache-2.0
// Walks a training step that is data. Core 0 follows its actions; the others only need to know which kernels to call, so they
// read one byte a call and one a barrier.
#include "td_walk.h"

#include "td_start.h"

#define VALUE ((1u << TD_ACTION_VALUE_BITS) - 1u)

volatile uint32_t td_slot;

// Where the calls of a core are.
typedef struct {
    const uint8_t *next;
    const uint8_t *arguments;
} calls_t;

static inline void call(const td_program_t *program, calls_t *calls, uint32_t kernel, uint32_t core) {
    const td_kernel_t *called = &program->kernels[kernel];
    const uint8_t *arguments = calls->arguments;
    calls->arguments = arguments + called->bytes;
    called->run(arguments, core);
}

static void follow(const td_program_t *program, uint32_t core) {
    calls_t calls = {program->calls, (const uint8_t *)program->arguments};
    for (uint32_t slots = program->slots; slots != 0;) {
        uint32_t kernel = *calls.next++;
        if (kernel != TD_CALLS_END) {
            call(program, &calls, kernel, core);
        } else {
            td_barrier();
            --slots;
        }
    }
}

static void lead(const td_program_t *program, uint32_t training_step) {
    calls_t calls = {program->calls, (const uint8_t *)program->arguments};
    const uint32_t *address = program->addresses;
    uint32_t last_dma = 0, last_hyper = 0, upper = 0;
    const uint16_t *action = program->actions;
    uint32_t slot = 1;
    td_slot = slot;
    while (slot <= program->slots) {
        uint32_t word = *action++;
        uint32_t number = upper | (word & VALUE);
        upper = 0;
        switch (word >> TD_ACTION_VALUE_BITS) {
        case TD_ACTION_DMA: {
            td_dma_t transfer = program->dma_shapes[number];
            transfer.src = address[0];
            transfer.dst = address[1];
            address += 2;
            last_dma = start_dma(&transfer);
            break;
        }
        case TD_ACTION_FIRST:
        case TD_ACTION_LAST:
        case TD_ACTION_HYPER:
        case TD_ACTION_SAMPLE: {
            td_hyper_t transfer = program->hyper_shapes[number];
            transfer.l3_addr = address[0];
            transfer.l2_addr = address[1];
            address += 2;
            uint32_t kind = word >> TD_ACTION_VALUE_BITS;
            if (kind == TD_ACTION_FIRST && training_step != 0) break;
            if (kind == TD_ACTION_LAST && training_step + 1 != program->training_steps) break;
            if (kind == TD_ACTION_SAMPLE) transfer.l3_addr += training_step * program->sample_stride;
            last_hyper = start_hyper(&transfer);
            break;
        }
        case TD_ACTION_JOB: {
            td_redmule_job_t job = program->job_shapes[number];
            job.x = (const float *)address[0];
            job.w = (const float *)address[1];
            job.y = (const float *)address[2];
            job.z = (float *)address[3];
            address += 4;
            start_redmule(&job);
            break;
        }
        case TD_ACTION_BEGINS: td_report(TD_OPERATOR_BEGINS | number); break;
        case TD_ACTION_CALLS:
            for (; number != 0; --number) call(program, &calls, *calls.next++, 0);
            break;
        case TD_ACTION_WAIT_DMA: td_dma_wait(last_dma - number); break;
        case TD_ACTION_WAIT_HYPER: td_hyper_wait(last_hyper - number); break;
        case TD_ACTION_WAIT_JOBS: td_redmule_wait_left(number); break;
        case TD_ACTION_REPORT: td_report(number); break;
        case TD_ACTION_BARRIER:
            ++calls.next;
            td_barrier();
            td_slot = ++slot;
            break;
        default: upper = number << TD_ACTION_VALUE_BITS; break;
        }
    }
}

void td_walk(const td_program_t *program, uint32_t core, uint32_t training_step) {
    if (core == 0) {
        lead(program, training_step);
    } else {
        follow(program, core);
    }
}
