# SPDX-License-Identifier: Apache-2.0
"""The HyperRAM, a model of the bench."""

from tb.blocks.description import Bench, Block, entry, models
from tb.plan import Stage

BLOCK = Block(
    name="hyperram",
    title="the device behind HyperBus, which checks the protocol on its pins (a model of the bench)",
    rtl=(),
    benches={"main": Bench(top="td_hyperram", sources=models("td_hyperram.sv"))},
    tests=(
        entry(
            "hyperram",
            "each_rule_is_checked_and_right_transactions_break_none",
            "Each protocol rule of the device model is reported by name when it is broken on the pins, and it alone.",
            Stage.V3,
            plusargs=("+td_hyperram_count_only",),
            seconds=60,
        ),
    ),
)
