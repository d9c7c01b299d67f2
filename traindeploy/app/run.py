# SPDX-License-Identifier: Apache-2.0
"""One run from options to report: build the graph, compile it, simulate it on the RTL, check, write the results."""

import os
import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from traindeploy.app.options import Options
from traindeploy.app.result import run_result
from traindeploy.errors import UserError
from traindeploy.platform import CONFIGS
from traindeploy.records import serial
from traindeploy.records.program import ProgramDescription
from traindeploy.records.provenance import collect
from traindeploy.records.run import RunResult
from traindeploy.records.serial import RecordError
from traindeploy.report import html
from traindeploy.report.console import LiveProgress, print_result
from traindeploy.report.text import plain

BUILD = Path(__file__).resolve().parents[2] / "build"
SLACK = 4  # the watchdog bites at this many times the estimated cycles
SLOWEST_HZ = 4_000  # and at the wall time that this simulation rate gives


def run(options: Options, console: Console | None = None) -> RunResult:
    """Do what ``options`` say; the run directory appears whole as ``build/<run name>``, ``build/latest`` points to it.

    Raises:
        UserError: bad input, a model that does not fit, a missing tool; nothing is left behind.
    """
    console = console or Console()
    if not console.is_terminal:
        console = Console(width=120)
    final = BUILD / options.run_name
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD, prefix=f".{options.run_name}-") as scratch:
        run_dir = Path(scratch) / "run"
        result = _run(options, run_dir, final, console)
        serial.write(result, run_dir / "result.json")
        html.write(result, run_dir / "report.html")
        _publish(run_dir, final)
    print_result(console, result)
    console.print(plain(f"report: {os.path.relpath(final / 'report.html')}"), soft_wrap=True)
    return result


def _run(options: Options, run_dir: Path, final: Path, console: Console) -> RunResult:
    # Imported here: the commands that need none of this start at once.
    from golden.training import execute_steps
    from tb.build.toolchain import versions
    from tb.run import simulate
    from tb.run_dir import write_expected
    from traindeploy.app.checks import Compiled, Facts, check_compiled, check_simulated
    from traindeploy.app.pipeline import compile_run
    from traindeploy.frontend import load_model

    started = time.monotonic()
    provenance = collect(versions())  # of the sources as they are now; a missing tool is known before any work is done
    config = CONFIGS[options.config]
    with console.status("compiling the model"):
        program, samples = compile_run(options, run_dir, _dump_folder(options, run_dir))
    graph, description = program.graph, serial.read(ProgramDescription, run_dir / "program.json")
    with console.status("running the golden model"):
        checked = {output.tensor for output in description.outputs}
        steps = execute_steps(graph, samples)
        for step, values in enumerate(steps):
            write_expected(run_dir, step, {name: values[name] for name in checked})
    with console.status("checking model, gradients and arithmetic"):
        imported = load_model(options.model, options.seed)
        checks = check_compiled(Compiled(options, imported, graph, samples, steps))
    console.print(
        f"{len(graph.nodes)} operators, firmware {description.firmware_l2_bytes:,} bytes, "
        f"about {description.estimated_cycles * options.steps:,} cycles expected",
        highlight=False,
    )
    waves = _waves(options, run_dir)
    estimate = description.estimated_cycles * options.steps
    max_cycles = SLACK * estimate + 1_000_000
    with LiveProgress(console, len(description.operators) * options.steps, estimate) as progress:
        bench = simulate(
            run_dir, config, max_cycles=max_cycles, max_seconds=120 + max_cycles / SLOWEST_HZ, waves=waves,
            arithmetic=options.arithmetic, progress=progress,
        )  # fmt: skip
    if bench.passed:  # else its figures are those of a run that did not come to its end
        checks += check_simulated(Facts(program, description, bench))
    in_graph = sum(len(node.outputs) for node in graph.nodes) * options.steps
    return run_result(
        options, description, bench, checks, in_graph=in_graph, run_dir=run_dir, final=final,
        seconds=round(time.monotonic() - started, 2), provenance=provenance,
    )  # fmt: skip


def _dump_folder(options: Options, run_dir: Path) -> Path | None:
    """Where the passes' text goes: into the run directory, or where the user wants it."""
    if not options.dump:
        return None
    return run_dir / "passes" if options.dump == "1" else Path(options.dump)


def _waves(options: Options, run_dir: Path) -> tuple[int, int | None] | str | None:
    """The waveform's window; for an operator's name the same run without waveforms tells the cycles."""
    text = options.waves
    if not text:
        return None
    if text == "1":
        return (0, None)
    first, colon, last = text.partition(":")
    if colon:
        if not (first.isdigit() and last.isdigit() and int(first) < int(last)):
            raise UserError(f"WAVES={text}: expected 1, FIRST:LAST in cycles (FIRST below LAST), or an operator's name")
        return (int(first), int(last))
    plain = replace(options, waves="")
    before = BUILD / plain.run_name
    if not _is_run_of(plain, before / "result.json"):
        raise UserError(f"WAVES={text}: an operator's cycles come from a run without WAVES: do `{plain.command}` first")
    shutil.copy(before / "bench.json", run_dir)
    return text


def _is_run_of(options: Options, path: Path) -> bool:
    """Whether ``path`` holds the result of what ``options`` ask for."""
    try:
        result = serial.read(RunResult, path)
    except RecordError:
        return False
    return result.configuration == options.configuration and result.seed == options.seed


def _publish(run_dir: Path, final: Path) -> None:
    """Move the finished run to its place and let build/latest point to it, each in one step."""
    old = final.with_name(f".{final.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if final.exists():
        final.rename(old)
    run_dir.rename(final)
    shutil.rmtree(old, ignore_errors=True)
    link = final.parent / f".latest-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(final.name)
    link.replace(final.parent / "latest")
