# SPDX-License-Identifier: Apache-2.0
"""SoC control."""

from tb.blocks.description import Bench, Block, bench, common, entry, rtl
from tb.plan import Stage

BLOCK = Block(
    name="soc_ctrl",
    title="mailbox to the bench, end of computation, fault recorder",
    rtl=("soc_ctrl",),
    benches={
        "main": Bench(
            top="td_soc_ctrl_bench",
            sources=(*common(), *rtl("soc_ctrl"), *bench("soc_ctrl", "td_soc_ctrl_bench.sv")),
        )
    },
    tests=(
        entry(
            "soc_ctrl",
            "mailbox_toggles_at_each_write_and_holds_its_data",
            "Each write to the mailbox toggles its valid line, and the data stay.",
            Stage.V1,
            seconds=60,
        ),
        entry(
            "soc_ctrl",
            "the_first_fault_is_kept_and_all_are_counted",
            "The recorder keeps the first fault with source, core and address, and counts all.",
            Stage.V2,
            seconds=60,
        ),
        entry(
            "soc_ctrl",
            "more_faults_than_any_narrow_counter_holds_are_counted",
            "The recorder counts 70,000 faults.",
            Stage.V2,
            seconds=60,
        ),
        entry(
            "soc_ctrl",
            "a_fault_in_the_cycle_in_which_the_record_is_cleared_is_not_lost",
            "A fault in the cycle in which software clears the record stays on record.",
            Stage.V2,
            seconds=60,
        ),
        entry(
            "soc_ctrl",
            "illegal_accesses_are_refused",
            "Accesses to registers that do not exist or may not be written are answered with an error.",
            Stage.V2,
            seconds=60,
        ),
    ),
)
