// SPDX-License-Identifier: Apache-2.0
// HyperBus with the device's latency as after reset (fixed, always twice) or, with VARIABLE, set to variable: the same
// jobs both ways. Reported: 0x6 | cycles of all jobs, 0x7 | a sum over the bytes that came back.
#include "cluster.h"
#include "hyperbus_regs.h"

#define CR0 0x1000u  // byte address of configuration register 0
#define BUFFER (TD_L2_BASE + TD_L2_SIZE - 0x10000u)
#define BYTES 0x4000u

static void job(uint32_t l3, uint32_t l2, uint32_t len, uint32_t dir) {
    td_hyper_t transfer = {l3, l2, len, dir};
    td_hyper_wait(td_hyper_start(&transfer));
}

void td_main(uint32_t core) {
    if (core == 0) {
        uint32_t cr0 = 0x8F2F;  // of the reset, read back below
#ifdef VARIABLE
        cr0 &= ~8u;
        put(BUFFER, (cr0 & 0xFF) << 8 | cr0 >> 8);  // the high byte goes first
        job(CR0, BUFFER, 2, TD_HYPER_L2_TO_L3 | TD_HYPERBUS_DIR_REGISTER_SPACE_MASK);
#endif
        put(BUFFER, 0);
        job(CR0, BUFFER, 2, TD_HYPER_L3_TO_L2 | TD_HYPERBUS_DIR_REGISTER_SPACE_MASK);
        CHECK(get(BUFFER) == ((cr0 & 0xFF) << 8 | cr0 >> 8));

        for (uint32_t i = 0; i < BYTES; i += 4) put(BUFFER + i, i * 2654435761u + 12345u);
        uint32_t start = now();
        // Odd addresses and lengths, short ones and some across rows; there and back to another place.
        for (uint32_t at = 0, n = 0; at + 1000 < BYTES; ++n) {
            uint32_t len = n % 7 == 6 ? 1000 : 1 + n * 37 % 200;
            job(0x10000 + at + (n & 1), BUFFER + at, len, TD_HYPER_L2_TO_L3);
            job(0x10000 + at + (n & 1), BUFFER + BYTES + at, len, TD_HYPER_L3_TO_L2);
            at += len + 2;
        }
        uint32_t cycles = now() - start, sum = 0;
        for (uint32_t at = 0, n = 0; at + 1000 < BYTES; ++n) {
            uint32_t len = n % 7 == 6 ? 1000 : 1 + n * 37 % 200;
            for (uint32_t i = at; i < at + len; ++i) {
                uint32_t byte = *(volatile uint8_t *)(BUFFER + BYTES + i);
                CHECK(byte == *(volatile uint8_t *)(BUFFER + i));
                sum = sum * 31 + byte;
            }
            at += len + 2;
        }
        td_report(0x60000000u | (cycles & 0x0FFFFFFF));
        td_report(0x70000000u | (sum & 0x0FFFFFFF));
    }
    td_barrier();
}
