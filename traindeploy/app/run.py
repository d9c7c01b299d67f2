# SPDX-License-Identifier: Apache-2.0
"""One run from options to report: build the graph, compile it, simulate it on the RTL, check, write the results."""

import json
import os
import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console

from traindeploy.app.options import Options
from traindeploy.errors import UserError
from traindeploy.report import html
from traindeploy.report.console import LiveProgress, print_result
from traindeploy.report.result import Mismatch, OperatorResult, Result
from traindeploy.target import CONFIGS, L2_SIZE, L3_SIZE, TCDM_SIZE

BUILD = Path(__file__).resolve().parents[2] / "build"
SLACK = 4  # the watchdog bites at this many times the estimated cycles
SLOWEST_HZ = 4_000  # and at the wall time that this simulation rate gives


def run(options: Options, console: Console | None = None) -> Result:
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
        result.write(run_dir / "result.json")
        html.write(result, run_dir / "report.html")
        _publish(run_dir, final)
    print_result(console, result)
    console.print(f"report: {os.path.relpath(final / 'report.html')}", highlight=False)
    return result


def _run(options: Options, run_dir: Path, final: Path, console: Console) -> Result:
    # Imported here: the commands that need none of this start at once.
    from golden.training import execute_steps
    from tb.build.toolchain import find_verilator
    from tb.run import simulate
    from traindeploy.app.pipeline import compile_run

    started = time.monotonic()
    find_verilator()  # a missing tool is known before any work is done
    config = CONFIGS[options.config]
    with console.status("compiling the model"):
        program, samples = compile_run(options, run_dir, _dump_folder(options, run_dir))
    graph = program.graph
    with console.status("running the golden model"):
        checked = {output.tensor for operator in program.operators for output in operator.outputs}
        (run_dir / "expected").mkdir()
        for step, values in enumerate(execute_steps(graph, samples)):
            np.savez(run_dir / "expected" / f"step_{step}.npz", **{name: values[name] for name in checked})
    console.print(
        f"{len(graph.nodes)} operators, firmware {program.info['firmware'].l2:,} bytes, "
        f"about {program.estimated_cycles * options.steps:,} cycles expected",
        highlight=False,
    )
    waves = _waves(options, run_dir)
    estimate = program.estimated_cycles * options.steps
    max_cycles = SLACK * estimate + 1_000_000
    names = {operator.index: operator.node.name for operator in program.operators}
    with LiveProgress(console, len(program.operators) * options.steps, names, estimate) as progress:
        bench = simulate(
            run_dir, config, max_cycles=max_cycles, max_seconds=120 + max_cycles / SLOWEST_HZ, waves=waves,
            arithmetic=options.arithmetic, progress=progress,
        )  # fmt: skip
    return _result(options, program, graph, bench, time.monotonic() - started, final)


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
    previous = before / "result.json"
    if not previous.exists() or json.loads(previous.read_text()).get("command") != plain.command:
        raise UserError(f"WAVES={text}: an operator's cycles come from a run without WAVES: do `{plain.command}` first")
    shutil.copy(before / "bench.json", run_dir)
    return text


def _result(options, program, graph, bench: dict, seconds: float, final: Path) -> Result:
    operators = [
        OperatorResult(
            **{key: record[key] for key in ("name", "kind", "engine", "phase", "step", "start", "cycles", "flop")},
            elements=record["elements"],
            max_ulp=record["max_ulp"],
        )
        for record in bench["operators"]
    ]
    mismatches = [
        Mismatch(
            **{key: found[key] for key in Mismatch.__dataclass_fields__ if key != "index"}, index=tuple(found["index"])
        )
        for found in bench["mismatches"]
    ]
    in_graph = sum(len(node.outputs) for node in graph.nodes) * options.steps
    passed, failure = bench["passed"], bench["failure"]
    if passed and bench["tensors_compared"] != in_graph:
        passed, failure = False, f"{bench['tensors_compared']} tensors were compared, the graph has {in_graph}"
    reproduce = ""
    if not passed:
        cycle = mismatches[0].cycle if mismatches else bench["cycles"]
        reproduce = replace(options, waves=f"{max(cycle - 20_000, 0)}:{cycle + 100}").command
    return Result(
        passed=passed,
        model=options.model,
        strategy=options.strategy,
        engine=options.engine,
        config=options.config,
        arithmetic=options.arithmetic,
        seed=options.seed,
        steps=options.steps,
        lora_rank=options.lora_rank,
        lora_alpha=options.lora_alpha,
        learning_rate=options.learning_rate,
        data=options.data,
        cycles=bench["cycles"],
        flop=sum(operator.flop for operator in program.operators) * options.steps,
        tensors_compared=bench["tensors_compared"],
        tensors_in_graph=in_graph,
        elements_compared=bench["elements_compared"],
        max_ulp=bench["max_ulp"],
        l3_bytes=program.l3_bytes * options.steps,
        peak_bytes=dict(program.peak_bytes),
        capacity_bytes={"L1": TCDM_SIZE, "L2": L2_SIZE, "L3": L3_SIZE},
        trainable_parameters=sum(t.size for t in graph.tensors.values() if t.trainable and t.view is None),
        losses=[loss for loss in bench["loss"] if loss is not None],
        sim_seconds=bench["sim_seconds"],
        wall_seconds=round(seconds, 2),
        firmware_bytes=program.info["firmware"].l2,
        operators=operators,
        mismatches=mismatches,
        failure="\n".join(filter(None, [failure, bench.get("detail", "") if failure else ""])),
        command=options.command,
        reproduce=reproduce,
        waves=os.fspath(final / "dump.fst") if options.waves else "",
    )


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
