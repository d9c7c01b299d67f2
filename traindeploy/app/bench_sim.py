# SPDX-License-Identifier: Apache-2.0
"""`make bench-sim`: how fast the simulation is, against bare cores, and what checking and Python cost.

In one run, repetitions interleaved and medians taken, because machines are shared; all rates are simulated clock cycles
per second of processor time:
(a) eight CV32E40P with FPU on ideal memories in a plain Verilator loop, all busy with multiply-adds;
(b) the platform under cocotb during its longest matrix operator (RedMule multiplies, the cores prepare and move data);
(c) a whole lora1 step of cct2 without comparisons; (d) the same, every tensor compared.
Writes build/bench-sim.json.
"""

import json
import os
import platform
import sys
import time
from pathlib import Path
from statistics import median

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from golden.training import execute_steps
from tb.bench_sim import bare
from tb.build.paths import BUILD
from tb.build.simulator import PLATFORM_OPTIMIZE, Build, build_platform
from tb.env.network.checker import OPERATOR_BEGINS
from tb.run import simulate
from traindeploy.app.options import ARITHMETICS
from traindeploy.app.pipeline import build_training_graph, compile_program
from traindeploy.codegen.firmware import assemble
from traindeploy.errors import UserError
from traindeploy.frontend.data import load_samples
from traindeploy.target import CONFIGS, HardwareConfig

CONFIG = CONFIGS["paper"]
BARE_CYCLES = 500_000
TARGET_RATE, TARGET_CHECKING = 0.5, 0.03


def prepare(run_dir: Path, model: str, config: HardwareConfig) -> None:
    """A compiled lora1 step with its expected tensors."""
    graph = build_training_graph(model, "lora1")
    samples = load_samples("", graph, 1, 0)
    program = compile_program(graph, config, "redmule", run_dir, steps=1, samples=samples)
    names = {output.tensor for operator in program.operators for output in operator.outputs}
    (run_dir / "expected").mkdir(exist_ok=True)
    (values,) = execute_steps(graph, samples)
    np.savez(run_dir / "expected" / "step_0.npz", **{name: values[name] for name in names})


def step(run_dir: Path, build: Build, check: bool) -> dict:
    """One measured run; UserError if it does not pass."""
    result = simulate(
        run_dir, CONFIG, max_cycles=20_000_000, max_seconds=1800, build=build, check=check, profile=True
    )  # fmt: skip
    if not result["passed"] or (check and not result["tensors_compared"]):
        raise UserError(f"bench-sim: the step fails, no rate means anything: {result['failure']}")
    return result


def rate(result: dict) -> float:
    """kHz of a whole step."""
    return result["cycles"] / result["profile"]["cpu_seconds"] / 1e3


def compute_heavy(result: dict) -> tuple[str, int, float]:
    """(name, cycles, kHz) of the matrix operator on RedMule that takes the most cycles."""
    products = [op for op in result["operators"] if op["engine"] == "redmule"]
    longest = max(products, key=lambda op: op["cycles"])
    marks = {word: (cycle, cpu) for word, cycle, cpu in result["profile"]["marks"]}
    begin, end = marks[OPERATOR_BEGINS | longest["index"]], marks[longest["index"]]
    return longest["name"], end[0] - begin[0], (end[0] - begin[0]) / (end[1] - begin[1]) / 1e3


def measure(console: Console, repeat: int, model: str, arithmetics: tuple[str, ...]) -> dict:
    """All figures: medians of ``repeat`` interleaved repetitions."""
    run_dir = BUILD / "bench-sim"
    run_dir.mkdir(parents=True, exist_ok=True)
    seconds: dict[str, float] = {}

    def note(event: dict) -> None:
        if event["event"] == "build_end":
            seconds[event["name"]] = round(event["seconds"], 1)

    with console.status("compiling the step and its golden values"):
        prepare(run_dir, model, CONFIG)
    with console.status("building the simulators"):
        begun = time.monotonic()
        loop = bare.build(PLATFORM_OPTIMIZE, assemble)
        seconds["bare cores"] = round(time.monotonic() - begun, 1)
        builds = {name: build_platform(CONFIG, arithmetic=name, progress=note) for name in arithmetics}
    rates: dict[str, list[float]] = {"a": []}
    checking: dict[str, list[float]] = {name: [] for name in arithmetics}
    inside: dict[str, list[float]] = {name: [] for name in arithmetics}
    python: dict[str, list[float]] = {name: [] for name in arithmetics}
    operations, phase, cycles = 0.0, "", 0
    for repetition in range(repeat):
        with console.status(f"repetition {repetition + 1} of {repeat}"):
            bare_run = bare.run(loop, BARE_CYCLES)
            operations = bare_run.operations / bare_run.cycles / 8
            rates["a"].append(bare_run.cycles / bare_run.seconds / 1e3)
            for name, build in builds.items():
                # Which of the two is first alternates.
                runs = {check: step(run_dir, build, check) for check in ([False, True], [True, False])[repetition % 2]}
                phase, phase_cycles, phase_rate = compute_heavy(runs[False])
                cycles = runs[True]["cycles"]
                rates.setdefault(f"b {name}", []).append(phase_rate)
                rates.setdefault(f"c {name}", []).append(rate(runs[False]))
                rates.setdefault(f"d {name}", []).append(rate(runs[True]))
                checking[name].append(rate(runs[False]) / rate(runs[True]) - 1)
                plain, profile = runs[False]["profile"], runs[True]["profile"]
                inside[name].append((profile["python_seconds"] - plain["python_seconds"]) / plain["cpu_seconds"])
                python[name].append(profile["python_seconds"] / profile["cpu_seconds"])
    return {
        **{"model": model, "repetitions": repeat, "phase": phase, "phase_cycles": phase_cycles, "cycles": cycles},
        "bare_multiply_adds_per_cycle_and_core": round(operations, 3),
        "khz": {name: round(median(values), 1) for name, values in rates.items()},
        "ratio": {name: round(_ratio(values, rates["a"]), 3) for name, values in rates.items()},
        "checking_overhead": {name: round(median(values), 4) for name, values in checking.items()},
        "checking_in_python": {name: round(median(values), 4) for name, values in inside.items()},
        "python_share": {name: round(median(values), 4) for name, values in python.items()},
        "all_khz": rates,
        "build_seconds": seconds,
        "host": {"machine": platform.machine(), "cpus": os.cpu_count(), "load": os.getloadavg()[0]},
    }  # fmt: skip


def _ratio(values: list[float], yardstick: list[float]) -> float:
    """The median over the repetitions, each against the yardstick measured in it."""
    return median(value / unit for value, unit in zip(values, yardstick, strict=True))


def show(console: Console, facts: dict) -> None:
    """The table."""
    what = {
        "a": f"eight bare cores, {facts['bare_multiply_adds_per_cycle_and_core']:.2f} multiply-adds a cycle and core",
        "b": f"platform, during {facts['phase']} ({facts['phase_cycles']:,} cycles)",
        "c": f"lora1 step of {facts['model']} ({facts['cycles']:,} cycles), unchecked",
        "d": "the same step, every tensor compared",
    }
    table = Table(title=f"Simulation speed, medians of {facts['repetitions']}")
    for name, justify in (("", "left"), ("what", "left"), ("FMA by", "left"), ("kHz", "right"), ("of (a)", "right")):
        table.add_column(name, justify=justify)
    for key, value in facts["khz"].items():
        letter, _, arithmetic = key.partition(" ")
        table.add_row(letter, what[letter], arithmetic or "rtl", f"{value:.1f}", f"{facts['ratio'][key]:.2f}")
    console.print(table)
    for name, overhead in facts["checking_overhead"].items():
        ratio = facts["ratio"][f"d {name}"]
        console.print(
            f"FMA by {name}: (d) is {ratio:.2f} of (a), target {TARGET_RATE}: {_verdict(ratio >= TARGET_RATE)}; "
            f"checking costs {overhead:.1%} by the whole runs' "
            f"difference, target {TARGET_CHECKING:.0%}: {_verdict(overhead <= TARGET_CHECKING)}, "
            f"{facts['checking_in_python'][name]:.1%} by the time in Python; "
            f"{facts['python_share'][name]:.1%} of (d)'s time is in Python",
            highlight=False,
        )  # fmt: skip
    built = ", ".join(f"{name} {value:.0f} s" for name, value in facts["build_seconds"].items())
    console.print(f"built: {built}; load of the machine {facts['host']['load']:.1f}", highlight=False)


def _verdict(met: bool) -> str:
    return "met" if met else "missed"


@click.command()
@click.option("--repeat", default=3, show_default=True, type=click.IntRange(1), help="Interleaved repetitions.")
@click.option("--model", default="cct2", show_default=True, help="Built-in model.")
@click.option("--arithmetic", default="host,rtl", show_default=True, help="Builds to measure, separated by commas.")
def main(repeat: int, model: str, arithmetic: str) -> None:
    """Measure simulation speed and write build/bench-sim.json."""
    console = Console()
    console = console if console.is_terminal else Console(width=120)
    names = tuple(arithmetic.split(","))
    if strange := [name for name in names if name not in ARITHMETICS]:
        raise click.BadParameter(f"{strange[0]!r}: expected {' or '.join(ARITHMETICS)}")
    try:
        facts = measure(console, repeat, model, names)
    except UserError as error:
        console.print(f"error: {error}")
        sys.exit(2)
    (BUILD / "bench-sim.json").write_text(json.dumps(facts, indent=1) + "\n")
    show(console, facts)


if __name__ == "__main__":
    main()
