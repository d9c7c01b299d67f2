# SPDX-License-Identifier: Apache-2.0
"""The instruction cache."""

from tb.blocks.description import Bench, Block, Mutation, bench, common, entry, models, rtl
from tb.blocks.icache.mutants import MUTANTS
from tb.plan import Seeds, Stage

RANDOM = Seeds(night=tuple(range(2, 22)), week=tuple(range(22, 42)))

BLOCK = Block(
    name="icache",
    title="a small cache a core (L0) and a shared one behind it, refilled from L2",
    rtl=("icache",),
    benches={
        "main": Bench(
            top="td_icache_bench",
            sources=(
                *common("td_fifo", "cv32e40p_clock_gate"),
                *rtl("icache"),
                *models("td_stall_memory.sv"),
                *bench("icache", "td_icache_bench.sv"),
            ),
        )
    },
    tests=(
        entry(
            "icache",
            "every_word_answers_as_the_register_map_says",
            "Every word of its registers' window is read, written or refused as the register map says.",
            Stage.V1,
        ),
        entry(
            "icache",
            "every_fetch_returns_the_word_in_memory",
            "Every fetch returns the word that is in L2, under stalls, with the caches on and off.",
            Stage.V1,
            seeds=RANDOM,
        ),
        entry(
            "icache",
            "random_fetches_and_flushes_close_the_coverage",
            "Random fetches, flushes and errors hit every stated bin, and every instruction is right.",
            Stage.V2,
            seeds=RANDOM,
        ),
        entry(
            "icache",
            "counters_equal_what_is_seen_from_outside",
            "Each counter equals what the bench counts at the ports.",
            Stage.V2,
        ),
        entry(
            "icache",
            "the_way_used_least_recently_is_replaced",
            "A miss replaces the way that was used least recently.",
            Stage.V2,
        ),
        entry(
            "icache",
            "a_disabled_cache_uses_no_line_twice",
            "With the caches off every line is fetched again.",
            Stage.V2,
        ),
        entry(
            "icache",
            "cores_wait_alike_for_the_shared_cache",
            "Cores that all miss wait alike.",
            Stage.V3,
        ),
        entry(
            "icache",
            "flush_makes_new_code_visible",
            "After a flush the cores execute what was written to L2.",
            Stage.V1,
        ),
        entry(
            "icache",
            "flush_amid_fetches_leaves_nothing_old",
            "A flush in any cycle of fetches under way leaves no old word.",
            Stage.V2,
            seeds=RANDOM,
        ),
        entry(
            "icache",
            "loops_that_fit_run_without_a_bubble",
            "Loops that fit into L0 run at a word a cycle, others at the documented rates.",
            Stage.V3,
            table="fetch rates",
        ),
        entry(
            "icache",
            "absent_code_reads_as_an_illegal_instruction_and_is_reported",
            "A fetch from an unmapped address reads as an illegal instruction and is reported.",
            Stage.V2,
        ),
    ),
    coverage={
        "random_fetches_and_flushes_close_the_coverage": (
            *("l0_kind", "l0_word", "l0_index", "bank", "served", "together", "flush", "error", "l2"),
        )
    },
    mutation=Mutation(mutants=MUTANTS),
)
