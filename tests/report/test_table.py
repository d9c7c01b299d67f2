# SPDX-License-Identifier: Apache-2.0
"""The table of runs: every readable result, RedMule on paper first, strategies in the usual order."""

from dataclasses import replace

from traindeploy.records import serial
from traindeploy.records.run import RunResult
from traindeploy.records.verdict import Verdict
from traindeploy.report.table import markdown, read_runs


def with_options(result: RunResult, **options: str) -> RunResult:
    return replace(result, configuration={**result.configuration, **options})


def test_all_runs_of_a_build_folder_are_listed_in_order(tmp_path, passed):
    for name, result in (
        ("a", with_options(passed, engine="cores")), ("b", with_options(passed, strategy="ft1")), ("c", passed),
    ):  # fmt: skip
        (tmp_path / name).mkdir()
        serial.write(result, tmp_path / name / "result.json")
    (tmp_path / "latest").symlink_to("c")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "result.json").write_text('{"version": 0}')
    runs = read_runs(tmp_path, ("lp", "ft1", "lora1", "ft2", "lora2"))
    assert [(r.engine, r.strategy) for r in runs] == [("redmule", "lp"), ("redmule", "ft1"), ("cores", "lp")]


def test_a_failed_run_is_marked_in_the_table(passed):
    text = markdown([passed, replace(passed, verdict=Verdict.FAILED)])
    assert text.count("passed") == 1
    assert text.count("FAILED") == 1
    assert "50,000" in text
