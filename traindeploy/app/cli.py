# SPDX-License-Identifier: Apache-2.0
"""The command line. Its exit status is one of ``ending.Status``."""

import io
import os
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from traindeploy.app.ending import Status, explained, forget_status, note_status, one_line
from traindeploy.app.options import Options
from traindeploy.app.regress import bisect, history, regress
from traindeploy.app.spelling import STEP_OPTIONS, click_options, from_make, refuse_unknown_variables, some_options
from traindeploy.app.train_options import VARIABLES, TrainOptions, train_options
from traindeploy.errors import UserError
from traindeploy.records.run import RunConfiguration
from traindeploy.records.verdict import Verdict

STATUS_OF = {Verdict.PASSED: Status.PASSED, Verdict.FAILED: Status.FAILED, Verdict.ERROR: Status.INTERNAL}


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="traindeploy", prog_name="traindeploy")
def commands() -> None:
    """RTL co-simulation of on-device training on a PULP cluster with RedMule."""


commands.add_command(regress)
commands.add_command(history)
commands.add_command(bisect)


@commands.command(context_settings={"show_default": True})
@click_options
def sim(**values: Any) -> Status:
    """Run training steps on the RTL and compare every tensor, bit for bit, with the golden model."""
    refuse_unknown_variables(os.environ)
    from traindeploy.app.run import run  # here, so that --help and usage errors are instant

    return STATUS_OF[run(Options(**values)).verdict]


@commands.command(context_settings={"show_default": True})
@click.argument("model", metavar="NAME|FILE")
@some_options(*STEP_OPTIONS, "engine", "config", "steps", "form", "weights")
def check(model: str, **values: Any) -> None:
    """Tell in seconds whether a training step of MODEL fits, what runs where, memory, cycles and firmware bytes."""
    from traindeploy.app.check import check as told

    for line in told(Options(model=model, **values)):
        click.echo(line)


@commands.command(context_settings={"show_default": True})
@train_options
def train(**values: Any) -> Status:
    """Train for epochs on the host in the chip's arithmetic; an interrupted training goes on."""
    refuse_unknown_variables(os.environ, VARIABLES, "make train")
    from traindeploy.app.train import run_training

    return STATUS_OF[run_training(TrainOptions(**values)).verdict]


@commands.command(context_settings={"show_default": True})
@click.argument("pattern", required=False, envvar=from_make("KERNEL"))
@click.option("--list", "listed", is_flag=True, help="List the kernels.")
@click.option("--cases", default=500, type=click.IntRange(1), envvar=from_make("CASES"), help="Cases a kernel.")
@click.option("--case", default="", metavar="N,N-N", envvar=from_make("CASE"), help="Only the cases of these numbers.")
@click.option("--seed", default=0, type=click.IntRange(0, 2**31 - 1), envvar=from_make("SEED"), help="Of random cases.")
@click.option("--cores", default="1-8", metavar="N,N-N", envvar=from_make("CORES"), help="How many share the work.")
@click.option(
    "--engine", default="cores,redmule", metavar="NAME,NAME", envvar=from_make("ENGINE"), help="Who computes."
)
@click.option("--config", default="compact", metavar="NAME,NAME", envvar=from_make("CONFIG"), help="Of the hardware.")
@click.option("--delays/--no-delays", envvar=from_make("DELAYS"), help="Random delays and assertions, too.")
@click.option(
    "--coverage/--no-coverage", envvar=from_make("COVERAGE"), help="Count lines, branches, toggles of the RTL."
)
def verify(pattern: str | None, listed: bool, **values: Any) -> Status | None:
    """Verify kernels alone on the RTL: PATTERN is a name, a pattern such as 'gelu*', or all."""
    from traindeploy.app import verify as command

    refuse_unknown_variables(os.environ, command.VARIABLES, "make verify")
    if listed:
        click.echo(command.listing())
        return None
    if not pattern:
        raise UserError("which kernel? name one, a pattern, or all; `traindeploy verify --list` lists them")
    return STATUS_OF[command.verify(command.VerifyOptions(pattern, **values))]


@commands.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def reproduce(folder: Path) -> Status:
    """Repeat the transfer, job or kernel call that DIR, a run's triage, blames: alone, on the sources as they are."""
    from traindeploy.triage.reproduce import reproduce as again

    found = again(folder)
    word = {Verdict.PASSED: "PASSED", Verdict.FAILED: "FAILED"}.get(found.verdict, "NO VERDICT")
    click.echo(f"{word}: {found.line}")
    return STATUS_OF[found.verdict]


@commands.command(context_settings={"show_default": True})
@click.argument("file", metavar="CONFIGURATIONS")
@click.option("--cells/--no-cells", default=True, help="Count each configuration's cells with yosys.")
@some_options(*(field.name for field in fields(RunConfiguration) if field.name != "config"))
def sweep(file: str, cells: bool, **values: Any) -> Status:
    """Run one training step on every configuration of a .toml file, in which lists stand for several."""
    from traindeploy.app.sweep import sweep as command

    verdict = command(Options(**values), file, cells=cells)
    return Status.BAD_INPUT if verdict is Verdict.ERROR else STATUS_OF[verdict]


@commands.command(context_settings={"show_default": True})
@click.argument("model", metavar="NAME|FILE")
@click.option("-o", "--output", required=True, metavar="FILE", type=click.Path(path_type=Path), help="The ONNX file.")
@some_options(*STEP_OPTIONS)
def grad(model: str, output: Path, **values: Any) -> None:
    """Write the training step of MODEL as a standard ONNX file: loss, gradients and updates, for any runtime."""
    from traindeploy.app.grad import write

    click.echo(write(Options(model=model, **values), output))


@commands.command()
def models() -> None:
    """List the built-in models."""
    from traindeploy.frontend import BUILT_IN

    for name, config in BUILT_IN.items():
        click.echo(f"{name:12} {config.summary}")


@commands.command()
def results() -> None:
    """Print a Markdown table of all runs in build/."""
    from traindeploy.platform.paths import BUILD
    from traindeploy.report.table import markdown, read_runs
    from traindeploy.training.strategies import STRATEGIES

    runs = read_runs(BUILD, tuple(STRATEGIES))
    if not runs:
        raise UserError(f"{BUILD} holds no runs: do `make sim` first")
    click.echo(markdown(runs))


@commands.command()
@click.argument("records", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format", "format_", required=True, type=click.Choice(["junit", "ctrf", "json", "markdown", "html", "coverview"])
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write; without it: printed."
)
@click.option("--since", default="", metavar="COMMIT", help="With markdown: coverage of the lines changed since.")
def report(records: tuple[Path, ...], format_: str, output: Path | None, since: str) -> None:
    """Write case records (files or folders: result.json, record.json, *.jsonl) as a report for others to read."""
    from traindeploy.app.write_report import write_report

    write_report(records, format_, output, since)


@commands.command()
@click.argument("a")
@click.argument("b")
@click.option("--format", "form", type=click.Choice(["console", "markdown", "json", "html"]), default="console",
              show_default=True, help="What is written.")  # fmt: skip
@click.option("--output", type=click.Path(dir_okay=False), help="Write it to a file instead of the terminal.")
@click.option("--all", "everything", is_flag=True, help="Every operator, not only those that changed most.")
@click.option("--limit", type=float, help="Exit with 1 if B takes this many percent more cycles than A.")
def compare(a: str, b: str, form: str, output: str | None, everything: bool, limit: float | None) -> Status:
    """Compare run B with run A: verdicts, options, cycles, bytes, operator by operator.

    A run is a folder, its result.json, or a name in build/. The exit status is 1 if A passed and B did not, or if B is
    beyond --limit.
    """
    from traindeploy.app.compare import compare_runs

    worse = compare_runs(a, b, form, output, everything=everything, limit=limit)
    return Status.FAILED if worse else Status.PASSED


@commands.command()
@click.argument("operator")
@click.argument("run", default="latest")
@click.option("--format", "form", type=click.Choice(["console", "json"]), default="console", show_default=True,
              help="What is written.")  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="Every tile, transfer and buffer.")
def explain(operator: str, run: str, form: str, everything: bool) -> None:
    """Tell everything about OPERATOR of RUN (default: the latest).

    OPERATOR may also be a tensor that it writes, or the node of the ONNX file that it comes from.
    """
    from traindeploy.app.compare import explained_operator

    click.echo(explained_operator(operator, run, form, everything=everything), nl=False)


@commands.command(context_settings={"show_default": True})
@click.argument("where", nargs=-1)
@click.option("--count", default=20, help="Mutants of each area; of blocks 0 is all.")
@click.option("--seed", default="", help="What draws them; the date if not given.")
@click.option("--name", default="", help="Only this mutant, or of blocks those whose name holds it.")
@click.option("--stages", default=99, help="Ask only so many stages of tests: survivors are tried again another time.")
@click.option("--jobs", default=2, help="Simulations at a time.")
@click.option("--survivors", is_flag=True, help="Try again those that docs/results/mutation.md calls holes.")
@click.option("--list", "show", is_flag=True, help="Say what would be tried.")
@click.option("--map", "measure", is_flag=True, help="Measure first which tests run which line.")
@click.option("--page", is_flag=True, help="Write the page: what it holds, and what was found here since.")
def mutate(show: bool, measure: bool, page: bool, **values: Any) -> Status:
    """Plant generated mistakes and see whether the tests notice: in areas or blocks WHERE, or everywhere."""
    try:
        from traindeploy.app import mutate as campaign
    except ModuleNotFoundError as missing:  # a run's environment has no tests and none of their packages
        reason = f"mutants need the packages of development, and {missing.name} is missing"
        raise UserError(f"{reason}: install them with `make lint`") from missing

    wanted = campaign.Wanted(**values)
    if measure:
        campaign.measure()
    if page:
        campaign.write_page()
    elif show:
        click.echo("\n".join(campaign.listed(wanted)))
    else:
        return STATUS_OF[campaign.mutate(wanted)]
    return Status.PASSED


def main() -> None:
    """Entry point: every error is one line on stderr, without a traceback; ``ending`` says which status it is."""
    for stream in (sys.stdout, sys.stderr):  # a name that the terminal's encoding lacks is no reason to fail
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    simulates = sys.argv[1:2] in (["sim"], ["verify"])
    if simulates:
        forget_status()
    try:
        status = commands.main(standalone_mode=False) or Status.PASSED
    except SystemExit as end:
        status = end.code
    except BaseException as error:  # noqa: BLE001 (the last one who can say something)
        status, message = explained(error)
        click.echo(f"error: {one_line(message)}", err=True)
    if simulates:
        note_status(status)
    sys.exit(status)


if __name__ == "__main__":
    main()
