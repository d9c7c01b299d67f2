# SPDX-License-Identifier: Apache-2.0
"""Deliberate defects of the host's multiply-adder, which the comparison with the RTL must notice."""

from tb.blocks.description import Mutant

MUTANTS = {
    "rounded twice": Mutant(
        file="host_fma",
        text="std::fma(std::bit_cast<float>(x), std::bit_cast<float>(w), std::bit_cast<float>(y))",
        replacement="std::bit_cast<float>(x) * std::bit_cast<float>(w) + std::bit_cast<float>(y)",
        nightly=True,
    ),
    "the host's own NaN": Mutant(file="host_fma", text="0x7fc00000", replacement="0xffc00000", nightly=True),
    "the process's modes reach the results": Mutant(
        file="host_fma", text="if (!is_ieee(save()))", replacement="if (false)", nightly=True
    ),
}
