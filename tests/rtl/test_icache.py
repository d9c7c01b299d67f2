# SPDX-License-Identifier: Apache-2.0
"""td_icache: right instructions under stalls, flush, and no bubble in loops that fit into L0."""

import pytest

from tb.blocks import catalogue as blocks


@pytest.mark.parametrize(
    "case",
    [
        "every_fetch_returns_the_word_in_memory",
        "random_fetches_and_flushes_close_the_coverage",
        "counters_equal_what_is_seen_from_outside",
        "the_way_used_least_recently_is_replaced",
        "a_disabled_cache_uses_no_line_twice",
        "cores_wait_alike_for_the_shared_cache",
        "flush_makes_new_code_visible",
        "flush_amid_fetches_leaves_nothing_old",
        "loops_that_fit_run_without_a_bubble",
        "absent_code_reads_as_an_illegal_instruction_and_is_reported",
    ],
)
def test_icache(case: str, tmp_path) -> None:
    blocks.build("icache").test("tb.blocks.icache.test_icache", tmp_path, testcase=case, timeout=120)
