# SPDX-License-Identifier: Apache-2.0
"""Deliberate defects of the TCDM, which its tests must notice."""

from tb.blocks.description import Mutant

MUTANTS = {
    "the lowest port always wins": Mutant(file="td_tcdm", text="wanted[b] & after_q[b]", replacement="'0"),
    "one bank forgets whose turn it is": Mutant(
        file="td_tcdm", text="if (narrow_won[b]) after_q[b]", replacement="if (narrow_won[b] && b != 11) after_q[b]"
    ),
    "the wide port wins every conflict at the last bank": Mutant(
        file="td_tcdm",
        text="!(conflict && favour_narrow_q)",
        replacement="!(conflict && favour_narrow_q && !(narrow_banks[NumBanks-1] && $onehot(narrow_banks)))",
    ),
    "the sides' bounds are swapped": Mutant(
        file="td_tcdm",
        text="favour_narrow_q ? narrow_max_i : wide_max_i",
        replacement="favour_narrow_q ? wide_max_i : narrow_max_i",
    ),
    "one conflict more than the bound": Mutant(
        file="td_tcdm",
        text="9'(wins_q) + 9'd1 >=",
        replacement="9'(wins_q) >=",
    ),
    "one conflict fewer than the bound": Mutant(
        file="td_tcdm",
        text="9'(wins_q) + 9'd1 >=",
        replacement="9'(wins_q) + 9'd2 >=",
    ),
    "turns go down": Mutant(
        file="td_tcdm",
        text="~(winner[b] | (winner[b] - ports_t'(1)))",
        replacement="winner[b] - ports_t'(1)",
    ),
    "a beat and a narrow port in one bank": Mutant(
        file="td_tcdm",
        text="narrow_banks & ~(wide_gnt_o ? wide_banks : '0)",
        replacement="narrow_banks",
    ),
    "the first bank is in the old row": Mutant(
        file="td_tcdm",
        text="+ i >= NumBanks)",
        replacement="+ i > NumBanks)",
        nightly=True,
    ),
    "rotated by the beat that follows": Mutant(
        file="td_tcdm",
        text="bank_rdata[bank_t'(32'(wide_first_q) + i)]",
        replacement="bank_rdata[bank_t'(32'(wide_first) + i)]",
    ),
    "data of the next request's bank": Mutant(
        file="td_tcdm",
        text="bank_rdata[port_bank_q[p]]",
        replacement="bank_rdata[port_bank[p]]",
    ),
    "a word without byte enable takes its bank": Mutant(
        file="td_tcdm",
        text="if (wide_be_i[4*i+:4] != '0) wide_banks",
        replacement="wide_banks",
    ),
    "wide writes whole words": Mutant(file="td_tcdm", text="= wide_be_i[4*i+:4];", replacement="= 4'hF;"),
}
