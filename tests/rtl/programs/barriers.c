// SPDX-License-Identifier: Apache-2.0
// Barriers of all cores and of subsets, software events, and the latency of a barrier.
#include "cluster.h"

#define ROUNDS 24
#define MAX_BARRIER_CYCLES 12  // from the last arrival to all awake

// Arrives at the barrier; the timer is read just before and just after.
static void timed_barrier(uint32_t *before, uint32_t *after) {
    uint32_t event;
    __asm__ volatile("lw %0, 0(%3)\n"
                     "cv.elw %2, 0(%4)\n"
                     "lw %1, 0(%3)\n"
                     : "=&r"(*before), "=&r"(*after), "=&r"(event)
                     : "r"(TD_TIMER_BASE + TD_TIMER_CYCLE_LO_OFFSET), "r"(BARRIER(0, TRIGGER_WAIT_CLEAR))
                     : "memory");
}

// All sleep at the barrier when the last core arrives. The time of the two reads themselves is included.
static void latency(uint32_t core) {
    for (uint32_t round = 0; round < ROUNDS; ++round) {
        uint32_t last = round & 7, reader = (round * 3 + 1) & 7, before = 0, after = 0;
        if (core == last) {
            wait_cycles(100);
            CHECK(TD_CLUSTER_CONTROL_STATUS_ASLEEP_GET(get(CONTROL(STATUS))) == (0xFFu & ~(1u << core)));
        }
        if (core == last || core == reader) timed_barrier(&before, &after);
        else td_barrier();
        if (core == last) put(SHARED(0), before);
        td_barrier();
        if (core == reader) {
            uint32_t cycles = after - get(SHARED(0));
            if (round >= 8) CHECK(cycles <= MAX_BARRIER_CYCLES);  // the first rounds miss in the instruction cache
            if (round == ROUNDS - 1) td_report(0x50000000u | cycles);
        }
        td_barrier();
    }
}

// Sixteen barriers one after the other, as fast as the cores can.
static void back_to_back(uint32_t core) {
    uint32_t before, after, event;
    for (uint32_t round = 0; round < 2; ++round) {  // the first round misses in the instruction cache
        td_barrier();
        __asm__ volatile("lw %0, 0(%3)\n"
                         ".rept 16\n"
                         "cv.elw %2, 0(%4)\n"
                         ".endr\n"
                         "lw %1, 0(%3)\n"
                         : "=&r"(before), "=&r"(after), "=&r"(event)
                         : "r"(TD_TIMER_BASE + TD_TIMER_CYCLE_LO_OFFSET), "r"(BARRIER(0, TRIGGER_WAIT_CLEAR))
                         : "memory");
    }
    if (core == 0) td_report(0x51000000u | (after - before));
    td_barrier();
}

// Even and odd cores meet at barriers of their own, at different rates, and never wake each other.
static void subsets(uint32_t core) {
    uint32_t odd = core & 1, rounds = odd ? 10 : 25;
    if (core == 0) {
        put(BARRIER(1, MASK), 0x55);
        put(BARRIER(2, MASK), 0xAA);
    }
    put(SHARED(16 + core), 0);
    td_barrier();
    for (uint32_t round = 1; round <= rounds; ++round) {
        if (odd) wait_cycles(20 + 7 * core);
        put(SHARED(16 + core), round);
        event_load(odd ? BARRIER(2, TRIGGER_WAIT_CLEAR) : BARRIER(1, TRIGGER_WAIT_CLEAR));
        for (uint32_t other = odd; other < 8; other += 2) {
            uint32_t theirs = get(SHARED(16 + other));
            CHECK(theirs == round || theirs == round + 1);
        }
        event_load(odd ? BARRIER(2, TRIGGER_WAIT_CLEAR) : BARRIER(1, TRIGGER_WAIT_CLEAR));
    }
    td_barrier();
}

// A token goes round by software events; each core sleeps until it comes.
static void token(uint32_t core) {
    put(EVENT_UNIT(EVT_BUFFER_CLR), 0xFF);
    put(EVENT_UNIT(EVT_MASK), 1u << 5);
    if (core == 0) put(SHARED(2), 0);
    td_barrier();
    for (uint32_t round = 0; round < 5; ++round) {
        if (core != 0 || round != 0) {
            CHECK(event_load(EVENT_UNIT(EVT_WAIT_CLEAR)) == 1u << 5);
            CHECK(get(SHARED(2)) == 8 * round + core);
        }
        put(SHARED(2), 8 * round + core + 1);
        if (core != 7 || round != 4) put(SW_EVENT(5), 1u << ((core + 1) & 7));
    }
    td_barrier();
    CHECK(get(SHARED(2)) == 40);
    CHECK(get(EVENT_UNIT(EVT_BUFFER)) == 0);  // nothing left over
    put(EVENT_UNIT(EVT_MASK), 0);
    td_barrier();
}

// An event that is already there ends the wait at once; a plain load waits too; a mask of none hides the event.
static void pending(uint32_t core) {
    put(EVENT_UNIT(EVT_MASK), 0);
    put(SW_EVENT(2), 1u << core);
    wait_cycles(10);
    CHECK(get(EVENT_UNIT(EVT_BUFFER)) == 1u << 2);
    CHECK(get(EVENT_UNIT(EVT_BUFFER_MASKED)) == 0);
    put(EVENT_UNIT(EVT_MASK_SET), 1u << 2);
    CHECK(get(EVENT_UNIT(EVT_WAIT)) == 1u << 2);
    CHECK(event_load(EVENT_UNIT(EVT_WAIT_CLEAR)) == 1u << 2);
    CHECK(get(EVENT_UNIT(EVT_BUFFER)) == 0);
    put(EVENT_UNIT(EVT_MASK_CLR), 1u << 2);
    CHECK(get(EVENT_UNIT(EVT_MASK)) == 0);
    td_barrier();
}

void td_main(uint32_t core) {
    latency(core);
    back_to_back(core);
    subsets(core);
    token(core);
    pending(core);
}
