# SPDX-License-Identifier: Apache-2.0
"""Break td_redmule in one place after the other and see the bench fail: ``python -m tb.mutate.redmule_mutants [name]``.

Assertions are off: the data, the events or the cycles must show it. Not part of ``make test`` (each mutant is a build);
exits 1 if a mutant survives.
"""

import sys
import tempfile
from pathlib import Path

from tb.build.simulator import SimulationError, build_block
from tb.build.sources import CORE_INCLUDES
from tb.mutate.mutation import Mutant, mutated, run
from tests.rtl.test_redmule import CASES, SHAPES, SOURCES, environment

DATA, CONTROL, CYCLES = ("jobs",), ("control",), ("cycles",)
LARGE = ("large",)
SMALL = (2, 3, 1)  # builds in half the time
MUTANTS = {
    "padding adds +0": Mutant("td_redmule_array", "{1'b1, {Width - 1{1'b0}}}", "'0", DATA),
    "a row without clock": Mutant(
        "td_redmule_array", "step_i & row_enable_i[l]", "step_i & row_enable_i[l] & (l != 1)", DATA
    ),
    "leaving rows lose their clock": Mutant(
        "td_redmule_sequencer", "(draining ? drain_rows_q : '0)", "'0", DATA + CONTROL
    ),
    "next job ignores dependences": Mutant(
        "td_redmule_hazard",
        "wraps || ({1'b0, z_i.base} < range_end[32:0] && {1'b0, base} < z_end_q)",
        "wraps",
        DATA,
    ),
    "W may read before it is complete": Mutant("td_redmule_operand_buffer", "else if (write_tag_i.last)", "else", DATA),
    "one credit too many": Mutant("td_redmule_operand_buffer", "held_q != 3'(Banks)", "1'b1", DATA),
    "request withdrawn": Mutant("td_redmule_streamer", "end else if (slot_free) begin", "end else begin", DATA),
    "result bank overrun": Mutant("td_redmule_sequencer", "|| z_free_i", "|| 1'b1", DATA),
    "soft clear forgets the port": Mutant("td_redmule_control", "clearing_q && port_idle_i", "clearing_q", CONTROL),
    "soft clear keeps the sequencer": Mutant("td_redmule_sequencer", "      run_q        <= 1'b0;", "", CONTROL),
    "event to core 0": Mutant("td_redmule_regs", "evt_o[cores_q[run_context_q]] <= 1'b1", "evt_o[0] <= 1'b1", CONTROL),
    "last column stored beyond K": Mutant("td_redmule_streamer", "BlockWidth'(w) < words_i[choice]", "1'b1", DATA),
    "X not kept": Mutant("td_redmule_sequencer", "x_shared_q && !last_k", "1'b0", DATA),
    "stale extension registers": Mutant(
        "td_redmule_regs",
        "i < Registers; i++) open_regs_q[i] <= '0",
        "i < Extension; i++) open_regs_q[i] <= '0",
        CONTROL,
    ),
    "read ahead one step late": Mutant("td_redmule_control", "running_q && !ahead_q &&", "1'b0 &&", CYCLES),
    "Y left out of the dependences": Mutant(
        "td_redmule_hazard", "next_gemm_i ? RangeY : Independent", "Independent", DATA
    ),
    "pitch of Y ignored": Mutant("td_redmule_plan", "pitch(job_i.y_pitch, job_i.k)", "pitch('0, job_i.k)", DATA),
    "row of Y not repeated": Mutant(
        "td_redmule_plan", "job_i.y_broadcast ? '0 : y_pitch * Rows", "y_pitch * Rows", DATA
    ),
    "one tile of M too many": Mutant(
        "td_redmule_agu", "m_left_q <= SizeWidth'(Rows)", "m_left_q < SizeWidth'(Rows)", DATA
    ),
    "one chunk of N too many": Mutant(
        "td_redmule_agu", "n_left_q <= SizeWidth'(Columns)", "n_left_q < SizeWidth'(Columns)", DATA
    ),
    "identifiers stand still": Mutant("td_redmule_regs", "next_id_q + 8'd1", "next_id_q", CONTROL),
    "finished jobs do not saturate": Mutant("td_redmule_regs", "done_i && finished_d != 2'd2", "done_i", CONTROL),
    "a commit alone starts": Mutant(
        "td_redmule_regs", "started_q[commit_context_q] <= 1'b0", "started_q[commit_context_q] <= 1'b1", CONTROL
    ),
    "ERROR is not cleared": Mutant(
        "td_redmule_regs", "if (read && offset == TD_REDMULE_ERROR_OFFSET) error_q <= ErrNone;", "", CONTROL
    ),
    "MATMUL adds Y": Mutant("td_redmule_sequencer", "y_use_o  = gemm_q", "y_use_o  = 1'b1", DATA),
    "the next job is adopted a tile early": Mutant(
        "td_redmule_sequencer",
        "group_end && last_group && last_k && last_m)",
        "group_end && last_group && last_k)",
        DATA,
    ),
    "kept X does not come round": Mutant(
        "td_redmule_operand_buffer", "(keep_i && round_i) ? round_bank_q :", "1'b0 ? round_bank_q :", DATA
    ),
    "one bank of results stored twice": Mutant(
        "td_redmule_result_buffer", "if (release_i) read_bank_q <= !read_bank_q;", "", DATA
    ),
    "done before the last store": Mutant("td_redmule_control", "storing_q && !store_busy_i", "storing_q", DATA),
    "soft clear keeps the read-ahead": Mutant(
        "td_redmule_control",
        "else if (flush_o) {running_q, storing_q, ahead_q, clearing_q}",
        "else if (flush_o) {running_q, storing_q, clearing_q}",
        CONTROL,
    ),
    "N of 15 bits": Mutant("td_redmule_agu", "n_left_q     <= n_i;", "n_left_q     <= SizeWidth'(n_i[14:0]);", LARGE),
    "M of 15 bits": Mutant("td_redmule_agu", "m_left_q     <= m_i;", "m_left_q     <= SizeWidth'(m_i[14:0]);", LARGE),
    "K of 15 bits": Mutant("td_redmule_agu", "k_left_q     <= k_i;", "k_left_q     <= SizeWidth'(k_i[14:0]);", LARGE),
    "round towards zero": Mutant("td_redmule_fma", "fpnew_pkg::RNE", "fpnew_pkg::RTZ", DATA),
}


def notices(mutant: Mutant) -> str:
    """The test that fails on the mutant, or ''."""
    shape = SHAPES["compact"] if mutant.tests == CYCLES else SMALL
    height, rows, pipe = shape
    with mutated(mutant, SOURCES) as sources, tempfile.TemporaryDirectory() as scratch:
        build = build_block(
            "redmule-mutant",
            "td_redmule_tb",
            sources,
            parameters={"Height": height, "Rows": rows, "PipeRegs": pipe, "Format": 4},
            includes=CORE_INCLUDES,
            public={"td_redmule_tb": ["clk_i", "rst_ni", "go_i", "done_o"]},
            optimize="-O0",
            assertions=False,
        )
        for module, case in [*CASES, ("large", "the_largest_sizes_match_the_model")]:
            if module not in mutant.tests or case == "EveryBin":
                continue
            env = environment(shape, REDMULE_JOBS=100, REDMULE_CLEARS=40)
            try:
                module = f"tb.blocks.redmule.test_{module}"
                build.test(module, Path(scratch) / case, testcase=case, env=env, timeout=120)
            except SimulationError:
                return case
    return ""


if __name__ == "__main__":
    sys.exit(bool(run(MUTANTS, notices, sys.argv[1:])))
