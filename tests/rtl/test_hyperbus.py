# SPDX-License-Identifier: Apache-2.0
"""td_hyperbus on the pins of the HyperRAM model: data, bandwidth, faults, and that the model's checks can fail."""

import pytest

from tb.blocks import catalogue as blocks
from tb.build.paths import ROOT
from tb.env.common import figures


@pytest.mark.parametrize(
    ("case", "plusargs"),
    [
        ("random_jobs_move_exactly_their_bytes", []),
        ("queued_jobs_complete_in_order", []),
        ("an_l2_that_stands_still_never_keeps_chip_select_low_too_long", []),
        ("bursts_reach_their_bandwidth", []),
        ("missing_device_and_l2_error_end_the_job_and_are_reported", []),
        ("the_model_catches_violations", ["+td_hyperram_count_only"]),
    ],
)
def test_hyperbus(case: str, plusargs: list[str], tmp_path) -> None:
    build = blocks.build("hyperbus")
    build.test("tb.blocks.hyperbus.test_hyperbus", tmp_path, testcase=case, plusargs=plusargs, timeout=120)


def test_jobs_about_the_chip_select_limit_close_the_coverage_that_the_page_states(tmp_path) -> None:
    case = "jobs_that_end_about_the_chip_select_limit_close_its_coverage"
    blocks.build("hyperbus").test("tb.blocks.hyperbus.test_hyperbus", tmp_path, testcase=case, timeout=120)
    figures.check_page(ROOT / "docs/reference/platform.md", "chip-select limit", figures.read(tmp_path))


def test_every_protocol_rule_of_the_device_model_can_fail(tmp_path) -> None:
    build = blocks.build("hyperram")
    build.test("tb.blocks.hyperram.test_hyperram", tmp_path, plusargs=["+td_hyperram_count_only"], timeout=60)
