# SPDX-License-Identifier: Apache-2.0
"""td_dma against a NumPy model of both memories, with and without stalls."""

import pytest

from tb.blocks import catalogue as blocks


@pytest.mark.parametrize(
    "case",
    [
        "random_transfers_move_exactly_their_bytes",
        "padding_replaces_what_lies_outside_the_image",
        "queued_transfers_of_all_cores_complete_in_order_with_one_event_each",
        "eight_cores_at_once_have_eight_transfers_in_flight",
        "a_transfer_that_is_done_has_all_its_bytes_in_memory",
        "rows_reach_their_bandwidth",
        "unmapped_addresses_are_reported",
    ],
)
def test_dma(case: str, tmp_path) -> None:
    blocks.build("dma").test("tb.blocks.dma.test_dma", tmp_path, testcase=case, timeout=120)
