# SPDX-License-Identifier: Apache-2.0
"""Deliberate defects of the instruction cache, which its tests must notice."""

from tb.blocks.description import Mutant

MUTANTS = {
    "L0's tag lacks a bit": Mutant(
        file="td_icache_l0",
        text="tag_q[index] == instr_addr_i[31:TagLow]",
        replacement="tag_q[index][31:TagLow+1] == instr_addr_i[31:TagLow+1]",
    ),
    "the shared tag lacks a bit": Mutant(
        file="td_icache_bank",
        text="tag_q[0][index] == line[31:TagLow]",
        replacement="tag_q[0][index][31:TagLow+1] == line[31:TagLow+1]",
    ),
    "L0 survives a flush": Mutant(file="td_icache_l0", text="if (flush_i) valid_q <= '0;", replacement=""),
    "one way survives a flush": Mutant(
        file="td_icache_bank",
        text="        valid_q[1] <= '0;\n      end\n",
        replacement="      end\n",
    ),
    "a line on its way survives a flush": Mutant(
        file="td_icache_l0",
        text="drop_q <= 1'b1;",
        replacement="drop_q <= 1'b0;",
    ),
    "refill from the line's start": Mutant(
        file="td_icache_bank",
        text="got_part = {fill_first_q, 1'b0} + fill_got_q",
        replacement="got_part = fill_got_q",
    ),
    "a part is used before it is there": Mutant(
        file="td_icache_bank",
        text="(!filling || fill_have_q[line[5:4]])",
        replacement="1'b1",
    ),
    "the way used last is replaced": Mutant(
        file="td_icache_bank",
        text="1'b1 : !recent_q[index]",
        replacement="1'b1 : recent_q[index]",
        nightly=True,
    ),
    "misses of two banks count once": Mutant(file="td_icache", text="$countones(bank_miss)", replacement="32'd1"),
    "misses of several L0 count once": Mutant(file="td_icache", text="$countones(l0_miss)", replacement="32'd1"),
    "a line keeps the error of the last": Mutant(
        file="td_icache_bank",
        text="err_q[victim][index]   <= 1'b0;",
        replacement="",
    ),
    "L0 is used though disabled": Mutant(
        file="td_icache_l0",
        text="if (hit && !enable_i) valid_q[index] <= 1'b0;",
        replacement="",
    ),
    "low cores go first": Mutant(file="td_icache_bank", text="first_q <= chosen + 1'b1", replacement="first_q <= '0"),
}
