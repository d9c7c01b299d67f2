# SPDX-License-Identifier: Apache-2.0
"""Every way a command can end has its exit status, one line, and leaves the status for scripts."""

import errno
import io
import os
import sys
from pathlib import Path

import click
import pytest

from traindeploy.app import cli, ending, run
from traindeploy.app.ending import Status, explained, one_line
from traindeploy.errors import UserError


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build/ of its own for what the ending writes."""
    monkeypatch.setattr(ending, "BUILD", tmp_path / "build")
    for function in (ending.forget_status, ending.note_status):
        monkeypatch.setattr(function, "__defaults__", (tmp_path / "build",))
    return tmp_path / "build"


def end(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int | str | None:
    """The exit status of a `sim` in which ``error`` happens."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(run, "run", fail)
    monkeypatch.setattr("sys.argv", ["traindeploy", "sim"])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return caught.value.code


def disguised(error: BaseException) -> click.Abort:
    abort = click.Abort()
    abort.__cause__ = error
    return abort


ENDS = [
    (UserError("a.onnx: no"), Status.BAD_INPUT, "error: a.onnx: no"),
    (UserError("two\nlines\x1b[2J"), Status.BAD_INPUT, "error: two lines\\x1b[2J"),
    (click.UsageError("no such option"), Status.BAD_INPUT, "error: no such option"),
    (KeyboardInterrupt(), Status.INTERRUPTED, "error: interrupted; the caches in build/ stay usable"),
    (
        OSError(errno.ENOSPC, "No space left on device", "x.npz"),
        Status.BAD_INPUT,
        "error: x.npz: No space left on device",
    ),
    (OSError(errno.EROFS, "Read-only file system", "build"), Status.BAD_INPUT, "error: build: Read-only file system"),
    (PermissionError(errno.EACCES, "Permission denied", "b"), Status.BAD_INPUT, "error: b: Permission denied"),
    (MemoryError(), Status.BAD_INPUT, "error: this machine has too little memory for the run"),
    (
        IndexError("list index\nout of range"),
        Status.INTERNAL,
        "error: internal error, IndexError: list index out of range:",
    ),
    (EOFError("no data left"), Status.INTERNAL, "error: internal error, EOFError: no data left:"),
    (
        FileNotFoundError(errno.ENOENT, "No such file", "x"),
        Status.INTERNAL,
        "error: internal error, FileNotFoundError:",
    ),
    (AssertionError(), Status.INTERNAL, "error: internal error, AssertionError: "),
    (RecursionError("too deep"), Status.INTERNAL, "error: internal error, RecursionError: too deep:"),
]


@pytest.mark.parametrize(("error", "status", "line"), ENDS, ids=[type(error).__name__ for error, *_ in ENDS])
def test_each_end_has_its_status_and_line(build, monkeypatch, capsys, error, status, line):
    assert end(monkeypatch, error) == status
    output, errors = capsys.readouterr()
    (found,) = filter(None, errors.splitlines())  # click ends the line that ^C stands in
    assert found.startswith(line)
    assert output == ""
    assert (build / "status").read_text() == f"{int(status)}\n"
    if status is Status.INTERNAL:
        log = build / "internal-error.log"
        assert f"please report it with {log}" in found
        assert "Traceback" in log.read_text()
        assert "arguments: ['sim']" in log.read_text()


def test_the_status_of_the_run_before_is_gone_when_a_run_begins(build, monkeypatch):
    ending.note_status(0, build)
    seen: list[bool] = []

    def look(error: BaseException) -> tuple[Status, str]:
        seen.append((build / "status").exists())
        return explained(error)

    monkeypatch.setattr(cli, "explained", look)
    end(monkeypatch, UserError("no"))
    assert seen == [False]
    assert (build / "status").read_text() == "2\n"


def test_an_end_of_file_that_click_takes_for_an_interrupt_is_none(build):
    assert explained(disguised(EOFError()))[0] is Status.INTERNAL
    assert explained(disguised(KeyboardInterrupt()))[0] is Status.INTERRUPTED


def test_a_disk_that_takes_nothing_does_not_hide_the_error(build, monkeypatch, capsys):
    build.write_text("not a folder")
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(build))
    assert end(monkeypatch, IndexError("x")) == Status.INTERNAL
    assert "IndexError: x: please report it with the lines above" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["\x1b[31mred", "\x9b2J", "a\x07b", "\u202egnp.exe", "\udc80", "x" * 5])
def test_a_line_holds_nothing_that_a_terminal_obeys(text):
    assert one_line(text).isprintable()


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_name_that_the_terminal_cannot_show_is_spelled_out(build, monkeypatch, stream):
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(f"sys.{stream}", terminal)
    monkeypatch.setattr(run, "run", lambda _: print("caf\u00e9", file=getattr(sys, stream)))
    monkeypatch.setattr("sys.argv", ["traindeploy", "sim"])
    with pytest.raises(SystemExit):
        cli.main()
    terminal.flush()
    assert b"caf\\xe9" in terminal.buffer.getvalue()


def test_other_commands_leave_the_status_alone(build, monkeypatch):
    ending.note_status(1, build)
    monkeypatch.setattr("sys.argv", ["traindeploy", "models"])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert not caught.value.code
    assert (build / "status").read_text() == "1\n"
    assert os.listdir(build) == ["status"]
