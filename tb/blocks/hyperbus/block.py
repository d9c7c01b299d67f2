# SPDX-License-Identifier: Apache-2.0
"""The HyperBus controller."""

from tb.blocks.description import Bench, Block, Mutation, bench, common, entry, models, rtl
from tb.blocks.hyperbus.mutants import MUTANTS
from tb.plan import Seeds, Stage

RANDOM = Seeds(night=tuple(range(2, 22)), week=tuple(range(22, 42)))

BLOCK = Block(
    name="hyperbus",
    title="moves bytes between L2 and L3 on the pins of a HyperRAM",
    rtl=("hyperbus",),
    benches={
        "main": Bench(
            top="td_hyperbus_bench",
            sources=(
                *common("td_fifo", "cv32e40p_clock_gate"),
                *rtl("hyperbus"),
                *models("td_stall_memory.sv", "td_hyperram.sv"),
                *bench("hyperbus", "td_hyperbus_coverage.sv", "td_hyperbus_bench.sv"),
            ),
        )
    },
    tests=(
        entry(
            "hyperbus",
            "every_word_answers_as_the_register_map_says",
            "Every word of its registers' window is read, written or refused as the register map says.",
            Stage.V1,
        ),
        entry(
            "hyperbus",
            "random_jobs_move_exactly_their_bytes",
            "Random jobs in all latency modes change exactly the bytes that they name, in L2 and in the device.",
            Stage.V2,
            seeds=RANDOM,
        ),
        entry(
            "hyperbus",
            "queued_jobs_complete_in_order",
            "Queued jobs complete in order, each with one event.",
            Stage.V2,
            seeds=RANDOM,
        ),
        entry(
            "hyperbus",
            "an_l2_that_stands_still_never_keeps_chip_select_low_too_long",
            "However long L2 withholds its grants, chip select is never low for longer than the device allows.",
            Stage.V2,
            seeds=RANDOM,
        ),
        entry(
            "hyperbus",
            "a_write_whose_first_byte_is_withheld_beyond_the_limit_is_tried_again",
            "A write whose first byte L2 withholds beyond the limit of chip select loses nothing and is no error.",
            Stage.V2,
            seeds=RANDOM,
        ),
        entry(
            "hyperbus",
            "a_register_is_written_when_its_bytes_have_come",
            "A write into register space does not begin before its bytes have come from L2.",
            Stage.V2,
        ),
        entry(
            "hyperbus",
            "jobs_that_end_about_the_chip_select_limit_close_its_coverage",
            "Jobs that end or are split near the limit of chip select are right, and hit every stated bin.",
            Stage.V2,
            seeds=RANDOM,
            table="chip-select limit",
        ),
        entry(
            "hyperbus",
            "bursts_reach_their_bandwidth",
            "Bursts move at the documented bytes a cycle, with fixed and with variable latency.",
            Stage.V3,
            table="hyperbus bandwidth",
        ),
        entry(
            "hyperbus",
            "missing_device_and_l2_error_end_the_job_and_are_reported",
            "A device that does not answer, and an error of L2, end the job and are reported.",
            Stage.V2,
        ),
        entry(
            "hyperbus",
            "the_model_catches_violations",
            "The device model notices a controller whose settings break its protocol.",
            Stage.V3,
            plusargs=("+td_hyperram_count_only",),
        ),
    ),
    coverage={
        "random_jobs_move_exactly_their_bytes": ("lanes", "length", "single", "rows", "row_end", "latency"),
        "jobs_that_end_about_the_chip_select_limit_close_its_coverage": (
            *("last", "left", "split", "half", "still", "value", "row"),
        ),
    },
    mutation=Mutation(mutants=MUTANTS),
)
