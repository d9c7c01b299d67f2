# SPDX-License-Identifier: Apache-2.0
"""The TCDM and its interconnect."""

from tb.blocks.description import FMA, Bench, Block, Configuration, Mutation, bench, common, core, entry, models, rtl
from tb.blocks.tcdm.mutants import MUTANTS
from tb.plan import Seeds, Stage

RANDOM = Seeds(night=tuple(range(2, 22)), week=tuple(range(22, 42)))
BOTH = ("banks32", "banks16")

BLOCK = Block(
    name="tcdm",
    title="banked L1 memory with narrow ports and one wide, all-or-nothing port",
    rtl=("tcdm",),
    benches={
        "main": Bench(
            top="td_tcdm_bench",
            sources=(*common(), *rtl("tcdm"), *bench("tcdm", "td_tcdm_bench.sv", "tcdm_bench.cpp")),
            configurations={
                f"banks{banks}": Configuration(parameters={"NumBanks": banks, "WideWords": words})
                for banks, words in ((32, 17), (16, 9))
            },
            period=2,
        ),
        # With what lies around it: RedMule, DMA and busy cores.
        "mix": Bench(
            top="td_tcdm_mix_bench",
            sources=(
                *core(*FMA),
                *common("cv32e40p_clock_gate", "td_fifo"),
                *rtl("redmule"),
                *rtl("dma"),
                *rtl("tcdm"),
                *models("td_stall_memory.sv"),
                *bench("tcdm", "td_tcdm_mix_bench.sv"),
            ),
            core=True,
        ),
    },
    tests=(
        entry(
            "tcdm",
            "random_traffic_reads_what_was_written_at_every_offset",
            "Random traffic reads what was written, at every offset of a wide beat, and hits every stated bin.",
            Stage.V2,
            seeds=Seeds(),
            configurations=BOTH,
            seconds=200,
        ),
        entry(
            "tcdm",
            "random_traffic_reads_what_was_written_at_every_offset",
            "Random traffic under other seeds reads what was written.",
            Stage.V3,
            name="more_random_traffic",
            configurations=("banks32",),
            seeds=Seeds(push=(), night=RANDOM.night, week=RANDOM.week),
            seconds=300,
        ),
        entry(
            "tcdm",
            "unconflicted_access_takes_one_cycle",
            "A wide beat without a rival is granted every cycle.",
            Stage.V1,
            configurations=BOTH,
        ),
        entry(
            "tcdm",
            "no_port_starves_when_all_want_the_same_bank",
            "Each side waits at most as long as its bound says, under the shares that are documented.",
            Stage.V2,
            configurations=("banks32",),
            table="tcdm",
        ),
        entry(
            "tcdm",
            "no_port_starves_when_all_want_the_same_bank",
            "Each side waits at most as long as its bound says, with 16 banks.",
            Stage.V2,
            name="no_port_starves_with_16_banks",
            configurations=("banks16",),
        ),
        entry(
            "tcdm",
            "narrow_ports_share_a_bank_evenly",
            "Narrow ports that want one bank get it in turn, whichever bank it is.",
            Stage.V2,
            configurations=BOTH,
        ),
        entry(
            "tcdm",
            "every_bank_is_shared_with_the_wide_port_as_the_bounds_say",
            "At every single bank narrow ports and wide port get their share, and the narrow ones equal parts of it.",
            Stage.V2,
            configurations=BOTH,
        ),
        entry(
            "tcdm",
            "redmule_keeps_its_speed_and_cores_get_their_share",
            "With RedMule, DMA and eight busy cores each gets the speed and the share that the page states.",
            Stage.V3,
            module="mix",
            bench="mix",
            table="tcdm with redmule",
            seconds=300,
        ),
        entry(
            "tcdm",
            "redmule_keeps_its_speed_and_cores_get_their_share",
            "With RedMule, DMA and eight busy cores each gets its share under other seeds.",
            Stage.V3,
            name="shares_under_other_seeds",
            module="mix",
            bench="mix",
            seeds=Seeds(push=(), night=RANDOM.night, week=RANDOM.week),
            seconds=300,
        ),
    ),
    coverage={
        "random_traffic_reads_what_was_written_at_every_offset": (
            "first bank of a wide beat, read and write",
            "wide beat goes on in the next row, read and write",
            "byte enables of a wide word, read and write",
            "bank contested, wide port wins",
            "bank contested, narrow ports win",
            "bank of a word without byte enable used by a narrow port",
            "narrow port x bank",
            "byte enables of a narrow access, read and write",
            "narrow requests for one bank in a cycle",
        )
    },
    mutation=Mutation(mutants=MUTANTS, configuration="banks32"),
)
