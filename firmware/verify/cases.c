// SPDX-License-Identifier: Apache-2.0
// Calls of kernels (VERIFY_KERNELS, set by the build: CASE(0, td_add) CASE(1, ...)) that are data: cases come from L3 batch by
// batch, each a record and its operands. traindeploy/verify/program.py writes them, tb/env/kernel checks what each leaves.
//
// A batch is fetched to one half of L2's buffer while the cores work on the other. A case's window of L1 is filled with a
// guard, its operands are copied over it, then the kernel runs between two barriers and two words to the mailbox.
#include "td_runtime.h"
#include "td_xpulp.h" // td_share

// In L3 from address 0: the number of batches, then where each lies and how many cases it has.
typedef struct {
    uint32_t l3, bytes, cases;
} batch_t;

typedef struct {
    uint32_t from, to, bytes; // `from` is relative to the record
} copy_t;

// `cores` is 0 for a job of RedMule, NONE for an empty call, which is timed as all others are.
typedef struct {
    uint32_t number, kernel, cores, window, words, copies, arguments, next; // the last two in bytes from the record
    copy_t copy[VERIFY_COPIES];
} case_t;

#define NONE 0xffu

static case_t head[2]; // in L1: of this case and the next

static uint32_t fetch(uint32_t l3, uint32_t l2, uint32_t bytes) {
    td_hyper_t transfer = {l3, l2, bytes, TD_HYPER_L3_TO_L2};
    return td_hyper_start(&transfer);
}

static uint32_t copy(uint32_t from, uint32_t to, uint32_t bytes) {
    td_dma_t transfer = {.src = from, .dst = to, .len = bytes};
    return td_dma_start(&transfer);
}

static void fill(const case_t *this, uint32_t core) {
    td_range_t words = td_share(this->words, 4, core);
    volatile uint32_t *window = (volatile uint32_t *)this->window;
    for (uint32_t i = words.begin; i < words.end; i += 4) {
        window[i] = window[i + 1] = window[i + 2] = window[i + 3] = VERIFY_GUARD;
    }
}

#define CASE(number, name)                                                                                             \
    case number: name(arguments, share); break;

static void compute(uint32_t kernel, const void *arguments, uint32_t share) {
    switch (kernel) { VERIFY_KERNELS }
}

// A kernel divides its work into TD_NUM_CORES shares; on fewer cores each does several, one behind the other.
static void call(const case_t *this, uint32_t record, uint32_t core) {
    const void *arguments = (const void *)(record + this->arguments);
    if (this->cores == 0) {
        if (core == 0) {
            td_redmule_start(arguments);
            td_redmule_wait();
        }
    } else if (this->cores != NONE && core < this->cores) {
        for (uint32_t share = core; share < TD_NUM_CORES; share += this->cores) compute(this->kernel, arguments, share);
    }
}

static void run(const case_t *this, case_t *next, uint32_t record, uint32_t core) {
    fill(this, core);
    td_barrier();
    if (core == 0) {
        uint32_t id = 0;
        for (uint32_t i = 0; i < this->copies; i++) {
            id = copy(record + this->copy[i].from, this->copy[i].to, this->copy[i].bytes);
        }
        id = copy(record + this->next, (uint32_t)next, sizeof(case_t));
        td_dma_wait(id);
        td_report(VERIFY_BEGINS | this->number);
    }
    td_barrier();
    call(this, record, core);
    td_barrier();
    if (core == 0) td_report(this->number);
}

void td_main(uint32_t core) {
    const volatile uint32_t *directory = (const volatile uint32_t *)VERIFY_DIRECTORY;
    uint32_t id = 0;
    if (core == 0) {
        td_hyper_wait(fetch(0, VERIFY_DIRECTORY, VERIFY_DIRECTORY_BYTES));
        id = fetch(directory[1], VERIFY_BUFFER, directory[2]);
    }
    td_barrier();
    const uint32_t batches = directory[0];
    for (uint32_t b = 0; b < batches; b++) {
        const volatile uint32_t *batch = directory + 1 + 3 * b;
        uint32_t record = VERIFY_BUFFER + (b & 1u) * VERIFY_BUFFER_BYTES;
        if (core == 0) {
            td_hyper_wait(id);
            if (b + 1 < batches) id = fetch(batch[3], VERIFY_BUFFER + (~b & 1u) * VERIFY_BUFFER_BYTES, batch[4]);
            td_dma_wait(copy(record, (uint32_t)&head[0], sizeof(case_t)));
        }
        td_barrier();
        for (uint32_t i = 0; i < batch[2]; i++) {
            const case_t *this = &head[i & 1u];
            run(this, &head[~i & 1u], record, core);
            record += this->next;
        }
        td_barrier();
    }
}
