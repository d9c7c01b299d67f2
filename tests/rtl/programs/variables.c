// SPDX-License-Identifier: Apache-2.0
// Variables begin as C says although memories power up with anything: zero without an initial value, else with it.
#include "cluster.h"

static volatile uint32_t zero[37], set[5] = {1, 0x80000000u, 0, 0xFFFFFFFFu, 5};
static volatile uint8_t odd[3] = {7, 8, 9}, bytes[13];
static const uint32_t constants[3] = {11, 22, 33};

void td_main(uint32_t core) {
    for (uint32_t i = 0; i < 37; ++i) CHECK(zero[i] == 0);
    for (uint32_t i = 0; i < 13; ++i) CHECK(bytes[i] == 0);
    CHECK(set[0] == 1 && set[1] == 0x80000000u && set[2] == 0 && set[3] == 0xFFFFFFFFu && set[4] == 5);
    CHECK(odd[0] == 7 && odd[1] == 8 && odd[2] == 9);
    CHECK(*(volatile const uint32_t *)&constants[core % 3] == 11 * (core % 3 + 1));
    // The rest of the memory is not: a program that forgets to write something must not find zeros.
    uint32_t zeros = 0;
    for (uint32_t i = 0; i < 64; ++i) zeros += get(TD_TCDM_BASE + 0x8000 + 4 * i) == 0;
    CHECK(zeros < 2);
    td_barrier();
}
