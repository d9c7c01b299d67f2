# SPDX-License-Identifier: Apache-2.0
"""`make bench-sim`: how fast the simulation is, against bare cores, and what checking and Python cost.

In one run, repetitions interleaved and medians taken, because machines are shared; all rates are simulated clock cycles
per second of processor time:
(a) eight CV32E40P with FPU on ideal memories in a plain Verilator loop, all busy with multiply-adds;
(b) the platform under cocotb during its longest matrix operator (RedMule multiplies, the cores prepare and move data);
(c) a whole lora1 step of cct2 without comparisons; (d) the same, every tensor compared.
Writes build/bench-sim.json.
"""

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Literal

import click
from rich.console import Console
from rich.table import Table

from golden.training import execute_steps
from tb.bench_sim import bare
from tb.build.simulator import PLATFORM_OPTIMIZE, Build, build_platform
from tb.build.toolchain import versions
from tb.run import simulate
from tb.run_dir import write_expected
from traindeploy.app.options import ARITHMETICS
from traindeploy.app.pipeline import build_training_graph, compile_program
from traindeploy.codegen.firmware import assemble
from traindeploy.errors import UserError
from traindeploy.frontend.data import load_samples
from traindeploy.platform import CONFIGS, HardwareConfig
from traindeploy.platform.paths import BUILD
from traindeploy.platform.signals import OPERATOR_BEGINS
from traindeploy.records import provenance, serial
from traindeploy.records.bench import BenchRecord, Profile
from traindeploy.records.case import Kind
from traindeploy.records.progress import BuildEnded, Event
from traindeploy.records.speed import CheckingCost, Rate, SpeedResult
from traindeploy.records.verdict import Verdict

CONFIG = CONFIGS["paper"]
BARE_CYCLES = 500_000
TARGET_RATE, TARGET_CHECKING = 0.5, 0.03
Part = Literal["a", "b", "c", "d"]


def prepare(run_dir: Path, model: str, config: HardwareConfig) -> None:
    """A compiled lora1 step with its expected tensors."""
    graph = build_training_graph(model, "lora1")
    samples = load_samples("", graph, 1, 0)
    program = compile_program(graph, config, "redmule", run_dir, steps=1, samples=samples)
    names = {output.tensor for operator in program.operators for output in operator.outputs}
    (values,) = execute_steps(graph, samples)
    write_expected(run_dir, 0, {name: values[name] for name in names})


def step(run_dir: Path, build: Build, check: bool) -> BenchRecord:
    """One measured run; UserError if it does not pass."""
    result = simulate(
        run_dir, CONFIG, max_cycles=20_000_000, max_seconds=1800, build=build, check=check, profile=True
    )  # fmt: skip
    if not result.passed or (check and not result.tensors_compared):
        raise UserError(f"bench-sim: the step fails, no rate means anything: {result.failure}")
    return result


def profile(result: BenchRecord) -> Profile:
    """Where the time of a measured step went."""
    assert result.profile is not None  # step() asks for it
    return result.profile


def rate(result: BenchRecord) -> float:
    """kHz of a whole step."""
    return result.cycles / profile(result).cpu_seconds / 1e3


def compute_heavy(result: BenchRecord) -> tuple[str, int, float]:
    """(name, cycles, kHz) of the matrix operator on RedMule that takes the most cycles."""
    products = [op for op in result.operators if op.engine == "redmule"]
    longest = max(products, key=lambda op: op.cycles)
    marks = {word: (cycle, cpu) for word, cycle, cpu in profile(result).marks}
    begin, end = marks[OPERATOR_BEGINS | longest.index], marks[longest.index]
    return longest.name, end[0] - begin[0], (end[0] - begin[0]) / (end[1] - begin[1]) / 1e3


def measure(console: Console, repeat: int, model: str, arithmetics: tuple[str, ...]) -> SpeedResult:
    """All figures: medians of ``repeat`` interleaved repetitions."""
    started, origin = time.monotonic(), provenance.collect(versions())
    run_dir = BUILD / "bench-sim"
    run_dir.mkdir(parents=True, exist_ok=True)
    seconds: dict[str, float] = {}

    def note(event: Event) -> None:
        if isinstance(event, BuildEnded):
            seconds[event.name] = round(event.seconds, 1)

    with console.status("compiling the step and its golden values"):
        prepare(run_dir, model, CONFIG)
    with console.status("building the simulators"):
        begun = time.monotonic()
        loop = bare.build(PLATFORM_OPTIMIZE, assemble)
        seconds["bare cores"] = round(time.monotonic() - begun, 1)
        builds = {name: build_platform(CONFIG, arithmetic=name, progress=note) for name in arithmetics}
    rates: dict[tuple[Part, str], list[float]] = {("a", "rtl"): []}
    costs: dict[str, list[CheckingCost]] = {name: [] for name in arithmetics}
    operations, phase, cycles = 0.0, "", 0
    for repetition in range(repeat):
        with console.status(f"repetition {repetition + 1} of {repeat}"):
            bare_run = bare.run(loop, BARE_CYCLES)
            operations = bare_run.operations / bare_run.cycles / 8
            rates["a", "rtl"].append(bare_run.cycles / bare_run.seconds / 1e3)
            for name, build in builds.items():
                # Which of the two is first alternates.
                runs = {check: step(run_dir, build, check) for check in ([False, True], [True, False])[repetition % 2]}
                phase, phase_cycles, phase_rate = compute_heavy(runs[False])
                cycles = runs[True].cycles
                rates.setdefault(("b", name), []).append(phase_rate)
                rates.setdefault(("c", name), []).append(rate(runs[False]))
                rates.setdefault(("d", name), []).append(rate(runs[True]))
                costs[name].append(checking_cost(name, runs[False], runs[True]))
    kept = tuple(
        Rate(
            part=part, arithmetic=name, khz=round(median(values), 1), ratio=round(_ratio(values, rates["a", "rtl"]), 3),
            all_khz=tuple(values),
        )
        for (part, name), values in rates.items()
    )  # fmt: skip
    known = tuple(_median_cost(costs[name]) for name in arithmetics)
    missed = [line for rate, cost in judged(kept, known) for line in _missed(rate, cost)]
    return SpeedResult(
        kind=Kind.BENCHMARK,
        test="bench-sim",
        configuration={"model": model, "repetitions": repeat, "arithmetic": ",".join(arithmetics)},
        verdict=Verdict.FAILED if missed else Verdict.PASSED,
        failure="; ".join(missed),
        cycles=cycles,
        figures={f"kHz {rate.part} {rate.arithmetic}": rate.khz for rate in kept}
        | {f"seconds to build {name}": value for name, value in seconds.items()},
        seconds=round(time.monotonic() - started, 1),
        command="make bench-sim",
        provenance=origin,
        phase=phase,
        phase_cycles=phase_cycles,
        bare_multiply_adds=round(operations, 3),
        rates=kept,
        costs=known,
        load=os.getloadavg()[0],
    )


def checking_cost(arithmetic: str, plain: BenchRecord, checked: BenchRecord) -> CheckingCost:
    """What comparing cost in one pair of runs."""
    before, with_checks = profile(plain), profile(checked)
    return CheckingCost(
        arithmetic=arithmetic,
        by_difference=rate(plain) / rate(checked) - 1,
        in_python=(with_checks.python_seconds - before.python_seconds) / before.cpu_seconds,
        python_share=with_checks.python_seconds / with_checks.cpu_seconds,
    )


def judged(rates: Sequence[Rate], costs: Sequence[CheckingCost]) -> list[tuple[Rate, CheckingCost]]:
    """The rate of (d) and the cost of checking, by arithmetic."""
    compared = {rate.arithmetic: rate for rate in rates if rate.part == "d"}
    return [(compared[cost.arithmetic], cost) for cost in costs]


def _median_cost(costs: Sequence[CheckingCost]) -> CheckingCost:
    names = ("by_difference", "in_python", "python_share")
    return replace(costs[0], **{name: round(median(getattr(cost, name) for cost in costs), 4) for name in names})


def _missed(rate: Rate, cost: CheckingCost) -> list[str]:
    lines = []
    if rate.ratio < TARGET_RATE:
        lines.append(f"(d) by {rate.arithmetic} is {rate.ratio:.2f} of (a), target {TARGET_RATE}")
    if cost.by_difference > TARGET_CHECKING:
        lines.append(f"checking by {rate.arithmetic} costs {cost.by_difference:.1%}, target {TARGET_CHECKING:.0%}")
    return lines


def _ratio(values: list[float], yardstick: list[float]) -> float:
    """The median over the repetitions, each against the yardstick measured in it."""
    return median(value / unit for value, unit in zip(values, yardstick, strict=True))


def show(console: Console, result: SpeedResult) -> None:
    """The table."""
    model, repetitions = result.configuration["model"], result.configuration["repetitions"]
    what = {
        "a": f"eight bare cores, {result.bare_multiply_adds:.2f} multiply-adds a cycle and core",
        "b": f"platform, during {result.phase} ({result.phase_cycles:,} cycles)",
        "c": f"lora1 step of {model} ({result.cycles:,} cycles), unchecked",
        "d": "the same step, every tensor compared",
    }
    table = Table(title=f"Simulation speed, medians of {repetitions}")
    table.add_column("")
    table.add_column("what")
    table.add_column("FMA by")
    table.add_column("kHz", justify="right")
    table.add_column("of (a)", justify="right")
    for rate in result.rates:
        table.add_row(rate.part, what[rate.part], rate.arithmetic, f"{rate.khz:.1f}", f"{rate.ratio:.2f}")
    console.print(table)
    for rate, cost in judged(result.rates, result.costs):
        console.print(
            f"FMA by {rate.arithmetic}: (d) is {rate.ratio:.2f} of (a), target {TARGET_RATE}: "
            f"{_verdict(rate.ratio >= TARGET_RATE)}; checking costs {cost.by_difference:.1%} by the whole runs' "
            f"difference, target {TARGET_CHECKING:.0%}: {_verdict(cost.by_difference <= TARGET_CHECKING)}, "
            f"{cost.in_python:.1%} by the time in Python; {cost.python_share:.1%} of (d)'s time is in Python",
            highlight=False,
        )
    begin = "seconds to build "
    times = {name.removeprefix(begin): value for name, value in result.figures.items() if name.startswith(begin)}
    built = ", ".join(f"{name} {value:.0f} s" for name, value in times.items())
    console.print(f"built: {built}; load of the machine {result.load:.1f}", highlight=False)


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
        result = measure(console, repeat, model, names)
    except UserError as error:
        console.print(f"error: {error}")
        sys.exit(2)
    serial.write(result, BUILD / "bench-sim.json")
    show(console, result)


if __name__ == "__main__":
    main()
