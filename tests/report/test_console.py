# SPDX-License-Identifier: Apache-2.0
"""What a terminal shows: whole numbers however narrow it is, nothing that it obeys, commands that can be pasted."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from traindeploy.records.progress import BuildBegan
from traindeploy.records.run import RunResult
from traindeploy.records.verdict import Verdict
from traindeploy.report.console import LiveProgress, print_result, terminal


def shown(result: RunResult, width: int = 80) -> str:
    text = io.StringIO()
    print_result(Console(file=text, width=width), result, Path("build/run"))
    return text.getvalue()


def with_long_names(result: RunResult) -> RunResult:
    name = "/transformer/encoder/layers.0/self_attention/projection/MatMul.dW.accumulated"
    operators = [
        replace(op, name=name, kind="SoftmaxCrossEntropyGrad", cycles=12_345_678, max_ulp=2_147_483_647, flop=10**9)
        for op in result.operators
    ]
    return replace(result, operators=tuple(operators))


@pytest.mark.parametrize("width", [70, 80, 120])
def test_the_table_keeps_its_numbers_at_any_width(passed, width):
    lines = shown(with_long_names(passed), width).splitlines()
    assert max(map(len, lines)) <= width
    rows = [line for line in lines if "12,345,678" in line]
    assert len(rows) == len(passed.operators)
    assert all("81.00" in row and "2147483647" in row for row in rows)


def test_a_failure_shows_the_values_the_kernel_and_a_command_in_one_line(failed):
    command = "make sim MODEL=" + "a/very/long/path" * 9 + " WAVES=1:2"
    text = shown(replace(failed, reproduce=command))
    assert "FAILED: " in text
    assert f"with waveforms: {command}\n" in text


def test_a_simulator_that_gave_up_is_no_failed_check(failed):
    text = shown(replace(failed, verdict=Verdict.ERROR, failure="the simulator ended"))
    assert "NO VERDICT: the simulator ended" in text
    assert "FAILED" not in text
    assert "please report it with build/run/sim.log" in text


def test_names_are_shown_as_they_are(passed, failed):
    name = "[bold]a[/bold] \x1b[2J\\"
    odd = replace(passed, operators=(replace(passed.operators[0], name=name),))
    assert "[bold]a[/bold]" in shown(odd)
    assert "\x1b" not in shown(odd) + shown(replace(failed, failure=name))
    assert "[bold]a[/bold]" in shown(replace(failed, failure=name))


def test_without_a_terminal_a_line_says_what_is_built():
    text = io.StringIO()
    with LiveProgress(Console(file=text, width=80), 1, 1) as progress:
        progress(BuildBegan(name="paper-host"))
        assert "building the simulator paper-host, a few minutes, once" in text.getvalue()


def test_a_reader_that_goes_away_does_not_end_the_run(capfd, monkeypatch):
    console = terminal()

    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

        def fileno(self) -> int:
            return 1

    console.file = Gone()
    monkeypatch.setattr("os.dup2", lambda *_: None)
    console.print("a line")
    console.print("another")
    assert console.quiet
