# SPDX-License-Identifier: Apache-2.0
"""The cluster's DMA."""

from tb.blocks.description import Bench, Block, Mutation, bench, common, entry, models, rtl
from tb.blocks.dma.mutants import MUTANTS
from tb.plan import Seeds, Stage

RANDOM = Seeds(night=tuple(range(2, 22)), week=tuple(range(22, 42)))

BLOCK = Block(
    name="dma",
    title="moves bytes between TCDM and L2, in three dimensions, with padding",
    rtl=("dma",),
    benches={
        "main": Bench(
            top="td_dma_bench",
            sources=(
                *common("td_fifo", "cv32e40p_clock_gate"),
                *rtl("dma"),
                *models("td_stall_memory.sv"),
                *bench("dma", "td_dma_bench.sv"),
            ),
        )
    },
    tests=(
        entry(
            "dma",
            "random_transfers_move_exactly_their_bytes",
            "Random transfers change exactly the bytes that a NumPy model of both memories changes, under stalls.",
            Stage.V1,
            seeds=RANDOM,
        ),
        entry(
            "dma",
            "many_rows_planes_and_bytes_are_all_moved",
            "Transfers of more than 65,536 rows, planes or bytes a row move all of them.",
            Stage.V2,
        ),
        entry(
            "dma",
            "padding_replaces_what_lies_outside_the_image",
            "Bytes outside the image are the padding value, for one transfer only.",
            Stage.V2,
            seeds=RANDOM,
        ),
        entry(
            "dma",
            "queued_transfers_of_all_cores_complete_in_order_with_one_event_each",
            "Transfers that all cores queue complete in order, each with one event for its core.",
            Stage.V2,
            seeds=RANDOM,
        ),
        entry(
            "dma",
            "eight_cores_at_once_have_eight_transfers_in_flight",
            "Eight cores that commit at once have eight transfers in flight; a ninth waits.",
            Stage.V2,
            seeds=RANDOM,
        ),
        entry(
            "dma",
            "a_transfer_that_is_done_has_all_its_bytes_in_memory",
            "When DONE or the event tells of a transfer, its last byte is in memory.",
            Stage.V2,
            seeds=RANDOM,
        ),
        entry(
            "dma",
            "rows_reach_their_bandwidth",
            "Rows move at the documented bytes a cycle on every path.",
            Stage.V3,
            table="dma bandwidth",
        ),
        entry(
            "dma",
            "unmapped_addresses_are_reported",
            "A transfer from or to an unmapped address ends and is reported with that address.",
            Stage.V2,
        ),
    ),
    coverage={
        "random_transfers_move_exactly_their_bytes": (
            *("path", "lanes", "length", "tail", "rows", "planes"),
            *("src_stride", "dst_stride", "src_stride2", "dst_stride2", "stall"),
        ),
        "padding_replaces_what_lies_outside_the_image": ("row", "height", "planes", "rest"),
    },
    mutation=Mutation(mutants=MUTANTS),
)
