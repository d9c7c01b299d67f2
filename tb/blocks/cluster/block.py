# SPDX-License-Identifier: Apache-2.0
"""What the cluster's own modules decide: its counters, and which fault of a cycle is announced."""

from tb.blocks.cluster.mutants import MUTANTS
from tb.blocks.description import Bench, Block, Mutation, bench, common, entry, rtl
from tb.plan import Seeds, Stage

RANDOM = Seeds(night=tuple(range(2, 12)), week=tuple(range(12, 22)))

BLOCK = Block(
    name="cluster",
    title="performance counters, and the choice among simultaneous faults",
    rtl=("cluster",),
    benches={
        "main": Bench(
            top="td_cluster_control_bench",
            sources=(
                *common(),
                *rtl("cluster", "td_cluster_control"),
                *bench("cluster", "td_cluster_control_bench.sv"),
            ),
        ),
        "faults": Bench(
            top="td_fault_bench",
            sources=(*rtl("cluster", "td_fault_select"), *bench("cluster", "td_fault_bench.sv")),
        ),
    },
    tests=(
        entry(
            "cluster",
            "every_counter_counts_its_own_cores_cycles_and_no_others",
            "Each counter counts the cycles of its own core and event, when all others stand still.",
            Stage.V2,
            module="counters",
        ),
        entry(
            "cluster",
            "counters_are_the_sums_of_a_random_load",
            "The counters are the sums of a random load that differs from core to core.",
            Stage.V2,
            module="counters",
            seeds=RANDOM,
        ),
        entry(
            "cluster",
            "clearing_leaves_no_counter_behind",
            "PERF_CLEAR clears every counter of every core and of RedMule.",
            Stage.V2,
            module="counters",
        ),
        entry(
            "cluster",
            "every_word_answers_as_the_register_map_says",
            "Every word of the cluster control's window is read, written or refused as its register map says.",
            Stage.V1,
            module="registers",
        ),
        entry(
            "cluster",
            "only_a_one_written_to_perf_clear_clears",
            "No read, no zero and no refused write clears the performance counters.",
            Stage.V2,
            module="registers",
        ),
        entry(
            "cluster",
            "of_simultaneous_faults_the_first_in_order_is_announced_with_its_origin",
            "Of several faults in one cycle the first in order is announced, with core, address and instruction.",
            Stage.V2,
            module="faults",
            bench="faults",
            seeds=RANDOM,
        ),
    ),
    mutation=Mutation(mutants=MUTANTS),
)
