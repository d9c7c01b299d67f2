# SPDX-License-Identifier: Apache-2.0
"""The random tests of the memory system's blocks and of the event unit under twenty more seeds each (nightly)."""

import pytest
import test_event_unit
import test_tcdm
import test_tcdm_mix

from tb.blocks import catalogue as blocks
from tb.build.simulator import Build, build_block
from tb.build.sources import CORE_INCLUDES

CASES = [
    ("tcdm", "random_traffic_reads_what_was_written_at_every_offset"),
    ("tcdm-mix", "redmule_keeps_its_speed_and_cores_get_their_share"),
    ("event_unit", "behaves_like_its_register_map_under_random_traffic"),
    ("dma", "random_transfers_move_exactly_their_bytes"),
    ("dma", "padding_replaces_what_lies_outside_the_image"),
    ("dma", "queued_transfers_of_all_cores_complete_in_order_with_one_event_each"),
    ("dma", "eight_cores_at_once_have_eight_transfers_in_flight"),
    ("dma", "a_transfer_that_is_done_has_all_its_bytes_in_memory"),
    ("icache", "every_fetch_returns_the_word_in_memory"),
    ("icache", "random_fetches_and_flushes_close_the_coverage"),
    ("icache", "flush_amid_fetches_leaves_nothing_old"),
    ("l2", "random_traffic_of_all_ports_reads_what_it_wrote"),
    ("hyperbus", "random_jobs_move_exactly_their_bytes"),
    ("hyperbus", "queued_jobs_complete_in_order"),
    ("hyperbus", "an_l2_that_stands_still_never_keeps_chip_select_low_too_long"),
    ("hyperbus", "jobs_that_end_about_the_chip_select_limit_close_its_coverage"),
]


def bench(block: str) -> tuple[Build, str]:
    """The simulator of the block's bench and the cocotb module of its tests."""
    match block:
        case "tcdm":
            return build_block("tcdm32", "td_tcdm_bench", test_tcdm.SOURCES), "tb.blocks.tcdm.test_tcdm"
        case "tcdm-mix":
            build = build_block(block, "td_tcdm_mix_bench", test_tcdm_mix.SOURCES, includes=CORE_INCLUDES)
            return build, "tb.blocks.tcdm.test_mix"
        case "event_unit":
            return build_block(block, "td_event_unit", test_event_unit.SOURCES), "tb.blocks.event_unit.test_event_unit"
    return blocks.build(block), f"tb.blocks.{block}.test_{block}"


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(2, 22))
@pytest.mark.parametrize(("block", "case"), CASES)
def test_random_traffic_holds_under_other_seeds(block: str, case: str, seed: int, tmp_path) -> None:
    build, module = bench(block)
    build.test(module, tmp_path, testcase=case, seed=seed, plusargs=[f"+verilator+seed+{seed}"], timeout=300)
