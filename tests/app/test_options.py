# SPDX-License-Identifier: Apache-2.0
"""The command line's options: usage errors are one line and status 2, and a run's command repeats it."""

import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from traindeploy.app.options import Options
from traindeploy.app.spelling import flag


def traindeploy(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "from traindeploy.app.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["sim", "--strategy", "lora9"], ["--strategy", "lora9", "lora1"]),
        (["sim", "--engine", "gpu"], ["--engine", "gpu", "redmule"]),
        (["sim", "--config", "big"], ["--config", "big", "compact"]),
        (["sim", "--steps", "0"], ["--steps", "0"]),
        (["sim", "--lr", "fast"], ["--lr", "fast"]),
        (["simulate"], ["simulate"]),
    ],
)
def test_a_bad_option_is_one_line_that_names_it_and_status_2(arguments: list[str], named: list[str]) -> None:
    done = traindeploy(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert all(word in done.stderr for word in named), done.stderr


def test_help_lists_the_commands_and_every_variable_of_make_sim() -> None:
    assert "sim" in traindeploy("--help").stdout
    text = traindeploy("sim", "--help").stdout
    for field in fields(Options):
        assert f"{flag(field)} " in text


def test_the_command_of_a_run_names_exactly_what_differs_from_the_defaults() -> None:
    assert Options().command == "make sim"
    changed = Options(strategy="lp", learning_rate=0.5)
    assert changed.command == "make sim STRATEGY=lp LR=0.5"
    assert changed.arguments == ["sim", "--strategy", "lp", "--lr", "0.5"]


def test_the_command_of_a_run_survives_a_shell_whatever_the_file_is_called() -> None:
    command = Options(model="my nets/a;b.onnx").command
    assert shlex.split(command) == ["make", "sim", "MODEL=my nets/a;b.onnx"]


def test_models_lists_the_built_in_ones() -> None:
    done = traindeploy("models")
    assert done.returncode == 0, done.stderr
    lines = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert lines["cct2"] == "2 encoder blocks of 2 heads, 64 tokens x 128, images 32x32x3"
    assert "cct_tiny" in lines


def test_runs_that_differ_do_not_replace_each_other() -> None:
    runs = [Options(), Options(steps=2), Options(lora_rank=8), Options(learning_rate=0.5), Options(waves="1"),
            Options(data="a.npz"), Options(strategy="ft1"), Options(model="models/net.onnx"),
            Options(data="b.npz"), Options(data="x/a.npz"), Options(data="a"), Options(model="net.onnx"),
            Options(model="cct2.onnx"), Options(model="a b.onnx"), Options(model="a_b.onnx"),
            Options(model=f"{'n' * 200}1.onnx"), Options(model=f"{'n' * 200}2.onnx"),
            Options(learning_rate=0.01000001), Options(learning_rate=0.010000001)]  # fmt: skip
    names = [run.run_name for run in runs]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", name) and len(name) < 200 for name in names)


def test_one_file_has_one_name_however_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.onnx").symlink_to("net.onnx")
    names = {Options(model=path).run_name for path in ("net.onnx", "./net.onnx", f"{tmp_path}/net.onnx", "link.onnx")}
    assert len(names) == 1
    assert names.pop().startswith("net-")
    assert Options(model="cct_tiny", strategy="lp").run_name == "cct_tiny-lp-redmule-paper-seed0"


@pytest.mark.parametrize("model", ["\x1b[2J.onnx", "a\nb.onnx", "../..", "-rf.onnx", ".onnx", "", "....onnx", "a/b"])
def test_a_run_directory_has_a_plain_name_whatever_the_file_is_called(model: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", Options(model=model).run_name)
