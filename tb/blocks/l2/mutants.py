# SPDX-License-Identifier: Apache-2.0
"""Deliberate defects of the L2, which its tests must notice."""

from tb.blocks.description import Mutant

MUTANTS = {
    "the lowest port always wins": Mutant(
        file="td_l2",
        text="want & ~(last_q | (last_q - 1'b1))",
        replacement="'0",
        nightly=True,
    ),
    "half of the answer that follows": Mutant(
        file="td_l2",
        text="respond_q[Core].high ?",
        replacement="access_q[Core].high ?",
    ),
    "data of the next request's bank": Mutant(
        file="td_l2",
        text="bank_rdata[access_q[p].bank]",
        replacement="bank_rdata[port_head[p].word[BankWidth-1:0]]",
    ),
    "an unmapped address is accessed": Mutant(file="td_l2", text="!port_head[p].err && ", replacement=""),
    "nothing above is unmapped": Mutant(
        file="td_l2",
        text="!td_in_region(addr, Base, Bytes)",
        replacement="addr < Base",
    ),
    "a core writes both halves": Mutant(
        file="td_l2",
        text="core_addr_i[2] ? {core_be_i, 4'h0} : {4'h0, core_be_i}",
        replacement="{core_be_i, core_be_i}",
    ),
    "a queue is never full": Mutant(file="td_fifo", text="wptr_q == (rptr_q ^ CountWidth'(Depth))", replacement="1'b0"),
}
