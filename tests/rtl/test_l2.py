# SPDX-License-Identifier: Apache-2.0
"""td_l2: right data for all ports at once, errors for unmapped addresses, latency, rate and fairness."""

import pytest

from tb.tests import blocks


@pytest.mark.parametrize(
    "case",
    [
        "random_traffic_of_all_ports_reads_what_it_wrote",
        "a_lone_port_streams_at_full_rate_with_the_documented_latency",
        "ports_that_saturate_share_fairly",
    ],
)
def test_l2(case: str, tmp_path) -> None:
    blocks.build("l2").test("tb.tests.l2", tmp_path, testcase=case, timeout=120)
