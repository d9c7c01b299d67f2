# SPDX-License-Identifier: Apache-2.0
"""A sweep runs every configuration of its file; one that fits nothing or fails stops none of the others."""

import io
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from traindeploy.app import sweep as command
from traindeploy.app.options import Options
from traindeploy.errors import UserError
from traindeploy.platform import configuration
from traindeploy.records import serial
from traindeploy.records.sweep import Sweep
from traindeploy.records.verdict import Verdict


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Two configurations; runs are played: the one of eight FPUs takes half of the cycles."""
    monkeypatch.setattr(command, "BUILD", tmp_path / "build")

    def run(options: Options, console: Console) -> SimpleNamespace:
        fpus = configuration(options.config).num_fpus
        if options.model == "none.onnx" or (options.model == "large.onnx" and fpus == 8):
            raise UserError("does not fit")
        good = options.model != "wrong.onnx" or fpus == 4
        verdict = Verdict.PASSED if good else Verdict.FAILED
        failure = "" if good else "1 ULP"
        return SimpleNamespace(verdict=verdict, failure=failure, cycles=8000 // fpus, flop=10, passed=good)

    monkeypatch.setattr(command, "run", run)
    path = tmp_path / "fpus.toml"
    path.write_text("num_fpus = [4, 8]\n")
    return str(path)


def swept(model: str, file: str) -> tuple[Verdict, Sweep, str]:
    text = io.StringIO()
    console = Console(file=text, width=200)
    verdict = command.sweep(Options(model=model, strategy="lp"), file, cells=False, console=console)
    (folder,) = (Path(file).parent / "build" / "sweep").iterdir()
    assert (folder / "sweep.html").exists()
    return verdict, serial.read(Sweep, folder / "sweep.json"), text.getvalue()


def test_every_configuration_is_run_and_can_be_run_again(file: str) -> None:
    verdict, found, text = swept("cct_tiny", file)
    assert verdict is Verdict.PASSED
    assert [(v.hardware["NumFpus"], v.cycles) for v in found.variants] == [(4, 2000), (8, 1000)]
    assert found.command == f"traindeploy sweep {file} --model cct_tiny --strategy lp"
    path = found.variants[1].command.partition("CONFIG=")[2].split()[0]
    assert configuration(path).num_fpus == 8
    assert text.splitlines()[-3].startswith("| fpus-num_fpus8 | ")


def test_a_wrong_result_is_the_verdict_and_has_no_cycles(file: str) -> None:
    verdict, found, _ = swept("wrong.onnx", file)
    assert verdict is Verdict.FAILED
    assert [v.cycles for v in found.variants] == [2000, 0]
    assert found.variants[1].failure == "1 ULP"


def test_what_does_not_fit_one_configuration_is_told_and_the_others_run(file: str) -> None:
    verdict, found, text = swept("large.onnx", file)
    assert verdict is Verdict.ERROR
    assert [v.verdict for v in found.variants] == [Verdict.PASSED, Verdict.ERROR]
    assert "error: does not fit" in text


def test_what_fits_none_is_bad_input(file: str) -> None:
    with pytest.raises(UserError, match="no configuration could be run; fpus-num_fpus4: does not fit"):
        swept("none.onnx", file)


def test_without_yosys_one_is_told_before_anything_is_run(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    monkeypatch.setattr(command, "_cells", lambda config, folder: pytest.fail("cells were counted"))
    with pytest.raises(UserError, match=r"need the Python package pyosys.*--no-cells"):
        command.sweep(Options(model="cct_tiny", strategy="lp"), file)
    assert not (Path(file).parent / "build").exists()
