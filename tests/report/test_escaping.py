# SPDX-License-Identifier: Apache-2.0
"""A name is shown by every report and obeyed by none: page, terminal, table, JSON, archive, command, folder."""

import io
import json
import re
import shlex
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from tests.names import NASTY
from tests.report.network_run import full_run
from traindeploy.app.options import Options
from traindeploy.records import serial
from traindeploy.records.arrays import read_arrays, write_arrays
from traindeploy.records.names import printable
from traindeploy.records.run import RunResult
from traindeploy.report import compare_page, explain, network, trace
from traindeploy.report.compare import compare
from traindeploy.report.compare import markdown as comparison_markdown
from traindeploy.report.console import LiveProgress, print_comparison, print_result
from traindeploy.report.table import markdown

SEQUENCE = re.compile(r"\x1b[^A-Za-z]*[A-Za-z]")


class Page(HTMLParser):
    """Tags with their attributes' names, and all text, of a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(" ".join([tag, *(name for name, _ in attrs)]))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def called(result: RunResult, name: str) -> RunResult:
    """``result`` with ``name`` wherever a name of the user's may stand."""
    operators = tuple(replace(op, name=name) for op in result.operators)
    mismatches = tuple(replace(m, tensor=name, operator=name) for m in result.mismatches)
    command = Options(model=f"{name}.onnx", data=name).command
    return replace(
        result, operators=operators, mismatches=mismatches, failure=result.failure and f"{name} differs",
        configuration={**result.configuration, "model": f"{name}.onnx", "data": name}, command=command,
        reproduce=result.reproduce and command,
    )  # fmt: skip


@pytest.mark.parametrize("name", NASTY)
def test_a_page_has_the_same_tags_and_the_name_as_text(failed: RunResult, name: str) -> None:
    of_name, of_plain = (network.render(full_run(called(replace(failed, failure="x"), n), n)) for n in (name, "fc1"))
    for file in ("report.html", "operators.html"):
        page, plain = Page(of_name[file]), Page(of_plain[file])
        assert page.tags == plain.tags
        assert any(name in text for text in page.text)


@pytest.mark.parametrize("name", NASTY)
def test_trace_comparison_and_explanation_keep_to_their_lines(passed: RunResult, name: str) -> None:
    run = full_run(called(passed, name), name)
    assert any(printable(name) in event["name"] for event in trace.document(run)["traceEvents"])
    json.dumps(trace.document(run)).encode("ascii")
    view = explain.find(run, f"{name}.1")
    assert all(line.isprintable() for line in explain.text(explain.parts(view, run)).splitlines())
    found = compare(run, replace(run, result=replace(run.result, cycles=9)), (name, "b"))
    assert all(line.isprintable() for line in comparison_markdown(found).splitlines())
    file = io.StringIO()
    print_comparison(Console(file=file, width=300), found, None)
    assert all(line.isprintable() for line in file.getvalue().splitlines())
    plain = full_run(called(passed, "fc1"), "fc1")
    pages = (Page(compare_page.render(compare(one, one, (n, "b")))) for one, n in ((run, name), (plain, "fc1")))
    assert next(pages).tags == next(pages).tags


def shown(result: RunResult, force_terminal: bool) -> str:
    file = io.StringIO()
    console = Console(file=file, width=600, force_terminal=force_terminal)
    with LiveProgress(console, 4, 100) as progress:
        progress._show(result.operators[0].name, "")
    print_result(console, result)
    return file.getvalue()


@pytest.mark.parametrize("name", NASTY)
def test_a_terminal_obeys_no_name(failed: RunResult, name: str) -> None:
    text = shown(called(replace(failed, failure="x"), name), force_terminal=False)
    assert all(line.isprintable() for line in text.splitlines())
    assert printable(name) in text
    obeyed, usual = (shown(called(failed, n), force_terminal=True) for n in (name, "fc1"))
    assert set(SEQUENCE.findall(obeyed)) == set(SEQUENCE.findall(usual))


@pytest.mark.parametrize("name", NASTY)
def test_a_table_has_a_line_a_run(passed: RunResult, name: str) -> None:
    lines = markdown([called(passed, name)]).split("\n")
    assert len(lines) == 3
    assert len({line.replace("\\\\", "").replace("\\|", "").count("|") for line in lines}) == 1
    assert lines[2].isprintable()


@pytest.mark.parametrize("name", NASTY)
def test_json_and_archive_keep_the_name(tmp_path: Path, failed: RunResult, name: str) -> None:
    result = called(failed, name)
    serial.write(result, tmp_path / "result.json")
    assert serial.read(RunResult, tmp_path / "result.json") == result
    assert (tmp_path / "result.json").read_bytes().isascii()
    write_arrays(tmp_path / "a.npz", {name: np.arange(3), "other": np.arange(2)})
    assert list(read_arrays(tmp_path / "a.npz")) == [name, "other"]
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        assert not any("/" in member or "\\" in member for member in archive.namelist())


@pytest.mark.parametrize("name", [name for name in NASTY if "\0" not in name])  # which no command line can hold
def test_a_command_and_a_folder_take_the_name(name: str) -> None:
    options = Options(model=f"{name}.onnx")
    words = shlex.split(options.command)
    assert f"MODEL={name}.onnx" in words
    assert options.arguments[options.arguments.index("--model") + 1] == f"{name}.onnx"
    assert len(options.run_name) < 200
    assert Path(options.run_name).name == options.run_name
    assert options.run_name.isascii()
    assert options.run_name.isprintable()
    assert not options.run_name.startswith((".", "-"))


def test_bytes_that_are_no_text_can_be_shown(tmp_path: Path, passed: RunResult) -> None:
    network.write(full_run(called(passed, "caf\udce9"), "caf\udce9"), tmp_path)
    trace.write(full_run(passed, "caf\udce9"), tmp_path / "trace.json")
    assert "caf\\udce9" in (tmp_path / "report.html").read_text(encoding="utf-8")
