# SPDX-License-Identifier: Apache-2.0
"""td_l2: right data for all ports at once, errors for unmapped addresses, latency, rate and fairness."""

import pytest

from tb.blocks import catalogue as blocks
from tb.build.paths import ROOT
from tb.env.common import figures


@pytest.mark.parametrize(
    "case",
    [
        "a_lone_port_streams_at_full_rate_with_the_documented_latency",
        "ports_that_saturate_share_fairly",
    ],
)
def test_l2(case: str, tmp_path) -> None:
    blocks.build("l2").test("tb.blocks.l2.test_l2", tmp_path, testcase=case, timeout=120)


def test_random_traffic_closes_the_coverage_that_the_page_states(tmp_path) -> None:
    case = "random_traffic_of_all_ports_reads_what_it_wrote"
    blocks.build("l2").test("tb.blocks.l2.test_l2", tmp_path, testcase=case, timeout=120)
    figures.check_page(ROOT / "docs/reference/platform.md", "l2 coverage", figures.read(tmp_path))
