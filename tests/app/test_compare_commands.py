# SPDX-License-Identifier: Apache-2.0
"""The commands compare and explain: they find runs by folder, file and name, and end with one line if there is none."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report.conftest import failed, passed
from tests.report.network_run import full_run
from traindeploy.app import cli, compare
from traindeploy.app.find_run import run_folder
from traindeploy.errors import UserError
from traindeploy.records import serial
from traindeploy.report.run_files import RunFiles

__all__ = ["failed", "passed"]  # fixtures


def put(run: RunFiles, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, record in (("result", run.result), ("program", run.program), ("schedule", run.schedule),
                         ("timeline", run.timeline)):  # fmt: skip
        if record is not None:
            serial.write(record, folder / f"{name}.json")


@pytest.fixture
def build(tmp_path, monkeypatch, passed) -> Path:
    """build/ with a run, and one of 100 cycles more."""
    folder = tmp_path / "build"
    run = full_run(passed)
    put(run, folder / "tiny-lp")
    put(replace(run, result=replace(run.result, cycles=1130)), folder / "tiny-lp-new")
    (folder / "latest").symlink_to("tiny-lp-new")
    monkeypatch.setattr(compare, "BUILD", folder)
    return folder


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["traindeploy", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_a_run_is_a_folder_its_result_or_its_name(build):
    for text in (str(build / "tiny-lp"), str(build / "tiny-lp" / "result.json"), "tiny-lp"):
        assert run_folder(text, build).name == "tiny-lp"
    assert run_folder("latest", build).resolve().name == "tiny-lp-new"


@pytest.mark.parametrize("text", ["tiny-lo", "nowhere", "x\0y", "a" * 5000])
def test_what_is_no_run_gets_the_nearest_names(build, text):
    with pytest.raises(UserError, match=r"no run is there.*did you mean .*tiny-lp"):
        run_folder(text, build)


def test_without_any_run_the_line_says_how_to_make_one(tmp_path):
    with pytest.raises(UserError, match=r"holds no runs: do `make sim` first"):
        run_folder("latest", tmp_path)


def test_compare_shows_both_runs_and_ends_with_1_beyond_the_limit(build, monkeypatch, capsys):
    assert command(monkeypatch, "compare", "tiny-lp", "latest") == 0
    shown = capsys.readouterr().out
    assert "B takes 100 cycles more than A (+9.71 %)." in shown
    assert command(monkeypatch, "compare", "tiny-lp", "latest", "--limit", "5") == 1
    assert "That is beyond the limit of 5 %." in capsys.readouterr().out


def test_compare_writes_a_file_whole_or_says_why_not(build, monkeypatch, capsys, tmp_path):
    assert (
        command(monkeypatch, "compare", "tiny-lp", "latest", "--format", "json", "--output", f"{tmp_path}/c.json") == 0
    )
    assert json.loads((tmp_path / "c.json").read_text())["record"] == "Comparison"
    assert command(monkeypatch, "compare", "tiny-lp", "latest", "--format", "html", "--output", f"{tmp_path}/no/c") == 2
    assert "cannot be written (No such file or directory)" in capsys.readouterr().err
    assert sorted(os.listdir(tmp_path)) == ["build", "c.json"]


def test_explain_tells_the_operator_of_the_latest_run(build, monkeypatch, capsys):
    assert command(monkeypatch, "explain", "fc.1") == 0
    assert "Gemm, forward, on RedMule" in capsys.readouterr().out
    assert command(monkeypatch, "explain", "fc.1", "tiny-lp", "--format", "json") == 0
    assert "Cycles" in json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("explain", "fc.7"), "no operator is called fc.7: nearest are fc."),
        (("explain", "fc.1", "nothing"), "nothing: no run is there"),
        (("compare", "tiny-lp", "nothing"), "nothing: no run is there"),
    ],
)
def test_bad_input_is_one_line_and_status_2(build, monkeypatch, capsys, arguments, message):
    assert command(monkeypatch, *arguments) == 2
    errors = capsys.readouterr().err
    assert errors.startswith(f"error: {message}")
    assert errors.count("\n") == 1


def test_a_result_of_another_version_is_one_line(build, monkeypatch, capsys):
    document = json.loads((build / "tiny-lp" / "result.json").read_text())
    (build / "tiny-lp" / "result.json").write_text(json.dumps({**document, "version": 1}))
    assert command(monkeypatch, "compare", "tiny-lp", "latest") == 2
    assert "version 1" in capsys.readouterr().err
