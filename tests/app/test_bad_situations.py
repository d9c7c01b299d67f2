# SPDX-License-Identifier: Apache-2.0
"""Bad options, files and places, all in one process: each is refused in one line with status 2 before it is simulated.

Nothing is left behind in build/ but the status, and the line names what was wrong.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from traindeploy.app import cli, ending, run

TINY = ("--model", "cct_tiny", "--strategy", "lp")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, with a build/ of its own."""
    build = tmp_path / "build"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run, "BUILD", build)
    for function in (ending.forget_status, ending.note_status):
        monkeypatch.setattr(function, "__defaults__", (build,))

    def simulated(*_: object, **__: object) -> None:
        raise AssertionError("it was not refused")

    monkeypatch.setattr("tb.run.simulate", simulated)
    return tmp_path


def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    monkeypatch.setattr("sys.argv", ["traindeploy", "sim", *arguments])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    output, errors = capsys.readouterr()
    assert caught.value.code == 2, errors
    assert "Traceback" not in output + errors
    (line,) = errors.splitlines()
    assert line.startswith("error: ")
    assert line.isprintable()
    assert len(line) < 1500
    return line


OPTIONS = [
    (["--strategy", ""], "--strategy"),
    (["--strategy", "LP"], "'LP' is not one of"),
    (["--strategy", "lora3"], "lora2"),
    (["--engine", "gpu"], "redmule"),
    (["--config", "PAPER"], "paper"),
    (["--arithmetic", "float"], "host"),
    (["--lora-rank", "0"], "--lora-rank"),
    (["--lora-rank", "129"], "--lora-rank"),
    (["--lora-rank", "1.5"], "--lora-rank"),
    (["--lora-rank", ""], "--lora-rank"),
    (["--lora-alpha", "nan", "--strategy", "lora1"], "LoRA alpha nan"),
    (["--lora-alpha", "1e60", "--strategy", "lora1"], "LoRA"),
    (["--lora-alpha", "x"], "--lora-alpha"),
    (["--lr", "0"], "learning rate 0"),
    (["--lr", "-0.0"], "learning rate -0"),
    (["--lr", "inf"], "learning rate inf"),
    (["--lr", "1e-46"], "learning rate"),
    (["--lr", ""], "--lr"),
    (["--lr", "0,01"], "--lr"),
    (["--steps", "0"], "--steps"),
    (["--steps", "-3"], "--steps"),
    (["--steps", "1.5"], "--steps"),
    (["--steps", "50000"], "L3"),
    (["--steps", "1" + "0" * 30], "L3"),
    (["--seed", "-1"], "--seed"),
    (["--seed", "1" + "0" * 300], "--seed"),
    (["--seed", "x"], "--seed"),
    (["--waves", "on"], "WAVES=on"),
    (["--waves", "5:1"], "WAVES=5:1"),
    (["--waves", "1:2:3"], "WAVES=1:2:3"),
    (["--waves", "\x1b[2J"], "WAVES=\\x1b[2J"),
    (["--foo"], "--foo"),
    (["cct_tiny"], "cct_tiny"),
    (["--model"], "--model"),
    (["--stratgy", "lp"], "--stratgy"),
    (["--dump", "a_file"], "DUMP=a_file"),
    (["--dump", "a_file/below"], "DUMP=a_file/below"),
    (["--dump", "/proc/nowhere"], "DUMP=/proc/nowhere"),
    (["--dump", "x" * 300], "File name too long"),
]


@pytest.mark.parametrize(("arguments", "named"), OPTIONS, ids=[" ".join(words)[:30] for words, _ in OPTIONS])
def test_options(place, monkeypatch, capsys, arguments, named):
    (place / "a_file").write_text("x")
    assert named in refused(monkeypatch, capsys, *TINY, *arguments)
    assert [path.name for path in (place / "build").iterdir()] == ["status"]


def fifo(path: Path) -> None:
    os.mkfifo(path)


def cut_off(path: Path) -> None:
    weight = numpy_helper.from_array(np.ones((64, 4), np.float32), "w")
    infos = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in (("x", [1, 64]), ("y", [1, 4]))]
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g", infos[:1], infos[1:], [weight])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)
    os.truncate(path, 700)


THINGS: dict[str, Callable[[Path], object]] = {
    "nothing": lambda path: None,
    "a folder": Path.mkdir,
    "a pipe": fifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a dangling link": lambda path: path.symlink_to("nowhere"),
    "a link in a circle": lambda path: path.symlink_to(path.name),
    "an empty file": Path.touch,
    "text": lambda path: path.write_text("hello\n" * 100),
    "zeros": lambda path: path.write_bytes(bytes(5000)),
    "an ELF": lambda path: path.write_bytes(b"\x7fELF" + bytes(range(256))),
    "a zip": lambda path: path.write_bytes(b"PK\x03\x04" + bytes(range(256))),
    "a model that was cut off": cut_off,
}
NAMES = ["net.onnx", "a b.onnx", "\x1b[2Jx.onnx", "new\nline.onnx", "$(id).onnx", "[bold].onnx", "ü.onnx"]


@pytest.mark.parametrize("thing", THINGS.values(), ids=THINGS)
def test_models_that_are_none(place, monkeypatch, capsys, thing):
    thing(place / "net.onnx")
    assert "net.onnx" in refused(monkeypatch, capsys, "--model", "net.onnx", "--strategy", "lp")
    assert [path.name for path in (place / "build").iterdir()] == ["status"]


@pytest.mark.parametrize("thing", THINGS.values(), ids=THINGS)
def test_data_that_is_none(place, monkeypatch, capsys, thing):
    thing(place / "d.npz")
    assert "d.npz" in refused(monkeypatch, capsys, *TINY, "--data", "d.npz")
    assert [path.name for path in (place / "build").iterdir()] == ["status"]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_a_terminal_a_shell_or_a_page_would_obey(place, monkeypatch, capsys, name):
    (place / name).write_text("hello")
    for arguments in (["--model", name, "--strategy", "lp"], [*TINY, "--data", name]):
        assert re.escape("onnx") in refused(monkeypatch, capsys, *arguments)


@pytest.mark.parametrize(
    "model", ["", " ", "CCT2", "cct2 ", "cct2.pt", "cct_tiny.ONNX", "..", "/", "x" * 5000, "--", "\x07"]
)
def test_models_that_nobody_knows(place, monkeypatch, capsys, model):
    assert "unknown model" in refused(monkeypatch, capsys, "--model", model)


PLACES: dict[str, Callable[[Path], object]] = {
    "build is a file": lambda place: (place / "build").write_text("x"),
    "build is a dangling link": lambda place: (place / "build").symlink_to("nowhere"),
    "build is a pipe": lambda place: os.mkfifo(place / "build"),
}


@pytest.mark.parametrize("spoil", PLACES.values(), ids=PLACES)
def test_places_that_take_no_run(place, monkeypatch, capsys, spoil):
    spoil(place)
    assert "build" in refused(monkeypatch, capsys, *TINY)


def test_a_folder_that_is_gone(place, monkeypatch, capsys):
    gone = place / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert "net.onnx" in refused(monkeypatch, capsys, "--model", "net.onnx", "--strategy", "lp")
