# SPDX-License-Identifier: Apache-2.0
"""Deliberate defects of RedMule, which its tests must notice."""

from tb.blocks.description import Mutant

DATA = ("RandomJobsOneAtATime", "QueuedJobs")
CONTROL = ("test_control",)
CYCLES = ("test_cycles",)
OVERLAPS = ("test_overlaps",)
LARGE = ("the_largest_sizes_match_the_model",)

MUTANTS = {
    "padding adds +0": Mutant(file="td_redmule_array", text="{1'b1, {Width - 1{1'b0}}}", replacement="'0", tests=DATA),
    "a row without clock": Mutant(
        file="td_redmule_array",
        text="step_i & row_enable_i[l]",
        replacement="step_i & row_enable_i[l] & (l != 1)",
        tests=DATA,
    ),
    "leaving rows lose their clock": Mutant(
        file="td_redmule_sequencer",
        text="(draining ? drain_rows_q : '0)",
        replacement="'0",
        tests=DATA + CONTROL,
    ),
    "next job ignores dependences": Mutant(
        file="td_redmule_hazard",
        text="wraps || ({1'b0, z_i.base} < range_end[32:0] && {1'b0, base} < z_end_q)",
        replacement="wraps",
        tests=DATA,
        nightly=True,
    ),
    "W may read before it is complete": Mutant(
        file="td_redmule_operand_buffer",
        text="else if (write_tag_i.last)",
        replacement="else",
        tests=DATA,
    ),
    "one credit too many": Mutant(
        file="td_redmule_operand_buffer",
        text="held_q != 3'(Banks)",
        replacement="1'b1",
        tests=DATA,
    ),
    "request withdrawn": Mutant(
        file="td_redmule_streamer",
        text="end else if (slot_free) begin",
        replacement="end else begin",
        tests=DATA,
    ),
    "result bank overrun": Mutant(file="td_redmule_sequencer", text="|| z_free_i", replacement="|| 1'b1", tests=DATA),
    "soft clear forgets the port": Mutant(
        file="td_redmule_control",
        text="clearing_q && port_idle_i",
        replacement="clearing_q",
        tests=CONTROL,
    ),
    "soft clear keeps the sequencer": Mutant(
        file="td_redmule_sequencer",
        text="      run_q        <= 1'b0;",
        replacement="",
        tests=CONTROL,
    ),
    "event to core 0": Mutant(
        file="td_redmule_regs",
        text="evt_o[cores_q[run_context_q]] <= 1'b1",
        replacement="evt_o[0] <= 1'b1",
        tests=CONTROL,
    ),
    "last column stored beyond K": Mutant(
        file="td_redmule_streamer",
        text="BlockWidth'(w) < words_i[choice]",
        replacement="1'b1",
        tests=DATA,
    ),
    "X not kept": Mutant(file="td_redmule_sequencer", text="x_shared_q && !last_k", replacement="1'b0", tests=DATA),
    "stale extension registers": Mutant(
        file="td_redmule_regs",
        text="i < Registers; i++) open_regs_q[i] <= '0",
        replacement="i < Extension; i++) open_regs_q[i] <= '0",
        tests=CONTROL,
    ),
    "read ahead one step late": Mutant(
        file="td_redmule_control",
        text="running_q && !ahead_q &&",
        replacement="1'b0 &&",
        tests=CYCLES,
        configuration="compact",
    ),
    "Y left out of the dependences": Mutant(
        file="td_redmule_hazard",
        text="next_gemm_i ? RangeY : Independent",
        replacement="Independent",
        tests=DATA,
    ),
    "transposed X has the range of a plain one": Mutant(
        file="td_redmule_hazard",
        text="next_i.flags.x_transposed ? next_i.n : next_i.m;",
        replacement="next_i.m;",
        tests=OVERLAPS,
    ),
    "transposed W has the range of a plain one": Mutant(
        file="td_redmule_hazard",
        text="next_i.flags.w_transposed ? next_i.k : next_i.n;",
        replacement="next_i.n;",
        tests=OVERLAPS,
    ),
    "a range lacks its last row": Mutant(
        file="td_redmule_hazard",
        text="49'(rows - SizeWidth'(1))",
        replacement="49'(rows - SizeWidth'(2))",
        tests=OVERLAPS,
    ),
    "a range ends an element early": Mutant(
        file="td_redmule_hazard",
        text="49'(columns) *",
        replacement="49'(columns - SizeWidth'(1)) *",
        tests=OVERLAPS,
    ),
    "neighbours meet": Mutant(
        file="td_redmule_hazard",
        text="{1'b0, z_i.base} < range_end[32:0]",
        replacement="{1'b0, z_i.base} <= range_end[32:0]",
        tests=OVERLAPS,
    ),
    "a row of Y has the range of a matrix": Mutant(
        file="td_redmule_hazard",
        text="next_i.flags.y_broadcast ? SizeWidth'(1) : next_i.m",
        replacement="next_i.m",
        tests=OVERLAPS,
    ),
    "a range that goes down is taken as it is": Mutant(
        file="td_redmule_hazard",
        text="range_end > 49'h1_0000_0000",
        replacement="1'b0",
        tests=OVERLAPS,
    ),
    "a row of Y in place is not refused": Mutant(
        file="td_redmule_plan",
        text="(job_i.flags.y_broadcast || y_pitch != z_pitch)",
        replacement="(y_pitch != z_pitch)",
        tests=OVERLAPS,
    ),
    "Y in place with another pitch is not refused": Mutant(
        file="td_redmule_plan",
        text="(job_i.flags.y_broadcast || y_pitch != z_pitch)",
        replacement="job_i.flags.y_broadcast",
        tests=OVERLAPS,
    ),
    "a job is offered ahead before its TRIGGER": Mutant(
        file="td_redmule_regs",
        text="waiting_q == 2'b11 && started_q == 2'b11",
        replacement="waiting_q == 2'b11",
        tests=CONTROL,
    ),
    "pitch of Y ignored": Mutant(
        file="td_redmule_plan",
        text="pitch(job_i.y_pitch, job_i.k)",
        replacement="pitch('0, job_i.k)",
        tests=DATA,
    ),
    "row of Y not repeated": Mutant(
        file="td_redmule_plan",
        text="job_i.flags.y_broadcast ? '0 : y_pitch * Rows",
        replacement="y_pitch * Rows",
        tests=DATA,
    ),
    "one tile of M too many": Mutant(
        file="td_redmule_agu",
        text="m_left_q <= SizeWidth'(Rows)",
        replacement="m_left_q < SizeWidth'(Rows)",
        tests=DATA,
    ),
    "one chunk of N too many": Mutant(
        file="td_redmule_agu",
        text="n_left_q <= SizeWidth'(Columns)",
        replacement="n_left_q < SizeWidth'(Columns)",
        tests=DATA,
    ),
    "identifiers stand still": Mutant(
        file="td_redmule_regs",
        text="next_id_q + 8'd1",
        replacement="next_id_q",
        tests=CONTROL,
    ),
    "finished jobs do not saturate": Mutant(
        file="td_redmule_regs",
        text="done_i && finished_d != 2'd2",
        replacement="done_i",
        tests=CONTROL,
    ),
    "a commit alone starts": Mutant(
        file="td_redmule_regs",
        text="started_q[commit_context_q] <= 1'b0",
        replacement="started_q[commit_context_q] <= 1'b1",
        tests=CONTROL,
    ),
    "ERROR is not cleared": Mutant(
        file="td_redmule_regs",
        text="if (read && offset == TD_REDMULE_ERROR_OFFSET) error_q <= RedmuleRefusalNone;",
        replacement="",
        tests=CONTROL,
    ),
    "MATMUL adds Y": Mutant(
        file="td_redmule_sequencer",
        text="y_use_o  = gemm_q",
        replacement="y_use_o  = 1'b1",
        tests=DATA,
    ),
    "the next job is adopted a tile early": Mutant(
        file="td_redmule_sequencer",
        text="group_end && last_group && last_k && last_m)",
        replacement="group_end && last_group && last_k)",
        tests=DATA,
    ),
    "kept X does not come round": Mutant(
        file="td_redmule_operand_buffer",
        text="(keep_i && round_i) ? round_bank_q :",
        replacement="1'b0 ? round_bank_q :",
        tests=DATA,
    ),
    "one bank of results stored twice": Mutant(
        file="td_redmule_result_buffer",
        text="if (release_i) read_bank_q <= !read_bank_q;",
        replacement="",
        tests=DATA,
    ),
    "done before the last store": Mutant(
        file="td_redmule_control",
        text="storing_q && !store_busy_i",
        replacement="storing_q",
        tests=DATA,
    ),
    "soft clear keeps the read-ahead": Mutant(
        file="td_redmule_control",
        text="else if (flush_o) {running_q, storing_q, ahead_q, clearing_q}",
        replacement="else if (flush_o) {running_q, storing_q, clearing_q}",
        tests=CONTROL,
    ),
    "N of 15 bits": Mutant(
        file="td_redmule_agu",
        text="n_left_q     <= n_i;",
        replacement="n_left_q     <= SizeWidth'(n_i[14:0]);",
        tests=LARGE,
    ),
    "M of 15 bits": Mutant(
        file="td_redmule_agu",
        text="m_left_q     <= m_i;",
        replacement="m_left_q     <= SizeWidth'(m_i[14:0]);",
        tests=LARGE,
    ),
    "K of 15 bits": Mutant(
        file="td_redmule_agu",
        text="k_left_q     <= k_i;",
        replacement="k_left_q     <= SizeWidth'(k_i[14:0]);",
        tests=LARGE,
    ),
    "round towards zero": Mutant(
        file="td_redmule_fma",
        text="fpnew_pkg::RNE",
        replacement="fpnew_pkg::RTZ",
        tests=DATA,
    ),
}
