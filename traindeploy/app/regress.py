# SPDX-License-Identifier: Apache-2.0
"""The commands of regressions: ``regress`` and ``history``. What they do is in traindeploy/regress."""

import os
import re
from pathlib import Path

import click

from traindeploy.app.ending import Status
from traindeploy.app.spelling import FROM_MAKE, refuse_unknown_variables
from traindeploy.errors import UserError
from traindeploy.records.verdict import Verdict

STATUS_OF = {Verdict.PASSED: Status.PASSED, Verdict.FAILED: Status.FAILED, Verdict.ERROR: Status.INTERNAL}
BY_MAKE = FROM_MAKE if os.environ.get(FROM_MAKE) else None  # then variables of the environment are options
VARIABLES = ("BUDGET", "SCHEDULER", "CLUSTER")  # of make nightly and make weekly, and JOBS
UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}


class Duration(click.ParamType[float]):
    """``6h``, ``90m``, ``45s`` or seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?) ?(s|m|min|h|)", str(value))
        if not found or not float(found[1]):
            self.fail(f"{value!r} is no duration: expected 6h, 90m, 45s or seconds", param, ctx)
        return float(found[1]) * UNITS[found[2]]


class Licence(click.ParamType[tuple[str, int]]):
    """``NAME=N``."""

    name = "name=n"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"([\w.-]+)=(\d+)", str(value))
        if not found:
            self.fail(f"{value!r} is no licence: expected NAME=N", param, ctx)
        return found[1], int(found[2])


history_option = click.option(
    "--history", "history_file", type=click.Path(path_type=Path), help="default: build/history/history.sqlite"
)


@click.command()
@click.option("--plan", default="night", show_default=True, help="push, night, week, or a file of jobs")
@click.option(
    "--budget", type=Duration(), envvar=BY_MAKE and "BUDGET", help="wall time after which no job goes on, such as 6h"
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    envvar=BY_MAKE and "JOBS",
    default=2,
    show_default=True,
    help="jobs at once on this machine",
)
@click.option("--resume/--no-resume", default=None, help="default: resume what has not ended, of the same sources")
@click.option("--licence", type=Licence(), multiple=True, metavar="NAME=N", help="how many there are of a resource")
@click.option(
    "--scheduler", metavar="tcp://HOST:PORT", envvar=BY_MAKE and "SCHEDULER", help="run the jobs on this Dask cluster"
)
@click.option(
    "--cluster",
    type=click.Path(path_type=Path),
    envvar=BY_MAKE and "CLUSTER",
    help="file that says which queue starts Dask workers: Slurm, LSF, PBS, SGE",
)
@click.option(
    "--array", type=click.Choice(["slurm", "lsf", "sh"]), help="only write the scripts of job arrays for a queue"
)
@click.option("--collect", type=click.Path(path_type=Path), metavar="FOLDER", help="judge what job arrays have left")
@click.option("--commit", help="run the plan at this commit, in a private worktree")
@click.option(
    "--compare", "base", metavar="COMMIT", help="print a Markdown table against it, which is run if it was not"
)
@click.option("--home", type=click.Path(path_type=Path), help="where regressions' folders are; default: build/regress")
@click.option(
    "--bisect", "bisects", is_flag=True, help="find the first bad commit of what has passed before and fails now"
)
@history_option
def regress(
    plan: str,
    budget: float | None,
    jobs: int,
    resume: bool | None,
    licence: tuple[tuple[str, int], ...],
    scheduler: str | None,
    cluster: Path | None,
    array: str | None,
    collect: Path | None,
    commit: str | None,
    base: str | None,
    home: Path | None,
    bisects: bool,
    history_file: Path | None,
) -> Status:
    """Run a plan of the test plan, remember the results, say what has changed."""
    refuse_unknown_variables(os.environ, VARIABLES, "make nightly")
    if BY_MAKE and os.environ.get("PYTEST"):
        raise click.UsageError("make nightly runs a whole plan: make test PYTEST='-m nightly -k ...' runs a part of it")
    from tb.farm.executor import FarmDied
    from traindeploy.regress import history as memory
    from traindeploy.regress.compare import against, at_commit
    from traindeploy.regress.farms import farm
    from traindeploy.regress.first_bad import bisect_failures
    from traindeploy.regress.folder import HOME
    from traindeploy.regress.report import print_summary
    from traindeploy.regress.run import Settings, prepare_arrays
    from traindeploy.regress.run import collect as collect_arrays
    from traindeploy.regress.run import regress as run
    from traindeploy.report.console import terminal

    console = terminal()
    settings = Settings(
        plan=plan,
        budget=budget or float("inf"),
        workers=jobs,
        resume=resume,
        licences=dict(licence),
        home=home or HOME,
        history=history_file or memory.FILE,
        executor=farm(scheduler, cluster, plan),
    )
    if array:
        click.echo(f"submit with: sh {prepare_arrays(settings, array)}")
        return Status.PASSED
    try:
        if commit:
            record, folder = at_commit(settings, commit, console)
        else:
            record, folder = collect_arrays(settings, collect) if collect else run(settings, console)
    except FarmDied as end:
        click.echo(f"error: {end}: the same command goes on with what had not ended", err=True)
        return Status.INTERNAL
    if bisects:
        bisect_failures(console, record, settings.history)
    print_summary(console, record, folder, settings)
    if base:
        click.echo(against(settings, base, record.id, console))
    return STATUS_OF[record.verdict]


@click.command()
@click.argument("case")
@click.option("--good", default="", help="a commit at which it passed; default: from the history, or looked for")
@click.option("--bad", default="HEAD", show_default=True, help="a commit at which it fails")
@click.option(
    "--command", help="what runs the case instead of the test plan: exit status 0 good, 1 bad, others neither"
)
@click.option(
    "--with", "overlays", multiple=True, metavar="PATH", help="put this file of the working copy over each commit"
)
@click.option("--limit", type=Duration(), help="a run of the case ends then; default: the test plan's limit")
@history_option
def bisect(
    case: str,
    good: str,
    bad: str,
    command: str | None,
    overlays: tuple[str, ...],
    limit: float | None,
    history_file: Path | None,
) -> Status:
    """Find the first bad commit of CASE: a job of the test plan, or a test as pytest names it."""
    from traindeploy.regress import history as memory
    from traindeploy.regress.first_bad import first_bad
    from traindeploy.report.console import terminal

    found = first_bad(terminal(), case, good, bad, command, overlays, limit, history_file or memory.FILE)
    return Status.PASSED if found.certain else Status.INTERNAL


@click.group()
def history() -> None:
    """What earlier regressions have found."""


@history.command("list")
@click.option("--plan", help="only those of this plan")
@history_option
def list_(plan: str | None, history_file: Path | None) -> None:
    """List the regressions that are remembered, the oldest first."""
    from traindeploy.regress import history as memory

    with memory.History(history_file or memory.FILE) as past:
        found = past.regressions(plan)
    if not found:
        raise UserError(f"{history_file or memory.FILE}: no regression is remembered: do `make nightly` first")
    for one in found:
        changed = " dirty" if one.dirty else ""
        click.echo(f"{one.date[:16]}  {one.plan:8} {one.commit[:8]}{changed:6} {one.verdict.value:7} {one.id}")


@history.command("import")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@history_option
def import_(files: tuple[Path, ...], history_file: Path | None) -> None:
    """Remember case records (one a line) that others have written: build/reports/*.jsonl, say."""
    from traindeploy.regress import history as memory

    with memory.History(history_file or memory.FILE) as past:
        for path in files:
            name, count = past.import_records(path)
            click.echo(f"{path}: {count} case records, remembered as {name}")


@history.command("compare")
@click.argument("a")
@click.argument("b")
@click.option("--plan", help="of this plan only")
@history_option
def compare(a: str, b: str, plan: str | None, history_file: Path | None) -> None:
    """Print a Markdown table of two regressions: their ids, or commits that were run."""
    from traindeploy.regress import history as memory
    from traindeploy.regress.compare import compare as table
    from traindeploy.regress.run import Settings

    click.echo(table(Settings(plan="", history=history_file or memory.FILE), a, b, plan))


@history.command("page")
@click.option("--plan", default="night", show_default=True, help="push, night, week, or the name of a file of jobs")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), default=Path("dashboard.html"))
@history_option
def page(plan: str, output: Path, history_file: Path | None) -> None:
    """Write the dashboard of a plan, from the history alone."""
    from traindeploy.regress import dashboard
    from traindeploy.regress import history as memory
    from traindeploy.regress.plan import NIGHTLY

    with memory.History(history_file or memory.FILE) as past:
        click.echo(dashboard.write(past, NIGHTLY.get(plan, plan), output))


@history.command("replay")
@click.argument("plan")
@click.option("--last", type=click.IntRange(1), default=10, show_default=True, help="how many commits")
@click.option("--every", type=click.IntRange(1), default=1, show_default=True, help="only each so many of them")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="jobs at once on this machine")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), default=Path("dashboard.html"))
@history_option
def replay(plan: str, last: int, every: int, jobs: int, output: Path, history_file: Path | None) -> Status:
    """Run PLAN at each of the last commits, the oldest first, and write its dashboard."""
    from traindeploy.regress import dashboard
    from traindeploy.regress import history as memory
    from traindeploy.regress.replay import replay as run
    from traindeploy.regress.run import Settings
    from traindeploy.report.console import terminal

    settings = Settings(plan=plan, workers=jobs, history=history_file or memory.FILE)
    records = run(settings, last, every, terminal())
    with memory.History(settings.history) as past:
        click.echo(dashboard.write(past, records[-1].plan, output))
    return STATUS_OF[records[-1].verdict]
