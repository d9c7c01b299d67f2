# SPDX-License-Identifier: Apache-2.0
"""The random tests of DMA, instruction cache, L2 and HyperBus under twenty more seeds each (nightly)."""

import pytest

from tb.tests import blocks

CASES = [
    ("dma", "random_transfers_move_exactly_their_bytes"),
    ("dma", "padding_replaces_what_lies_outside_the_image"),
    ("dma", "queued_transfers_of_all_cores_complete_in_order_with_one_event_each"),
    ("dma", "a_transfer_that_is_done_has_all_its_bytes_in_memory"),
    ("icache", "every_fetch_returns_the_word_in_memory"),
    ("icache", "flush_amid_fetches_leaves_nothing_old"),
    ("l2", "random_traffic_of_all_ports_reads_what_it_wrote"),
    ("hyperbus", "random_jobs_move_exactly_their_bytes"),
    ("hyperbus", "an_l2_that_stands_still_never_keeps_chip_select_low_too_long"),
]


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(2, 22))
@pytest.mark.parametrize(("block", "case"), CASES)
def test_random_traffic_holds_under_other_seeds(block: str, case: str, seed: int, tmp_path) -> None:
    build = blocks.build(block)
    build.test(
        f"tb.tests.{block}", tmp_path, testcase=case, seed=seed, plusargs=[f"+verilator+seed+{seed}"], timeout=300
    )
