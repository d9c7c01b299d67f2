# SPDX-License-Identifier: Apache-2.0
"""The L2 memory."""

from tb.blocks.description import Bench, Block, Mutation, bench, common, entry, rtl
from tb.blocks.l2.mutants import MUTANTS
from tb.plan import Seeds, Stage

BLOCK = Block(
    name="l2",
    title="banked memory with a port each for DMA, instruction cache, HyperBus and cores",
    rtl=("l2",),
    benches={
        "main": Bench(
            top="td_l2_bench",
            sources=(
                *common("td_fifo", "cv32e40p_clock_gate"),
                *rtl("l2"),
                *bench("l2", "td_l2_agent.sv", "td_l2_coverage.sv", "td_l2_bench.sv"),
            ),
        )
    },
    tests=(
        entry(
            "l2",
            "random_traffic_of_all_ports_reads_what_it_wrote",
            "Random traffic of all ports reads what was written, and hits every stated bin.",
            Stage.V2,
            seeds=Seeds(night=tuple(range(2, 22)), week=tuple(range(22, 42))),
            table="l2 coverage",
        ),
        entry(
            "l2",
            "a_lone_port_streams_at_full_rate_with_the_documented_latency",
            "A port alone is granted every cycle and answered after the documented latency.",
            Stage.V3,
        ),
        entry(
            "l2",
            "ports_that_saturate_share_fairly",
            "Ports that all want one bank, or stream, get the same share.",
            Stage.V3,
            table="l2 shares",
        ),
    ),
    coverage={
        "random_traffic_of_all_ports_reads_what_it_wrote": (
            *("place", "strobes", "sequence", "next", "queue", "held", "served", "pair", "robin", "waited"),
            *("banks", "answers", "beside"),
        )
    },
    mutation=Mutation(mutants=MUTANTS),
)
