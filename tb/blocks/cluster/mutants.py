# SPDX-License-Identifier: Apache-2.0
"""Deliberate defects of the cluster's counters, which their tests must notice."""

from tb.blocks.description import Mutant

MUTANTS = {
    "conflicts of core 0 for all": Mutant(
        file="td_cluster_control", text="if (tcdm_conflict_i[c])", replacement="if (tcdm_conflict_i[0])"
    ),
    "fetch stalls in the order of the cores reversed": Mutant(
        file="td_cluster_control", text="if (fetch_stall_i[c])", replacement="if (fetch_stall_i[NumCores-1-c])"
    ),
    "the last core's contention is not counted": Mutant(
        file="td_cluster_control",
        text="if (fpu_contention_i[c])",
        replacement="if (fpu_contention_i[c] && c != NumCores - 1)",
    ),
    "stalls of sleeping cores count": Mutant(
        file="td_cluster_control",
        text="if (clk_en_i[c]) begin",
        replacement="if (clk_en_i[c] || load_stall_i[c]) begin",
    ),
    "a counter of 15 bits": Mutant(
        file="td_cluster_control",
        text="counters_q[c][Active] + 32'd1",
        replacement="32'(15'(counters_q[c][Active] + 32'd1))",
        nightly=True,
    ),
    "RedMule's stalls count as conflicts": Mutant(
        file="td_cluster_control", text="if (redmule_wait_i)", replacement="if (redmule_stall_i)"
    ),
    "clear forgets RedMule": Mutant(
        file="td_cluster_control",
        text="""    end else if (clear) begin
      counters_q <= '{default: '{default: '0}};
      redmule_q  <= '{default: '0};""",
        replacement="""    end else if (clear) begin
      counters_q <= '{default: '{default: '0}};""",
    ),
    "a read writes": Mutant(
        file="td_cluster_control",
        text="assign write             = periph_req_i && periph_a_i.we;",
        replacement="assign write             = periph_req_i;",
    ),
    "a write of zero clears": Mutant(
        file="td_cluster_control", text="clear = periph_a_i.we && perf_clear.clear", replacement="clear = periph_a_i.we"
    ),
    "no access is refused": Mutant(
        file="td_cluster_control", text="periph_r_o.err   <= err_d;", replacement="periph_r_o.err   <= 1'b0;"
    ),
}
