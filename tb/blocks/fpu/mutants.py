# SPDX-License-Identifier: Apache-2.0
"""Deliberate defects of the shared FPU, which its tests must notice."""

from tb.blocks.description import Mutant

MUTANTS = {
    "a result goes to the other core": Mutant(
        file="td_fpu",
        text="(pipe_done && pipe_response.tag == tag_t'(p)) || (div_done",
        replacement="(pipe_done && pipe_response.tag != tag_t'(p)) || (div_done",
    ),
    "a quotient goes to both cores": Mutant(
        file="td_fpu",
        text="(div_done && div_response.tag == tag_t'(p));\n      result_o",
        replacement="div_done;\n      result_o",
    ),
    "the loser is granted too": Mutant(
        file="td_fpu",
        text="(pipe_ready ? pipe_pick : '0)",
        replacement="(req_i & ~is_div)",
        nightly=True,
    ),
    "core 0's operands are divided": Mutant(
        file="td_fpu",
        text="if (div_pick[p]) div_request = '{operands: operands_i[p]",
        replacement="if (div_pick[p]) div_request = '{operands: operands_i[0]",
    ),
    "the lowest core always wins": Mutant(file="td_rr_pick", text="req_i & after_q", replacement="'0"),
    "the clock stops a cycle early": Mutant(
        file="td_fpu",
        text="(pipe_valid || in_pipe_q != '0)",
        replacement="(pipe_valid)",
    ),
    "a result one cycle late": Mutant(
        file="td_fpnew",
        text="NUM_FP_FORMATS{Stages}",
        replacement="NUM_FP_FORMATS{Stages + 32'd1}",
    ),
    "always to the nearest even": Mutant(file="td_fpnew", text="roundmode_e'(rnd_mode)", replacement="fpnew_pkg::RNE"),
    "a quotient's flags are the pipeline's": Mutant(
        file="td_fpu",
        text="? div_response.status : pipe_response.status",
        replacement="? pipe_response.status : pipe_response.status",
    ),
}
