# SPDX-License-Identifier: Apache-2.0
"""Deliberate defects of the HyperBus controller, which its tests must notice."""

from tb.blocks.description import Mutant

MUTANTS = {
    "a clock of latency more": Mutant(
        file="td_hyperbus_phy",
        text="<< rwds_in_q) - 8'd3",
        replacement="<< rwds_in_q) - 8'd1",
    ),
    "the latency always counts twice": Mutant(
        file="td_hyperbus_phy",
        text="1'b0} << rwds_in_q)",
        replacement="1'b0} << 1)",
    ),
    "the byte before the first is written": Mutant(
        file="td_hyperbus_phy",
        text="tick    = 1'b1;\n          rwds_d  = 1'b1;",
        replacement="tick    = 1'b1;",
    ),
    "the byte after the last is written": Mutant(
        file="td_hyperbus_phy",
        text="rwds_d  = 1'b1;\n        state_d = Finish;",
        replacement="state_d = Finish;",
        nightly=True,
    ),
    "reads know no chip-select limit": Mutant(
        file="td_hyperbus_phy",
        text="else if (limit) state_d = Finish;",
        replacement="",
    ),
    "half a word outlasts the limit": Mutant(
        file="td_hyperbus_phy",
        text="limit && (!odd_q || !wvalid_i)",
        replacement="limit && !odd_q",
    ),
    "a write without a byte ends bare": Mutant(
        file="td_hyperbus_phy",
        text="state_d = odd_q || bare_q ? Pad : Finish",
        replacement="state_d = odd_q ? Pad : Finish",
    ),
    "a write that waits for L2 is an error": Mutant(
        file="td_hyperbus",
        text="bytes_q != '0 && !job_to_l3;",
        replacement="bytes_q != '0;",
    ),
    "a register write begins without its bytes": Mutant(
        file="td_hyperbus", text="job_to_l3 && job_register && !wvalid", replacement="1'b0"
    ),
    "a byte into the next row": Mutant(
        file="td_hyperbus_phy",
        text="(next_addr & row_mask)",
        replacement="(addr_i & row_mask)",
    ),
    "wrapped bursts": Mutant(file="td_hyperbus_phy", text="register_i, 1'b1,", replacement="register_i, 1'b0,"),
    "byte enables of the word before": Mutant(
        file="td_hyperbus_l2",
        text="word_end ? '0 : gather_be_d",
        replacement="gather_be_d",
    ),
    "a word too few from L2": Mutant(file="td_hyperbus_l2", text="+ 33'(addr_i[2:0]) ", replacement=""),
    "bytes read overrun the queue": Mutant(
        file="td_hyperbus_l2",
        text="stored_q >= 3'd3",
        replacement="stored_q >= 3'd5",
    ),
    "only bytes written are counted": Mutant(
        file="td_hyperbus",
        text=".moved_i       (moved)",
        replacement=".moved_i       (wready)",
    ),
    "done before L2 has answered": Mutant(file="td_hyperbus_l2", text="flight_q == '0 && empty;", replacement="empty;"),
}
