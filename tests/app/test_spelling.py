# SPDX-License-Identifier: Apache-2.0
"""Options are declared once; `make sim` hands its variables over as data and refuses what it does not know."""

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import click
import pytest

from traindeploy.app.options import Options
from traindeploy.app.spelling import FROM_MAKE, SPELLINGS, meaning, refuse_unknown_variables, variable

ROOT = Path(__file__).resolve().parents[2]
SHOW = "from traindeploy.app import cli, run\nrun.run = lambda options: print(options) or exit()\ncli.main()"


@pytest.fixture
def makefile(tmp_path: Path) -> Path:
    """The rule of `make sim`, its program replaced by one that prints the options."""
    recipe = next(line for line in (ROOT / "Makefile").read_text().splitlines() if FROM_MAKE in line)
    show = tmp_path / "show.py"
    show.write_text(SHOW)
    program = f"{sys.executable} {show}"
    (tmp_path / "Makefile").write_text(f"sim:\n{recipe.replace('$(BIN)/traindeploy', program)}\n")
    return tmp_path


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    environment["PYTHONPATH"] = str(ROOT)
    command = ["make", "-s", "-C", str(folder), "sim", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_every_field_has_a_spelling_and_a_sentence() -> None:
    assert set(SPELLINGS) == {field.name for field in fields(Options)}
    assert all(meaning(field) for field in fields(Options))
    assert len({variable(field) for field in fields(Options)}) == len(fields(Options))


def test_make_hands_every_variable_over(makefile: Path) -> None:
    done = make(makefile, "STRATEGY=lp", "LR=0.5", "STEPS=3", "MODEL=cct_tiny", "DUMP=1")
    assert done.returncode == 0, done.stderr
    for text in ("strategy='lp'", "learning_rate=0.5", "steps=3", "model='cct_tiny'", "dump='1'", "engine='redmule'"):
        assert text in done.stdout


@pytest.mark.parametrize("value", ["it's.onnx", "x'; touch broken; echo '", 'a "b".onnx', "a b=c.onnx", "`id`.onnx"])
def test_no_shell_reads_a_variables_value(makefile: Path, value: str) -> None:
    done = make(makefile, f"MODEL={value}")
    assert done.returncode == 0, done.stderr
    assert f"model={value!r}" in done.stdout
    assert not (makefile / "broken").exists()


def test_an_unknown_variable_is_refused_with_the_nearest_one(makefile: Path) -> None:
    done = make(makefile, "STRATAGY=lp", "LR=0.5")
    assert done.returncode != 0
    assert "error: unknown variable STRATAGY: did you mean STRATEGY?" in done.stderr


def test_the_makefiles_own_variables_and_other_programs_environment_are_let_through() -> None:
    refuse_unknown_variables({FROM_MAKE: "1", "MAKEFLAGS": "s -- PYTHON=python3.11 JOBS=4 SEED=1"})
    refuse_unknown_variables({"MAKEFLAGS": " -- STRATAGY=lp"})
    with pytest.raises(click.UsageError, match="unknown variable COLOUR: make sim takes MODEL, STRATEGY"):
        refuse_unknown_variables({FROM_MAKE: "1", "MAKEFLAGS": " -- COLOUR=red"})


def test_the_environment_alone_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = subprocess.run(
        [sys.executable, "-c", SHOW, "sim"],
        env={**os.environ, "STRATEGY": "lp"},
        capture_output=True,
        check=False,
        text=True,
        cwd=ROOT,
    )
    assert "strategy='lora1'" in shown.stdout, shown.stderr
