# SPDX-License-Identifier: Apache-2.0
"""One run from options to report: build the graph, compile it, simulate it on the RTL, check, write the results."""

import time
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from traindeploy.app.beside import beside
from traindeploy.app.examine import examine
from traindeploy.app.options import Options
from traindeploy.app.result import run_result
from traindeploy.app.run_folder import publish, scratch_folder
from traindeploy.app.waves import Window, window
from traindeploy.errors import UserError
from traindeploy.platform import configuration
from traindeploy.platform.paths import BUILD
from traindeploy.records import serial
from traindeploy.records.program import ProgramDescription
from traindeploy.records.provenance import collect
from traindeploy.records.run import RunResult
from traindeploy.report import network, run_files, trace
from traindeploy.report.console import LiveProgress, print_result, terminal
from traindeploy.report.text import plain, shown_path

SLACK = 4  # the watchdog bites at this many times the estimated cycles
SLOWEST_HZ = 4_000  # and at the wall time that this simulation rate gives


def run(options: Options, console: Console | None = None) -> RunResult:
    """Do what ``options`` say; the run directory appears whole as ``build/<run name>``, ``build/latest`` points to it.

    Raises:
        UserError: bad input, a model that does not fit, a missing tool; nothing is left behind.
    """
    console = console or terminal()
    final = BUILD / options.run_name
    waves = window(options, BUILD)
    with scratch_folder(BUILD, options.run_name) as scratch:
        run_dir = scratch / "run"
        result = _run(options, run_dir, final, console, waves)
        serial.write(result, run_dir / "result.json")
        _write_reports(result, run_dir)
        publish(run_dir, final)
    print_result(console, result, final)
    console.print(plain(f"report: {shown_path(final / 'report.html')}"), soft_wrap=True)
    return result


def _run(options: Options, run_dir: Path, final: Path, console: Console, waves: Window | None) -> RunResult:
    # Imported here: the commands that need none of this start at once.
    from golden.training import execute_steps
    from tb.build.toolchain import require_lz4, versions
    from tb.run import simulate
    from tb.run_dir import write_expected
    from traindeploy.app.checks import Compiled, Facts, check_compiled, check_simulated
    from traindeploy.app.pipeline import compile_run
    from traindeploy.frontend import load_model

    started = time.monotonic()
    provenance = collect(versions())  # of the sources as they are now; a missing tool is known before any work is done
    if waves is not None:
        require_lz4()
    config = configuration(options.config)
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
        compiled = Compiled(options, imported, graph, samples, steps)
        checks = check_compiled(compiled)
        accuracy = {each.tensor: each.share for _, each in sorted(compiled.accuracy, key=lambda item: item[1].share)}
    estimate = description.estimated_cycles * options.steps
    console.print(
        f"{len(graph.nodes)} operators, firmware {description.firmware_l2_bytes:,} bytes, "
        f"about {estimate:,} cycles expected",
        highlight=False,
    )
    max_cycles = SLACK * estimate + 1_000_000
    with LiveProgress(console, len(description.operators) * options.steps, estimate) as progress:
        bench = simulate(
            run_dir, config, max_cycles=max_cycles, max_seconds=120 + max_cycles / SLOWEST_HZ, waves=waves,
            arithmetic=options.arithmetic, progress=progress,
        )  # fmt: skip
    if bench.passed:  # else its figures are those of a run that did not come to its end
        checks += check_simulated(Facts(program, description, bench))
    elif bench.mismatches:
        slow = " (a simulator with tracing takes minutes to build, once)" if options.triage == "full" else ""
        with console.status(f"looking for the cause of the mismatch{slow}"):
            lines = examine(options, run_dir, final, program, bench, steps)
        bench = replace(bench, detail="\n".join(filter(None, [bench.detail, *lines])))
    in_graph = sum(len(node.outputs) for node in graph.nodes) * options.steps
    trained = {name: tensor.size for name, tensor in graph.tensors.items() if tensor.trainable}
    return run_result(
        options, description, bench, checks, in_graph=in_graph, trained=trained, notes=graph.notes, accuracy=accuracy,
        run_dir=run_dir, final=final, seconds=round(time.monotonic() - started, 2), provenance=provenance,
    )  # fmt: skip


def _write_reports(result: RunResult, run_dir: Path) -> None:
    """The pages and the trace, from the records in ``run_dir``."""
    files = run_files.beside(result, run_dir)
    found = beside(files.program, BUILD) if files.program is not None else None
    network.write(files, run_dir, found)
    trace.write(files, run_dir / "trace.json")


def _dump_folder(options: Options, run_dir: Path) -> Path | None:
    """Where the passes' text goes: into the run directory, or where the user wants it."""
    if not options.dump:
        return None
    if options.dump == "1":
        return run_dir / "passes"
    folder = Path(options.dump)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"DUMP={options.dump}: no folder can be made there ({error.strerror})") from None
    return folder
