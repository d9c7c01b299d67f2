# SPDX-License-Identifier: Apache-2.0
"""``traindeploy report``: reads every kind of record from files and folders, writes whole files, explains bad input."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.report.formats.conftest import block
from tests.report.kernel.made import made
from traindeploy.app.cli import commands
from traindeploy.app.write_report import diff, write_report
from traindeploy.errors import UserError
from traindeploy.records import serial
from traindeploy.records.case import append
from traindeploy.records.load import read_cases
from traindeploy.report.formats import FORMATS
from traindeploy.report.formats.coverview import path_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a kernel's record and two cases, as a regression leaves it."""
    (tmp_path / "verify" / "relu").mkdir(parents=True)
    serial.write(made(3, kernel="relu"), tmp_path / "verify" / "relu" / "record.json")
    for seed in (1, 2):
        append(block(seed=seed), tmp_path / "reports" / "tests.jsonl")
    return tmp_path


def test_every_case_in_a_folder_is_found_once(folder: Path) -> None:
    (folder / "latest").symlink_to(folder / "verify")
    assert [(type(r).__name__, r.seed) for r in read_cases([folder])] == [
        ("CaseRecord", 1),
        ("CaseRecord", 2),
        ("KernelRecord", 1),
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_the_command_writes_every_format(folder: Path, name: str) -> None:
    target = folder / "out" / "r"
    done = CliRunner().invoke(commands, ["report", str(folder), "--format", name, "-o", str(target)])
    assert done.exit_code == 0, done.output
    assert target.read_bytes() == FORMATS[name].render(read_cases([folder / "reports", folder / "verify"]))
    assert [path.name for path in target.parent.iterdir()] == ["r"]


def test_the_command_offers_what_there_is() -> None:
    choice = next(option for option in commands.commands["report"].params if option.name == "format_").type
    assert isinstance(choice, click.Choice)
    assert list(choice.choices) == list(FORMATS)


def test_without_a_file_the_report_is_printed(folder: Path) -> None:
    done = CliRunner().invoke(commands, ["report", str(folder), "--format", "json"])
    assert len(json.loads(done.output)) == 3


def test_lines_that_were_changed_and_did_not_run_are_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = path_of("td_hyperbus.sv")
    told = f"+++ b/{source}\n@@ -9,3 +9,3 @@\n+a\n+b\n+c\n+++ b/other.py\n@@ -1 +1 @@\n"
    monkeypatch.setattr("traindeploy.app.write_report.diff", lambda since: told)
    done = CliRunner().invoke(commands, ["report", str(folder), "--format", "markdown", "--since", "main"])
    assert done.exit_code == 0, done.output
    assert f"| {source} | 3 | 2 | 1 | 11 |" in done.output
    assert "1 more changed files have no coverage by line" in done.output


def test_git_says_what_changed_or_why_it_cannot(folder: Path) -> None:
    assert not [line for line in diff("HEAD").splitlines() if line.startswith("fatal")]
    assert "--since no-such-commit: fatal" in refused(folder, name="markdown", since="no-such-commit")
    assert "--since --output=x: fatal" in refused(folder, name="markdown", since="--output=x")
    assert "--since is for --format markdown" in refused(folder, name="json", since="HEAD")


def refused(*paths: Path, name: str = "junit", output: Path | None = None, since: str = "") -> str:
    with pytest.raises(UserError) as caught:
        write_report(paths, name, output, since)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_bad_input_is_one_line(folder: Path) -> None:
    (folder / "x.json").write_text('{"record": "SpeedResult"}')
    (folder / "y.json").write_text("[1]")
    (folder / "z.json").write_bytes(b"\xff\xfe")
    (folder / "empty").mkdir()
    lines = (folder / "reports" / "tests.jsonl").read_text()
    (folder / "cut.jsonl").write_text(lines[:-30])
    assert "holds SpeedResult, expected one of CaseRecord, KernelRecord, RunResult" in refused(folder / "x.json")
    assert "holds no record" in refused(folder / "y.json")
    assert "bytes that are no text" in refused(folder / "z.json")
    assert "no case in it" in refused(folder / "empty")
    assert "No such file" in refused(folder / "none.json")
    assert "cut.jsonl:2: not JSON" in refused(folder / "cut.jsonl")
    assert "say where with -o" in refused(folder / "reports", name="coverview")
    (folder / "file").write_text("")
    assert "file" in refused(folder / "reports", output=folder / "file" / "r.xml")
    assert list(folder.rglob(".*")) == []
