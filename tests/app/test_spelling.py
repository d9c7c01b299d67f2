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
    """The Makefile, the program of `make sim` replaced by one that prints the options."""
    show = tmp_path / "show.py"
    show.write_text(SHOW)
    text = (ROOT / "Makefile").read_text()
    program = "$(ENVIRONMENT) run && TRAINDEPLOY_FROM_MAKE=1 $(BIN)/python -m traindeploy.app.cli"
    assert program in text
    (tmp_path / "Makefile").write_text(text.replace(program, f"TRAINDEPLOY_FROM_MAKE=1 {sys.executable} {show}"))
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


NASTY = [
    *(
        "it's.onnx",
        "x'; touch broken; echo '",
        'a "b".onnx',
        "a b=c.onnx",
        "`touch broken`.onnx",
        "$(touch broken).onnx",
    ),
    *("$(shell touch broken).onnx", "$$(shell touch broken)", "${HOME}", "$HOME.onnx", "$", "$$", "$x", "a$(b", "a#b"),
    *("a\nb", "a\ttab", "\\", "a\\", "a\\ b", "%", "*", "~", "-rf", "--version", "@a", "a;b", "a&b", "a|b", "a>broken"),
    *("a ", "a:b", "a=b", "=", "MODEL=x", "ü", "\U0001f600", "!!", "{a,b}", "[a]", "(", ")", "$(error broken)"),
    *("$(eval STRATEGY := ft2)", "a STRATAGY=b", "define x", "\x1b[2J"),
]


@pytest.mark.parametrize("value", NASTY)
def test_neither_make_nor_a_shell_reads_a_variables_value(makefile: Path, value: str) -> None:
    (makefile / "show.py").write_text(f"import os\nprint(ascii([os.environ[n] for n in {['MODEL', 'STRATEGY']}]))")
    done = make(makefile, f"MODEL={value}", "STRATEGY=lp")
    assert (done.stdout.strip(), done.stderr) == (ascii([value, "lp"]), "")
    assert not (makefile / "broken").exists()


@pytest.mark.parametrize("value", ["a b", "$(shell touch broken)", "it's", "a\\", "$HOME"])
def test_a_runs_command_gives_the_same_run_when_it_is_pasted(makefile: Path, value: str) -> None:
    command = Options(model=value, strategy="lp").command
    script = f"{command.replace('make sim', f'make -s -C {makefile} sim')}"
    environment = {name: text for name, text in os.environ.items() if not name.startswith("MAKE")}
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(script, shell=True, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert f"model={value!r}" in done.stdout, done.stderr


def test_an_unknown_variable_is_refused_with_the_nearest_one(makefile: Path) -> None:
    done = make(makefile, "STRATAGY=lp", "LR=0.5")
    assert done.returncode != 0
    assert "error: unknown variable STRATAGY: did you mean STRATEGY?" in done.stderr
    assert "unknown variable STRATAGY" in make(makefile, "MODEL=a\\", "STRATAGY=lp").stderr


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
