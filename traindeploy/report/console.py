# SPDX-License-Identifier: Apache-2.0
"""What a run shows in the terminal: a live line while it runs, a table when it ends."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn
from rich.table import Table
from rich.text import Text

from traindeploy.records.comparison import Comparison, OperatorPair
from traindeploy.records.names import printable
from traindeploy.records.progress import BuildBegan, BuildEnded, Event, OperatorEnded, StepBegan, Tick
from traindeploy.records.run import RunResult
from traindeploy.records.verdict import Verdict
from traindeploy.report.compare import ROWS, change_text, row, value_text
from traindeploy.report.text import bytes_text, duration, number, plain, plain_lines, shown_path

WIDE = 120  # columns where nobody's terminal says how many there are


class _Unbroken(Console):
    """A console whose reader may go away (``make sim | head``): the run and its status are the same."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, sys.stdout.fileno())
        os.close(sink)


def terminal() -> Console:
    """The terminal as wide as it is, or a file."""
    console = _Unbroken()
    return console if console.is_terminal else _Unbroken(width=WIDE)


class LiveProgress:
    """Renders the bench's progress events: operator, simulated cycles, rate, time left.

    ``operators`` is the number of operators in all steps together, ``estimate`` the cycles that the compiler expects of
    the run.
    """

    def __init__(self, console: Console, operators: int, estimate: int) -> None:
        self.total, self.estimate = operators, max(estimate, 1)
        self.done = 0
        self.started = time.monotonic()
        self.progress = Progress(
            SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(),
            TextColumn("{task.fields[facts]}", markup=False), console=console, transient=True,
        )  # fmt: skip
        self.task = self.progress.add_task("starting", total=self.total, facts="")

    def __enter__(self) -> "LiveProgress":
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def __call__(self, event: Event) -> None:
        match event:
            case BuildBegan(name=name):
                what = f"building the simulator {name}, a few minutes, once"
                self._show(what, "")
                if not self.progress.console.is_terminal:  # where no line is live
                    self.progress.console.print(what, highlight=False)
            case BuildEnded(seconds=seconds):
                self.progress.console.print(f"simulator built in {duration(seconds)}")
                self.started = time.monotonic()
            case StepBegan(step=step):
                self.started = self.started if self.done else time.monotonic()
                self._show(f"step {step}", "")
            case OperatorEnded(name=name, cycle=cycle):
                self.done += 1
                self._show(name, self._facts(cycle))
            case Tick(cycle=cycle):
                self.progress.update(self.task, facts=self._facts(cycle))

    def _show(self, description: str, facts: str) -> None:
        self.progress.update(self.task, description=printable(description), completed=self.done, facts=facts)

    def _facts(self, cycles: int) -> str:
        seconds = max(time.monotonic() - self.started, 1e-3)
        left = max(self.estimate - cycles, 0) * seconds / cycles if cycles else 0.0
        return f"{number(cycles)} cycles, {cycles / seconds / 1e3:.0f} kHz, {duration(left)} left"


def print_result(console: Console, result: RunResult, folder: Path = Path()) -> None:
    """A line per operator, then the totals and the verdict; ``folder`` holds the run's files."""
    variables = f"ENGINE={result.engine}, CONFIG={result.config}, ARITHMETIC={result.options.arithmetic}"
    table = Table(title=plain(f"{result.model}, {result.strategy}, {variables}"))
    for name in ("operator", "kind"):
        table.add_column(name, overflow="fold", min_width=4)  # these give way where the terminal is narrow
    table.add_column("engine", no_wrap=True)
    for name in ("cycles", "FLOP/cycle", "ULP"):
        table.add_column(name, justify="right", no_wrap=True)
    for op in result.operators:
        rate = f"{op.flop_per_cycle:.2f}" if op.flop else ""
        ulp = "[green]0[/]" if op.max_ulp == 0 else "[red]NaN[/]" if op.max_ulp < 0 else f"[red]{op.max_ulp}[/]"
        name = op.name if result.steps == 1 else f"{op.step}: {op.name}"
        table.add_row(plain(name), op.kind, op.engine, number(op.cycles), rate, ulp)
    console.print(table)
    totals = Table(show_header=False, box=None)
    peaks = ", ".join(f"{level} {bytes_text(size)}" for level, size in result.peak_bytes.items())
    for name, value in (
        ("cycles", f"{number(result.cycles)} ({result.milliseconds:.2f} ms at 360 MHz)"),
        ("contract", result.contract),
        ("FLOP/cycle", f"{result.flop_per_cycle:.2f} ({result.flop / 1e6:.1f} MFLOP)"),
        ("L3<->L2", bytes_text(result.l3_bytes)),
        ("peak memory", peaks),
        ("trainable parameters", number(result.trainable_parameters)),
        ("loss", ", ".join(f"{loss:.6f}" for loss in result.losses)),
        ("compared", (f"{result.tensors_compared} of {result.tensors_in_graph} tensors, "
                      f"{number(result.elements_compared)} elements")),
        ("self-checks", f"{sum(check.passed for check in result.self_checks)} of {len(result.self_checks)} hold"),
        ("simulation", f"{duration(result.sim_seconds)} of {duration(result.seconds)} in all"),
    ):  # fmt: skip
        totals.add_row(name, value)
    console.print(totals)
    for note in result.notes:
        console.print("note:", plain(note), highlight=False)
    if result.passed:
        console.print("[bold green]PASSED[/]: every tensor is bit-identical to the golden model")
        return
    word = "FAILED" if result.verdict is Verdict.FAILED else "NO VERDICT"
    console.print(Text.assemble((word, "bold red"), ": ", plain_lines(result.failure_text)), soft_wrap=True)
    if result.verdict is Verdict.ERROR:
        log = shown_path(folder / "sim.log")
        console.print(plain(f"the simulator gave up: please report it with {log} and bench.json"), soft_wrap=True)
    if result.reproduce:
        console.print(plain(f"with waveforms: {result.reproduce}"), soft_wrap=True)


def print_comparison(console: Console, comparison: Comparison, operators: int | None = 20) -> None:
    """What is to be known first, then what differs, the figures, and the operators that changed most (None: all)."""
    for name, side in (("A", comparison.a), ("B", comparison.b)):
        colour = "green" if side.verdict is Verdict.PASSED else "red"
        commit = f", commit {side.commit[:12]}{' with changes' if side.dirty else ''}" if side.commit else ""
        console.print(
            f"[bold]{name}[/]", plain(f"{side.run}:"), f"[{colour}]{side.verdict.value}[/]{commit}", soft_wrap=True
        )
    for sentence in comparison.summary:
        console.print(plain(sentence), highlight=False)
    if comparison.differences:
        table = Table("differs", "A", "B", box=None)
        for difference in comparison.differences:
            table.add_row(plain(difference.name), plain(str(difference.a)), plain(str(difference.b)))
        console.print(table)
    table = Table("figure", box=None)
    for name in ("A", "B", "unit", "change"):
        table.add_column(name, justify="left" if name == "unit" else "right", no_wrap=True)
    for known in comparison.figures:
        table.add_row(known.name, value_text(known.a), value_text(known.b), known.unit, change_text(known))
    console.print(table)
    changed = comparison.operators if operators is None else [p for p in comparison.operators if p.weight][:operators]
    if changed:
        _print_pairs(console, changed)
    left = sum(1 for pair in comparison.operators if pair.weight) - len(changed)
    if left > 0:
        console.print(f"and {left} more operators that changed: --all shows them", highlight=False)


def _print_pairs(console: Console, pairs: Sequence[OperatorPair]) -> None:
    """Columns that say nothing new, because their values are the same in A and B everywhere, are left out."""
    rows = [dict(zip(ROWS, row(pair), strict=True)) for pair in pairs]
    shown = ["operator", "engine", "cycles A", "cycles B"]
    for name in ("critical", "bytes", "ULP"):
        if any(entries[f"{name} A"] != entries[f"{name} B"] for entries in rows):
            shown += [f"{name} A", f"{name} B"]
    table = Table(title="operators, most changed first")
    for name in [*shown, "change"]:
        words = name in ("operator", "engine")
        table.add_column(name, overflow="fold", justify="left" if words else "right", no_wrap=not words, min_width=4)
    for entries in rows:
        table.add_row(*(plain(entries[name]) for name in [*shown, "change"]))
    console.print(table)
