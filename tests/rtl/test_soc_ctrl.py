# SPDX-License-Identifier: Apache-2.0
"""td_soc_ctrl: mailbox, end of computation, fault recorder, refused accesses."""

import pytest

from tb.blocks import catalogue as blocks


@pytest.mark.parametrize(
    "case",
    [
        "mailbox_toggles_at_each_write_and_holds_its_data",
        "the_first_fault_is_kept_and_all_are_counted",
        "illegal_accesses_are_refused",
    ],
)
def test_soc_ctrl(case: str, tmp_path) -> None:
    blocks.build("soc_ctrl").test("tb.blocks.soc_ctrl.test_soc_ctrl", tmp_path, testcase=case, timeout=60)
