# SPDX-License-Identifier: Apache-2.0
"""report.html: self-contained, says what was compared, and shows a failure with the command that reproduces it."""

import re
from dataclasses import replace

from traindeploy.records import serial
from traindeploy.records.run import RunResult
from traindeploy.report import html


def test_a_passed_run_states_what_was_compared(passed):
    page = html.render(passed)
    assert "PASSED" in page
    assert "FAILED" not in page
    assert "4 of 4 tensors, 133,632 elements compared" in page
    assert all(op.name in page for op in passed.operators)


def test_the_page_needs_nothing_from_elsewhere(passed):
    page = html.render(passed)
    assert not re.search(r'(src|href)="(?!#)', page)
    assert "@import" not in page
    assert "url(" not in page


def test_a_failed_run_names_tensor_values_and_the_command_that_reproduces_it(failed):
    page = html.render(failed)
    assert "FAILED" in page
    assert "PASSED" not in page
    for text in ("head.weight.grad", "0x3f800001", "0x3f800000", failed.reproduce):
        assert text in page


def test_names_from_a_model_file_cannot_inject_markup(passed):
    evil = replace(passed, configuration={**passed.configuration, "model": "<script>alert(1)</script>"})
    assert "<script>alert(1)" not in html.render(evil)


def test_bars_lie_within_the_run_and_keep_its_order(passed):
    lanes = html.timeline(passed.operators, passed.cycles)
    assert list(lanes) == ["RedMule", "Cores"]
    for bars in lanes.values():
        assert [bar.left for bar in bars] == sorted(bar.left for bar in bars)
        assert all(bar.left >= 0 and bar.left + bar.width <= 100.1 for bar in bars)


def test_result_json_reads_back_as_the_same_result(tmp_path, failed):
    serial.write(failed, tmp_path / "result.json")
    assert serial.read(RunResult, tmp_path / "result.json") == failed
